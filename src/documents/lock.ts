import type { ChainId } from '../core/chainId.ts'
import { canonicalJsonDigest } from '../core/canonicalJson.ts'
import { isDay } from '../core/day.ts'
import { StemmaError } from '../core/errors.ts'
import { ZERO_DIGEST, type Address, type Digest, type ModelId } from '../core/hex.ts'
import { parseStrictJson } from '../core/json.ts'
import { nearestFirst, type LineageModel } from '../core/lineage.ts'
import { compareCodePoints, hasUnsafeCharacters, quoted, utf8Length } from '../core/text.ts'
import { RIGHT_NAMES, type Right } from '../core/vocabulary.ts'
import { FieldReader, describeValue, type Fields } from './fields.ts'
import { linesOfItems } from './linesOfItems.ts'

/** The name of a lock file. */
export const LOCK_FILE = 'stemma.lock.json'
/** Longest lock file, in bytes. */
export const MAX_LOCK_BYTES = 8 * 1024 * 1024
/** Most entries of each list of a lock file. */
export const MAX_LOCK_ENTRIES = 10_000
/** Most bases that an entry names. `lineage` commits to all of them. */
export const MAX_BASES = 64
/** Longest name, reason and author in a lock file, in bytes of UTF-8. */
const MAX_TEXT_BYTES = 2048
/** Longest path or reference of a subject, in bytes of UTF-8. */
const MAX_SUBJECT_BYTES = 4096

/** Why the word of a publisher counted when its model was locked. `trusted` makes it count for that entry. */
export const LOCKED_STANDINGS = ['accredited', 'trusted', 'named'] as const
/** One of {@link LOCKED_STANDINGS}. */
export type LockedStanding = (typeof LOCKED_STANDINGS)[number]

/** A model that a repository uses, as it was when it was locked. */
export type LockedModel = {
  /** What the repository calls it; each name once. */
  name: string
  model: ModelId
  /** SHA-256 model digest. */
  weights: Digest
  /** SHA-256 of the tensor list; zero when the registration states none. */
  tensors: Digest
  publisher: Address
  standing: LockedStanding
  /** What the repository uses it for. */
  use: readonly Right[]
  /** A path from the folder of the lock file, or a reference such as `hf:owner/name`; null when it is not at hand. */
  subject: string | null
  /** Its ancestors, nearest first: at most {@link MAX_BASES}. */
  bases: readonly ModelId[]
  /** SHA-256 of all edges of its lineage: {@link lockedLineage}. */
  lineage: Digest
}

/** A finding that somebody answers for until a day. */
export type Waiver = {
  /** The code of the finding, with the right or obligation and the fact that it is about: `right-withheld/redistribute`. */
  finding: string
  /** The model that the repository uses. */
  model: ModelId
  /** The model that the finding lies at: `model` itself or one of its ancestors. */
  at: ModelId
  use: Right
  reason: string
  who: string
  /** The last day on which it holds, in UTC: `2027-01-31`. */
  until: string
}

/** What an external parent was bound to when it was locked. */
export type LockedBinding = {
  external: ModelId
  /** The publishers among whose statements it was found; none of a binding on chain. */
  by: readonly Address[]
  /** In ascending order. */
  models: readonly ModelId[]
}

/** Whom a name meant when it was locked. */
export type LockedName = {
  name: string
  publisher: Address
  /** The host's own id of the repository; null where it has none. */
  repository: string | null
}

/** A lock file: the models that a repository uses, and what its people accepted. */
export type Lock = {
  version: 1
  /** The ledger that all ids belong to. */
  deployment: { chainId: ChainId; ledger: Address }
  models: readonly LockedModel[]
  accepted: readonly Waiver[]
  bindings: readonly LockedBinding[]
  names: readonly LockedName[]
}

/** A lock file as it was read: each entry and each waiver with its line, from 1. */
export type ReadLock = Omit<Lock, 'models' | 'accepted'> & {
  models: readonly (LockedModel & { line: number })[]
  accepted: readonly (Waiver & { line: number })[]
}

/** Findings that nobody can accept: what is recalled stays so. */
const NEVER_ACCEPTED = ['model-recalled']

