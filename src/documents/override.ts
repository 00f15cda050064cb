import { StemmaError } from '../core/errors.ts'
import { parseAddress, type Address, type Digest, type Hex } from '../core/hex.ts'
import { sha256Text } from '../core/sha256.ts'
import { hasUnsafeCharacters } from '../core/text.ts'
import { FieldReader } from './fields.ts'

/** Longest life of an override, in seconds. */
export const OVERRIDE_SECONDS = 7 * 86_400
/** Longest reason, in UTF-16 units. */
const MOST_REASON = 500
/** Most records that are kept of some weights: none of them may drop out of later reports. */
const MOST_RECORDS = 256
/** Most bytes of them: each has at most 500 characters of reason, and some hundred bytes besides. */
const MOST_BYTES = 1024 * 1024
/** Times end with the year 9999, beyond which dates have no common form. */
const MOST_TIME = 253_402_300_800
/** Most rules of a record. */
const MOST_RULES = 64

/** What is passed over: what a model lacks to be started (`guard`), or what a scan found in it (`scan`). */
export type OverrideKind = 'guard' | 'scan'

/** The gate whose answer is passed over: its chain, in decimal, and its contract. */
export type OverrideGate = {
  /** The id of the chain, in decimal. */
  chainId: string
  /** The contract `ReviewGate`. */
  reviewGate: Address
}

/** A signed decision of a person to pass over rules for some weights. Times are Unix seconds. */
export type OverrideRecord<Rule extends string = string> = {
  version: 1
  weights: Digest
  /** It counts for no other gate. Missing where none was asked. */
  gate?: OverrideGate
  /** The rules that it passes over, in the order of their list. */
  rules: readonly Rule[]
  reason: string
  from: number
  /** It ends here, exclusive. */
  until: number
  signer: Address
  /** EIP-191 signature of the text of the record. */
  signature: string
}

/** What signs a text by EIP-191. A signer of ethers is one. */
export type MessageSigner = {
  /** The account whose key signs. */
  getAddress(): Promise<string>
  /** The signature of a text by EIP-191. */
  signMessage(message: string): Promise<string>
}
/** Recovers who signed a text by EIP-191, and may throw: `verifyMessage` of ethers. */
export type RecoverSigner = (message: string, signature: string) => string
/** Where records are kept, by the name of a file. */
export type OverrideStore = {
  /** The JSON of a file of at most some bytes; undefined where there is none that counts. */
  read(name: string, mostBytes: number): unknown
  /** Writes JSON whole or not at all. Throws when it cannot. */
  write(name: string, value: unknown): void
}

/** What a person asks to pass over. */
export type OverrideAsked<Rule extends string> = {
  kind: OverrideKind
  weights: Digest
  gate?: OverrideGate
  rules: readonly Rule[]
  reason: string
  /** The first 8 hex digits of the digest, as the person typed them. */
  digestPrefix: string | undefined
  /** Unix seconds. */
  now: number
  seconds: number
  /** Whose signatures count, by the policy; undefined where it does not say. */
  signers: readonly Address[] | undefined
}

/** How the options of each kind are called, for messages. */
const WORDS: Readonly<Record<OverrideKind, { reason: string; seconds: string }>> = {
  guard: { reason: '--override "reason"', seconds: '--override-for' },
  scan: { reason: '--reason "reason"', seconds: '--for' },
}

/**
 * Checks that a person confirmed the weights, gave a reason and a time, and signs that.
 *
 * @throws {@link OverrideRefusedError}
 */
export async function signOverrideRecord<Rule extends string>(
  signer: MessageSigner,
  { kind, weights, gate, rules, reason, digestPrefix, now, seconds, signers }: OverrideAsked<Rule>,
): Promise<OverrideRecord<Rule>> {
  if (reason.trim() === '' || reason.length > MOST_REASON || hasUnsafeCharacters(reason)) {
    throw new OverrideRefusedError(
      `the reason has to be one line of 1 to ${MOST_REASON} characters. State it: ${WORDS[kind].reason}`,
    )
  }
  const prefix = weights.slice(2, 10)
  if (digestPrefix?.toLowerCase().replace(/^0x/, '') !== prefix) {
    throw new OverrideRefusedError(
      `the digest of the weights was not confirmed. Compare ${weights} with what you mean to load, and give its first 8 digits: --digest-prefix`,
    )
  }
  if (!(seconds > 0 && seconds <= OVERRIDE_SECONDS)) {
    throw new OverrideRefusedError(`it may hold for at most 7 days. Choose a shorter time: ${WORDS[kind].seconds}`)
  }
  const address = parseAddress((await signer.getAddress()).toLowerCase())
  if (signers && !signers.includes(address)) {
    throw new OverrideRefusedError(
      `the key of ${address} is not one of ${kind}.overrides.signers of the policy. Sign with one of them`,
    )
  }
  const times = { from: now, until: now + seconds }
  const unsigned = { version: 1 as const, weights, ...(gate && { gate }), rules, reason, ...times, signer: address }
  return { ...unsigned, signature: await signer.signMessage(textOf(kind, unsigned)) }
}

/**
 * Keeps a record beside the earlier ones of the same weights, for every later report.
 *
 * @throws {@link OverrideRefusedError} when there are too many, and what the store throws
 */
