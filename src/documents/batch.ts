import { batchTreeOf, isInBatch, proveInBatch, type BatchTree } from '../core/batchTree.ts'
import { canonicalJson } from '../core/canonicalJson.ts'
import { StemmaError } from '../core/errors.ts'
import { isBytes32, parseAddress, parseDigest, type Address, type Digest, type Hex, type ModelId } from '../core/hex.ts'
import { MAX_PARENTS, MAX_URI_BYTES, modelIdOf, type Parent, type Registration } from '../core/registration.ts'
import { hasUnsafeCharacters, quoted, utf8Length } from '../core/text.ts'
import { RELATION_NAMES, type Relation } from '../core/vocabulary.ts'
import { parseStrictJson } from '../core/json.ts'

/** Most registrations of one batch file. */
export const MAX_BATCH = 100_000
/** Largest batch file, in bytes. */
export const MAX_BATCH_BYTES = 256 * 1024 * 1024
/** Longest line of a batch file, in UTF-16 units: eight parents and a uri in which every character is escaped fit. */
const MAX_LINE = 32 * 1024

/** A registration of a batch, with its id. */
export type BatchEntry = { model: ModelId; registration: Registration }

/** Registrations of one publisher that are anchored together by the root of their tree. A parent stands before its children. */
export type Batch = { publisher: Address; entries: readonly BatchEntry[]; tree: BatchTree }

/** One registration of a batch with the proof of it: all that is needed to materialize it. */
export type BatchProof = { publisher: Address; root: Digest; model: ModelId; registration: Registration; proof: Hex[] }

/**
 * A batch of registrations, each with its id.
 *
 * @throws {@link InvalidBatchError} when one is of another publisher, or a parent stands after its child
 * @throws `EmptyBatchError` `DuplicateModelError`
 */
export function batchOf(publisher: Address, registrations: readonly Registration[]): Batch {
  const entries = registrations.map((registration, index) => {
    if (registration.publisher !== publisher) {
      throw new InvalidBatchError(lineOf(index), 'publisher', registration.publisher, publisher)
    }
    return { model: modelIdOf(registration), registration }
  })
  if (entries.length > MAX_BATCH)
    throw new InvalidBatchError('the batch', 'count', entries.length, `at most ${MAX_BATCH}`)
  const tree = batchTreeOf(entries.map(({ model }) => model))
  const seen = new Set<ModelId>()
  entries.forEach(({ model, registration }, index) => {
    const late = registration.parents.find((parent) => tree.places.has(parent.model) && !seen.has(parent.model))
    if (late) throw new InvalidBatchError(lineOf(index), 'parents', late.model, 'parents that stand before their child')
    seen.add(model)
  })
  return { publisher, entries, tree }
}

/** The text of a batch file: a line of what the batch is, then a line a registration, each in canonical JSON. */
export function batchFileOf({ publisher, entries, tree }: Batch): string {
  const head = { batch: 1, publisher, root: tree.root, count: entries.length }
  const lines = entries.map(({ model, registration: { publisher: _publisher, ...rest } }) => ({ model, ...rest }))
  return [head, ...lines].map((line) => `${canonicalJson(line)}\n`).join('')
}

/**
 * A batch out of the text of a file, all of it checked: every id is recomputed from its registration, and the root from the ids.
 * What the file says of itself is believed in nothing.
 *
 * @throws {@link InvalidBatchError} naming line and field; and what `batchOf` and `parseStrictJson` throw
 */
export function parseBatchFile(text: string): Batch {
  if (!text.endsWith('\n')) throw new InvalidBatchError('the file', 'its end', text.slice(-20), 'a whole last line')
  const lines = text.slice(0, -1).split('\n')
  const head = recordOf(lines[0]!, 'line 1', ['batch', 'publisher', 'root', 'count'])
  if (head.batch !== 1) throw new InvalidBatchError('line 1', 'batch', head.batch, 'the number 1')
  const publisher = accountOf(head.publisher, 'line 1', 'publisher')
  const root = digestOf(head.root, 'line 1', 'root')
  if (lines.length - 1 > MAX_BATCH) {
    throw new InvalidBatchError('the file', 'its length', `${lines.length - 1} registrations`, `at most ${MAX_BATCH}`)
  }
  if (head.count !== lines.length - 1) {
    throw new InvalidBatchError('line 1', 'count', head.count, `${lines.length - 1}, as many as registrations follow`)
  }
  const fields = ['model', 'weights', 'datasets', 'method', 'terms', 'parents', 'uri']
  const registrations = lines.slice(1).map((line, index) => {
    const where = lineOf(index)
    const { model, ...rest } = recordOf(line, where, fields)
    return checkedId(registrationOf(rest, publisher, where), model, where)
  })
  const batch = batchOf(publisher, registrations)
  if (batch.tree.root !== root) {
    throw new InvalidBatchError('line 1', 'root', root, `${batch.tree.root}, which the registrations give`)
  }
  return batch
}

/** The registration of a model with its proof. @throws `NotInBatchError` */
export function batchProofOf({ publisher, entries, tree }: Batch, model: ModelId): BatchProof {
  const proof = proveInBatch(tree, model)
  const { registration } = entries.find((entry) => entry.model === model)!
  return { publisher, root: tree.root, model, registration, proof }
}

/** What is written of a proof: JSON of its own, which {@link parseBatchProof} reads. */
export function batchProofFileOf({ registration, ...rest }: BatchProof): Record<string, unknown> {
  const { publisher: _publisher, ...fields } = registration
  return { batchProof: 1, ...rest, registration: fields }
}