/**
 * Reads a lock file, which may have come with a download. Refuses what it does not know, so that no misspelled field passes in silence.
 *
 * @throws {@link LockFieldError} naming the line and the field; `InvalidJsonError` `DuplicateJsonNameError` `JsonTooDeepError`
 */
export function parseLock(text: string, what = 'The lock file'): ReadLock {
  const body = text.startsWith('\u{feff}') ? text.slice(1) : text
  if (utf8Length(body) > MAX_LOCK_BYTES) throw new LockFieldError(0, 'The file', 'too long', `${MAX_LOCK_BYTES} bytes`)
  const value = parseStrictJson(body, what, { maxDepth: 8 })
  const lines = linesOfItems(body)
  const read = readerAt(0)
  const fields = read.object(value, 'the lock file', [
    '$schema',
    'version',
    'deployment',
    'models',
    'accepted',
    'bindings',
    'names',
  ])
  if (fields.$schema !== undefined) read.text(fields.$schema, '$schema')
  read.version(fields.version, 1)
  const deployment = read.object(fields.deployment, 'deployment', ['chainId', 'ledger'])
  const itemsOf = <T>(name: string, parse: (item: unknown, reader: FieldReader, field: string) => T): Lined<T>[] =>
    read.list(fields[name] ?? [], name, MAX_LOCK_ENTRIES).map((item, index) => {
      const line = lines.get(name)?.[index] ?? 1
      return { ...parse(item, readerAt(line), `${name}[${index}]`), line }
    })
  const lock: ReadLock = {
    version: 1,
    deployment: {
      chainId: read.chainId(deployment.chainId, 'deployment.chainId'),
      ledger: read.account(deployment.ledger, 'deployment.ledger'),
    },
    models: itemsOf('models', modelOf),
    accepted: itemsOf('accepted', waiverOf),
    bindings: itemsOf('bindings', bindingOf).map(({ line: _, ...binding }) => binding),
    names: itemsOf('names', nameOf).map(({ line: _, ...name }) => name),
  }
  if (fields.models === undefined) read.fail('models', undefined, 'a list of the models that are used')
  eachOnce(lock.models, ({ name }) => name, 'name')
  eachOnce(lock.accepted, waiverKey, 'finding')
  return lock
}

/**
 * The canonical text of a lock file: one line an entry, sorted, so that a change of one entry is a change of one line, and two branches
 * that add entries merge. What a list has twice is written once.
 */
export function formatLock(lock: Lock): string {
  const { version, deployment, models, accepted, bindings, names } = lock
  const lists: [name: string, items: readonly object[]][] = [
    ['models', sorted(models, ({ name }) => name).map(writtenModel)],
    ['accepted', sorted(accepted, waiverKey).map(writtenWaiver)],
    ['bindings', sorted(bindings, bindingKey).map(writtenBinding)],
    ['names', sorted(names, ({ name }) => name).map(writtenName)],
  ]
  const written = lists
    // Of the lists, only that of the models is always there.
    .filter(([name, items]) => name === 'models' || items.length > 0)
    .map(([name, items]) => {
      const lines = [...new Set(items.map((item) => `    ${JSON.stringify(item)}`))]
      return `  "${name}": [${lines.length > 0 ? `\n${lines.join(',\n')}\n  ` : ''}]`
    })
  const head = [`  "version": ${version}`, `  "deployment": ${JSON.stringify(deployment)}`]
  return `{\n${[...head, ...written].join(',\n')}\n}\n`
}

/** What a lock file keeps of a lineage, whose first model is the locked one: its bases, nearest first, and a digest of all edges. */
export function lockedLineage(models: readonly LineageModel[]): Pick<LockedModel, 'bases' | 'lineage'> {
  const edges = models
    .map(({ model, terms, parents }) => [
      model,
      terms,
      parents
        .map((parent) => [parent.model, parent.relation, parent.grade, parent.undisclosed] as const)
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ])
    .toSorted(([one], [other]) => (one! < other! ? -1 : 1))
  const bases = nearestFirst(models)
    .slice(1, 1 + MAX_BASES)
    .map(({ model }) => model)
  return { bases, lineage: canonicalJsonDigest(edges) }
}