export function keepOverride(store: OverrideStore, kind: OverrideKind, record: OverrideRecord): void {
  const name = nameOf(kind, record.weights)
  const kept = recordsIn(store, name)
  if (kept.length >= MOST_RECORDS) {
    throw new OverrideRefusedError(
      `${MOST_RECORDS} overrides of these weights are on record already. Have them reviewed`,
    )
  }
  store.write(name, [...kept, record])
}

function recordsIn(store: Pick<OverrideStore, 'read'>, name: string): readonly unknown[] {
  const value = store.read(name, MOST_BYTES)
  return Array.isArray(value) ? value.slice(0, MOST_RECORDS) : []
}

/**
 * Every record of some weights that is kept, well-formed and signed, the oldest first.
 *
 * @param loadRecover loads what recovers signers; not called where there is no record, because it takes long to load
 */
export async function readOverrides<Rule extends string>(
  store: Pick<OverrideStore, 'read'>,
  kind: OverrideKind,
  weights: Digest,
  loadRecover: () => Promise<RecoverSigner>,
  isRule: (rule: string) => rule is Rule,
): Promise<OverrideRecord<Rule>[]> {
  const kept = recordsIn(store, nameOf(kind, weights))
  if (kept.length === 0) return []
  const recover = await loadRecover()
  return kept.flatMap((item) => {
    const record = wellFormed(item)
    const counts = record?.weights === weights && record.rules.every(isRule) && isSigned(kind, record, recover)
    return counts ? [record as OverrideRecord<Rule>] : []
  })
}

/** Whether a record is signed by whom it names. */
export function isSigned(
  kind: OverrideKind,
  { signature, ...unsigned }: OverrideRecord,
  recover: RecoverSigner,
): boolean {
  try {
    return recover(textOf(kind, unsigned), signature).toLowerCase() === unsigned.signer
  } catch {
    return false
  }
}

/** Whether a record holds at a time, and is not longer than any may be. */
export function isInForce({ from, until }: OverrideRecord, now: number): boolean {
  return from <= now && now < until && until - from <= OVERRIDE_SECONDS
}

/** Reads a record that others wrote. Its signature is not checked: see {@link isSigned}. */
export function readOverrideRecord(read: FieldReader, value: unknown, field: string): OverrideRecord {
  const fields = read.object(value, field, FIELDS)
  const text = (name: 'reason' | 'signature', most: number): string => {
    const given = read.text(fields[name], `${field}.${name}`)
    if (given.length <= most && !hasUnsafeCharacters(given)) return given
    return read.fail(`${field}.${name}`, given, `one line of at most ${most} characters`)
  }
  return {
    version: read.version(fields.version, 1, `${field}.version`),
    weights: read.digest(fields.weights, `${field}.weights`),
    ...(fields.gate !== undefined && { gate: readGate(read, fields.gate, `${field}.gate`) }),
    rules: read
      .list(fields.rules, `${field}.rules`, MOST_RULES)
      .map((rule, index) => read.text(rule, `${field}.rules[${index}]`)),
    reason: text('reason', MOST_REASON),
    from: read.count(fields.from, `${field}.from`, MOST_TIME),
    until: read.count(fields.until, `${field}.until`, MOST_TIME),
    signer: read.account(fields.signer, `${field}.signer`),
    signature: text('signature', 1000) as Hex,
  }
}

function readGate(read: FieldReader, value: unknown, field: string): OverrideGate {
  const { chainId, reviewGate } = read.object(value, field, ['chainId', 'reviewGate'])
  const number = read.text(chainId, `${field}.chainId`)
  if (!/^[1-9][0-9]{0,77}$/.test(number)) read.fail(`${field}.chainId`, number, 'the id of a chain, in decimal')
  return { chainId: number, reviewGate: read.account(reviewGate, `${field}.reviewGate`) }
}

const FIELDS = ['version', 'weights', 'gate', 'rules', 'reason', 'from', 'until', 'signer', 'signature']

function wellFormed(value: unknown): OverrideRecord | undefined {
  try {
    return readOverrideRecord(read, value, 'record')
  } catch {
    return undefined
  }
}

/** The text that is signed: it names a purpose, so that no other signature of the key passes for one. */
function textOf(kind: OverrideKind, record: Omit<OverrideRecord, 'signature'>): string {
  const { version, weights, gate, rules, reason, from, until, signer } = record
  const signed = {
    version,
    weights,
    ...(gate && { gate: { chainId: gate.chainId, reviewGate: gate.reviewGate } }),
    rules,
    reason,
    from,
    until,
    signer,
  }
  return `Stemma ${kind} override\n${JSON.stringify(signed)}`
}

function nameOf(kind: OverrideKind, weights: Digest): string {
  return `${kind === 'guard' ? '' : `${kind}-`}override-${sha256Text(weights).slice(2, 42)}.json`
}

/** Thrown when rules may not be passed over. */
export class OverrideRefusedError extends StemmaError {
  override name = 'OverrideRefusedError'
  override readonly kind = 'refused'
  constructor(reason: string) {
    super('OVERRIDE_REFUSED', `The override is refused: ${reason}.`)
  }
}

const read = new FieldReader((field, _, expected) => new OverrideRefusedError(`${field} is not ${expected}`))