/**
 * A proof out of a parsed file: its id is recomputed, and whether it leads to the root is checked.
 *
 * @throws {@link InvalidBatchError} naming the field
 */
export function parseBatchProof(value: unknown): BatchProof {
  const where = 'the proof'
  const fields = fieldsOf(value, where, ['batchProof', 'publisher', 'root', 'model', 'registration', 'proof'])
  if (fields.batchProof !== 1) throw new InvalidBatchError(where, 'batchProof', fields.batchProof, 'the number 1')
  const publisher = accountOf(fields.publisher, where, 'publisher')
  const root = digestOf(fields.root, where, 'root')
  const names = ['weights', 'datasets', 'method', 'terms', 'parents', 'uri']
  const written = fieldsOf(fields.registration, `${where}'s registration`, names)
  const registration = checkedId(registrationOf(written, publisher, where), fields.model, where)
  const model = modelIdOf(registration)
  const { proof } = fields
  if (!Array.isArray(proof) || proof.length > 64) {
    throw new InvalidBatchError(where, 'proof', proof, 'a list of at most 64 hashes')
  }
  const hashes = proof.map((hash) => digestOf(hash, where, 'proof'))
  if (!isInBatch(root, model, hashes)) throw new InvalidBatchError(where, 'proof', model, `one that leads to ${root}`)
  return { publisher, root, model, registration, proof: hashes }
}

function checkedId(registration: Registration, model: unknown, where: string): Registration {
  const id = modelIdOf(registration)
  if (digestOf(model, where, 'model') !== (id as string)) {
    throw new InvalidBatchError(where, 'model', model, `${id}, which the registration gives`)
  }
  return registration
}

function registrationOf(fields: Record<string, unknown>, publisher: Address, where: string): Registration {
  const weights = digestOf(fields.weights, where, 'weights')
  if (BigInt(weights) === 0n) throw new InvalidBatchError(where, 'weights', weights, 'a digest that is not zero')
  const { uri, parents } = fields
  if (typeof uri !== 'string' || hasUnsafeCharacters(uri) || utf8Length(uri) > MAX_URI_BYTES) {
    throw new InvalidBatchError(
      where,
      'uri',
      uri,
      `a text of at most ${MAX_URI_BYTES} bytes without control characters`,
    )
  }
  if (!Array.isArray(parents) || parents.length > MAX_PARENTS) {
    throw new InvalidBatchError(where, 'parents', parents, `a list of at most ${MAX_PARENTS}`)
  }
  return {
    publisher,
    weights,
    datasets: digestOf(fields.datasets, where, 'datasets'),
    method: digestOf(fields.method, where, 'method'),
    terms: digestOf(fields.terms, where, 'terms') as Hex as Registration['terms'],
    parents: parentsOf(parents, where),
    uri,
  }
}

function parentsOf(list: readonly unknown[], where: string): Parent[] {
  const parents = Array.from(list, (each): Parent => {
    const { model, relation } = fieldsOf(each, `a parent of ${where}`, ['model', 'relation'])
    if (!(RELATION_NAMES as readonly unknown[]).includes(relation)) {
      throw new InvalidBatchError(where, 'relation', relation, `one of: ${RELATION_NAMES.join(', ')}`)
    }
    return { model: digestOf(model, where, 'parents') as Hex as ModelId, relation: relation as Relation }
  })
  const twice = parents.find((parent, index) => parents.slice(0, index).some(({ model }) => model === parent.model))
  if (twice) throw new InvalidBatchError(where, 'parents', twice.model, 'each parent once')
  return parents
}

function recordOf(line: string, where: string, names: readonly string[]): Record<string, unknown> {
  if (line.length > MAX_LINE) throw new InvalidBatchError(where, 'its length', line.length, `at most ${MAX_LINE}`)
  return fieldsOf(parseStrictJson(line, `${where} of the batch`, { maxDepth: 4 }), where, names)
}

function fieldsOf(value: unknown, where: string, names: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidBatchError(where, 'all of it', value, 'an object')
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new InvalidBatchError(where, quoted(unknown), 'a field', `one of the fields ${names.join(', ')}`)
  }
  return value as Record<string, unknown>
}

function digestOf(value: unknown, where: string, field: string): Digest {
  if (typeof value !== 'string' || !isBytes32(value)) {
    throw new InvalidBatchError(where, field, value, '0x and 64 hex digits')
  }
  return parseDigest(value)
}

function accountOf(value: unknown, where: string, field: string): Address {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(value)) {
    throw new InvalidBatchError(where, field, value, 'an address of 0x and 40 hex digits')
  }
  return parseAddress(value)
}

/** The line of a registration, counted from 1 as editors do; the first says what the batch is. */
function lineOf(index: number): string {
  return `line ${index + 2}`
}

/** Thrown when a batch, its file or a proof out of it is not what it must be. */
export class InvalidBatchError extends StemmaError {
  override name = 'InvalidBatchError'
  constructor(where: string, field: string, value: unknown, expected: string) {
    const shown = typeof value === 'string' ? quoted(value) : quoted(JSON.stringify(value) ?? 'missing')
    super(
      'INVALID_BATCH',
      `In ${where} of the batch, ${field} is ${shown}. Expected ${expected}. Get the file again, or build it anew: stemma batch build.`,
    )
  }
}