/** Reads one waiver, as an option gives it. @throws {@link LockFieldError} */
export function parseWaiver(value: unknown): Waiver {
  return waiverOf(value, readerAt(0), 'the waiver')
}

/** What tells one waiver from another: the finding, the model, where it lies, and the use. */
export function waiverKey({ finding, model, at, use }: Pick<Waiver, 'finding' | 'model' | 'at' | 'use'>): string {
  return [model, use, finding, at].join(' ')
}

/** The last second of the day until which a waiver holds, in Unix seconds. */
export function waiverEnd({ until }: Pick<Waiver, 'until'>): number {
  return Date.parse(`${until}T23:59:59Z`) / 1000
}

type Lined<T> = T & { line: number }

function modelOf(value: unknown, read: FieldReader, field: string): LockedModel {
  const entry = read.object(value, field, [
    'name',
    'model',
    'weights',
    'tensors',
    'publisher',
    'standing',
    'use',
    'subject',
    'bases',
    'lineage',
  ])
  const use = read.list(entry.use, `${field}.use`, RIGHT_NAMES.length)
  if (use.length === 0 || new Set(use).size < use.length) read.fail(`${field}.use`, use, 'each use once, at least one')
  return {
    name: plainText(entry.name, read, `${field}.name`),
    model: read.modelId(entry.model, `${field}.model`),
    weights: read.digest(entry.weights, `${field}.weights`),
    tensors: entry.tensors === undefined ? ZERO_DIGEST : read.digest(entry.tensors, `${field}.tensors`),
    publisher: read.account(entry.publisher, `${field}.publisher`),
    standing: read.word(entry.standing, `${field}.standing`, LOCKED_STANDINGS),
    use: use.map((right) => read.word(right, `${field}.use`, RIGHT_NAMES)),
    subject: entry.subject === undefined ? null : subjectOf(entry, read, field),
    bases: read
      .list(entry.bases, `${field}.bases`, MAX_BASES)
      .map((base, index) => read.modelId(base, `${field}.bases[${index}]`)),
    lineage: read.digest(entry.lineage, `${field}.lineage`),
  }
}

function subjectOf(entry: Fields, read: FieldReader, field: string): string {
  const subject = plainText(entry.subject, read, `${field}.subject`, MAX_SUBJECT_BYTES)
  if (isReference(subject) || isInnerPath(subject)) return subject
  return read.fail(
    `${field}.subject`,
    subject,
    'a path below the folder of the lock file, with "/" and without "..", or a reference such as hf:owner/name',
  )
}

/** Whether a subject is a reference to a place, as opposed to a path. */
export function isReference(subject: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(subject)
}

/** Whether a path stays below the folder that it starts from, on every system. */
function isInnerPath(path: string): boolean {
  if (path.startsWith('/') || path.includes('\\') || /^[a-z]:/i.test(path)) return false
  return path.split('/').every((part) => part !== '..')
}

function waiverOf(value: unknown, read: FieldReader, field: string): Waiver {
  const entry = read.object(value, field, ['finding', 'model', 'at', 'use', 'reason', 'who', 'until'])
  const finding = plainText(entry.finding, read, `${field}.finding`)
  if (!/^[a-z][a-z0-9-]*(\/[\w.:-]+)*$/.test(finding)) {
    read.fail(`${field}.finding`, finding, 'the code of a finding, such as right-withheld/redistribute')
  }
  if (NEVER_ACCEPTED.includes(finding.split('/')[0]!)) {
    read.fail(`${field}.finding`, finding, 'a finding that can be accepted: what is recalled never can')
  }
  const until = read.text(entry.until, `${field}.until`)
  if (!isDay(until)) read.fail(`${field}.until`, until, 'a day such as 2027-01-31')
  const model = read.modelId(entry.model, `${field}.model`)
  return {
    finding,
    model,
    at: entry.at === undefined ? model : read.modelId(entry.at, `${field}.at`),
    use: read.word(entry.use, `${field}.use`, RIGHT_NAMES),
    reason: plainText(entry.reason, read, `${field}.reason`),
    who: plainText(entry.who, read, `${field}.who`),
    until,
  }
}

