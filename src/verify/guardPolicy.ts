import type { Address } from '../core/hex.ts'
import { RIGHT_NAMES, type Right } from '../core/vocabulary.ts'
import type { FieldReader } from '../documents/fields.ts'

/** Why a model does not start. An id never changes its meaning: a policy names it to allow an override. */
export const START_RULES = [
  'unregistered',
  'publisher-not-trusted',
  'license-not-permitted',
  'license-unknown',
  'review-not-requested',
  'review-clock',
  'review-scans',
  'review-claims',
  'review-not-cleared',
  'scan-failed',
  'quarantined',
  'recalled',
  'tensors-shut',
  'tensors-misstated',
  'adapter-not-allowed',
] as const
/** A member of {@link START_RULES}. */
export type StartRule = (typeof START_RULES)[number]

/** The part of a policy that `stemma guard` reads. */
export type GuardPolicy = {
  /** What models are loaded for, where no option says so. */
  uses?: readonly Right[]
  /** Whether models of accredited publishers start without a review. They do not when left out. */
  acceptAccredited?: boolean
  /** Whether weights that nobody registered start once they are cleared: nobody states their license. They do when left out. */
  acceptUnregistered?: boolean
  /** Whether adapters may be loaded beside a base. They may when left out. */
  acceptAdapters?: boolean
  /** How long a clearance counts while the ledger cannot be asked, in seconds. */
  maxClearanceAgeSeconds?: number
  /** How long a command has to end after it was asked to, in seconds. */
  graceSeconds?: number
  /** Folders in which an engine looks for adapters while it runs. */
  adapterFolders?: readonly string[]
  /** Variables that the guard would set or remove, and does not: each `false`. */
  environment?: Readonly<Record<string, false>>
  /** For which rules a model may be started all the same, and whose signatures count; without signers, that of the user's own key. */
  overrides?: { rules: readonly StartRule[]; signers?: readonly Address[] }
}

const FIELDS = [
  'uses',
  'acceptAccredited',
  'acceptUnregistered',
  'acceptAdapters',
  'maxClearanceAgeSeconds',
  'graceSeconds',
  'adapterFolders',
  'environment',
  'overrides',
]
/** Longest age of a clearance: a week of recalls that are not seen is too much. */
const MOST_AGE_SECONDS = 7 * 86_400
/** Longest grace: Kubernetes and systemd give no more by default, and a recall waits for it. */
const MOST_GRACE_SECONDS = 3600
const MOST_ITEMS = 64

/** Reads the field `guard` of a policy. */
export function readGuardPolicy(read: FieldReader, value: unknown): GuardPolicy {
  const fields = read.object(value, 'guard', FIELDS)
  const flag = (name: string): boolean | undefined => {
    const given = fields[name]
    if (given === undefined || typeof given === 'boolean') return given
    return read.fail(`guard.${name}`, given, 'true or false')
  }
  const seconds = (name: string, most: number): number | undefined =>
    fields[name] === undefined ? undefined : read.count(fields[name], `guard.${name}`, most + 1)
  const policy = {
    uses: words(read, fields.uses, 'guard.uses', RIGHT_NAMES),
    acceptAccredited: flag('acceptAccredited'),
    acceptUnregistered: flag('acceptUnregistered'),
    acceptAdapters: flag('acceptAdapters'),
    maxClearanceAgeSeconds: seconds('maxClearanceAgeSeconds', MOST_AGE_SECONDS),
    graceSeconds: seconds('graceSeconds', MOST_GRACE_SECONDS),
    adapterFolders: folders(read, fields.adapterFolders),
    environment: switchedOff(read, fields.environment),
    overrides: fields.overrides === undefined ? undefined : overrides(read, fields.overrides),
  }
  return Object.fromEntries(Object.entries(policy).filter(([, entry]) => entry !== undefined))
}

function words<T extends string>(
  read: FieldReader,
  value: unknown,
  field: string,
  names: readonly T[],
): readonly T[] | undefined {
  if (value === undefined) return undefined
  const list = read.list(value, field, MOST_ITEMS)
  if (list.length === 0) return read.fail(field, value, 'at least one')
  return list.map((item, index) => read.word(item, `${field}[${index}]`, names))
}

function folders(read: FieldReader, value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined
  return read.list(value, 'guard.adapterFolders', MOST_ITEMS).map((item, index) => {
    if (typeof item === 'string' && item !== '' && item.length <= 4096 && !item.includes('\0')) return item
    return read.fail(`guard.adapterFolders[${index}]`, item, 'the path of a folder')
  })
}

function switchedOff(read: FieldReader, value: unknown): Readonly<Record<string, false>> | undefined {
  if (value === undefined) return undefined
  const fields = read.object(value, 'guard.environment')
  for (const [name, given] of Object.entries(fields)) {
    if (given !== false) read.fail(`guard.environment.${name}`, given, 'false, which leaves the variable alone')
  }
  return fields as Record<string, false>
}

function overrides(read: FieldReader, value: unknown): NonNullable<GuardPolicy['overrides']> {
  const fields = read.object(value, 'guard.overrides', ['rules', 'signers'])
  const rules = words(read, fields.rules, 'guard.overrides.rules', START_RULES)
  if (rules === undefined) return read.fail('guard.overrides.rules', undefined, 'a list of rules')
  if (fields.signers === undefined) return { rules }
  const listed = read.list(fields.signers, 'guard.overrides.signers', MOST_ITEMS)
  return { rules, signers: listed.map((item, index) => read.account(item, `guard.overrides.signers[${index}]`)) }
}