function bindingOf(value: unknown, read: FieldReader, field: string): LockedBinding {
  const entry = read.object(value, field, ['external', 'by', 'models'])
  return {
    external: read.modelId(entry.external, `${field}.external`),
    by: read
      .list(entry.by ?? [], `${field}.by`, MAX_LOCK_ENTRIES)
      .map((publisher, index) => read.account(publisher, `${field}.by[${index}]`)),
    models: read
      .list(entry.models, `${field}.models`, MAX_LOCK_ENTRIES)
      .map((model, index) => read.modelId(model, `${field}.models[${index}]`)),
  }
}

function nameOf(value: unknown, read: FieldReader, field: string): LockedName {
  const entry = read.object(value, field, ['name', 'publisher', 'repository'])
  return {
    name: plainText(entry.name, read, `${field}.name`),
    publisher: read.account(entry.publisher, `${field}.publisher`),
    repository: entry.repository === undefined ? null : plainText(entry.repository, read, `${field}.repository`),
  }
}

/** Whether a text may be a name in a lock file: one line that no terminal obeys, not empty, and of at most 2,048 bytes. */
export function isPlainText(text: string, most = MAX_TEXT_BYTES): boolean {
  return text.trim() !== '' && !hasUnsafeCharacters(text) && utf8Length(text) <= most
}

/** A text of one line that no terminal obeys; never empty. */
function plainText(value: unknown, read: FieldReader, field: string, most = MAX_TEXT_BYTES): string {
  const text = read.text(value, field)
  if (isPlainText(text, most)) return text
  return read.fail(field, text, `text of at most ${most} bytes without control characters, not empty`)
}

function eachOnce<T extends { line: number }>(items: readonly T[], keyOf: (item: T) => string, what: string): void {
  const known = new Map<string, number>()
  for (const item of items) {
    const before = known.get(keyOf(item))
    if (before !== undefined) {
      const value = quoted(keyOf(item))
      throw new LockFieldError(item.line, what, value, `each once: line ${before} has it too`)
    }
    known.set(keyOf(item), item.line)
  }
}

function sorted<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return items.toSorted((one, other) => compareCodePoints(keyOf(one), keyOf(other)))
}

function bindingKey({ external, by }: LockedBinding): string {
  return [external, ...by].join(' ')
}

function writtenModel({
  name,
  model,
  weights,
  tensors,
  publisher,
  standing,
  use,
  subject,
  bases,
  lineage,
}: LockedModel) {
  return {
    name,
    model,
    weights,
    ...(tensors !== ZERO_DIGEST && { tensors }),
    publisher,
    standing,
    use: RIGHT_NAMES.filter((right) => use.includes(right)),
    ...(subject !== null && { subject }),
    bases,
    lineage,
  }
}

function writtenWaiver({ finding, model, at, use, reason, who, until }: Waiver) {
  return { finding, model, ...(at !== model && { at }), use, reason, who, until }
}

function writtenBinding({ external, by, models }: LockedBinding) {
  return { external, ...(by.length > 0 && { by: by.toSorted() }), models: models.toSorted() }
}

function writtenName({ name, publisher, repository }: LockedName) {
  return { name, publisher, ...(repository !== null && { repository }) }
}

function readerAt(line: number): FieldReader {
  return new FieldReader(
    (field, value, expected, hint) => new LockFieldError(line, field, describeValue(value), expected, hint),
  )
}

/** Thrown when a field of a lock file is missing or invalid. */
export class LockFieldError extends StemmaError {
  override name = 'LockFieldError'
  /** @param line from 1; 0 where the fault has none */
  constructor(line: number, field: string, value: string, expected: string, hint = '') {
    const place = line > 0 ? `line ${line}, ` : ''
    super(
      'LOCK_FIELD',
      `The lock file is not valid: ${place}${fieldWords(field)} is ${value}. Expected ${expected}. Correct the file.${hint}`,
    )
  }
}

function fieldWords(field: string): string {
  const start = field.length > 100 ? `${field.slice(0, 100)}…` : field
  return hasUnsafeCharacters(start) ? quoted(start) : start
}
