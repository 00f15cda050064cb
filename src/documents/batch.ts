import { batchTreeOf, isInBatch, proveInBatch, type BatchPlace, type BatchTree } from '../core/batchTree.ts'
import { canonicalJson } from '../core/canonicalJson.ts'
import { StemmaError } from '../core/errors.ts'
import type { Address, Digest, ModelId } from '../core/hex.ts'
import { parseStrictJson } from '../core/json.ts'
import { modelIdOf, type Registration } from '../core/registration.ts'
import { FieldReader, describeValue, type Fields } from './fields.ts'
import { parentsOf } from './parents.ts'

/** Most registrations of one batch file. */
export const MAX_BATCH = 100_000
/** Largest batch file, in bytes. */
export const MAX_BATCH_BYTES = 256 * 1024 * 1024
/** Longest line of a batch file, in UTF-16 units: eight parents fit, and a URI of which every character is escaped. */
const MAX_LINE = 32 * 1024

/** A registration of a batch, with its id. */
export type BatchEntry = { model: ModelId; registration: Registration }

/** Registrations of one publisher that are anchored together by the root of their tree. Parents come before their children. */
export type Batch = { publisher: Address; entries: readonly BatchEntry[]; tree: BatchTree }

/** One registration of a batch with the proof of it: all that is needed to materialize it. */
export type BatchProof = BatchPlace & {
  publisher: Address
  root: Digest
  /** How many registrations the batch has. */
  count: number
  model: ModelId
  registration: Registration
}

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
  const placed = new Set<ModelId>()
  entries.forEach(({ model, registration }, index) => {
    const late = registration.parents.find((parent) => tree.places.has(parent.model) && !placed.has(parent.model))
    if (late) throw new InvalidBatchError(lineOf(index), 'parents', late.model, 'parents that stand before their child')
    placed.add(model)
  })
  return { publisher, entries, tree }
}

/** The text of a batch file: a line of what the batch is, then a line a registration, each in canonical JSON. */
export function batchFileOf({ publisher, entries, tree }: Batch): string {
  const head = { batch: 1, publisher, root: tree.root, count: entries.length }
  const lines = entries.map(({ model, registration: { publisher: _publisher, ...fields } }) => ({ model, ...fields }))
  return [head, ...lines].map((line) => `${canonicalJson(line)}\n`).join('')
}

/**
 * Parses the text of a batch file and checks all of it: every id is recomputed from its registration, and the root from the ids.
 * Nothing that the file states about itself is believed.
 *
 * @throws {@link InvalidBatchError} naming line and field; and what `batchOf` and `parseStrictJson` throw
 */
export function parseBatchFile(text: string): Batch {
  if (!text.endsWith('\n')) throw new InvalidBatchError('the file', 'its end', text.slice(-20), 'a whole last line')
  const lines = text.slice(0, -1).split('\n')
  const head = recordOf(lines[0]!, 'line 1', ['batch', 'publisher', 'root', 'count'])
  const first = readerOf('line 1')
  first.version(head.batch, 1, 'batch')
  const publisher = first.account(head.publisher, 'publisher')
  const root = first.digest(head.root, 'root')
  if (lines.length - 1 > MAX_BATCH) {
    throw new InvalidBatchError('the file', 'its length', `${lines.length - 1} registrations`, `at most ${MAX_BATCH}`)
  }
  if (head.count !== lines.length - 1) {
    throw new InvalidBatchError('line 1', 'count', head.count, `${lines.length - 1}, as many as registrations follow`)
  }
  const fields = ['model', ...REGISTRATION_FIELDS]
  const registrations = lines.slice(1).map((line, index) => {
    const where = lineOf(index)
    const { model, ...written } = recordOf(line, where, fields)
    return checkedId(readerOf(where), registrationOf(readerOf(where), written, publisher), model)
  })
  const batch = batchOf(publisher, registrations)
  if (batch.tree.root !== root) {
    throw new InvalidBatchError('line 1', 'root', root, `${batch.tree.root}, which the registrations give`)
  }
  return batch
}

/** The registration of a model with its proof. @throws `NotInBatchError` */
export function batchProofOf({ publisher, entries, tree }: Batch, model: ModelId): BatchProof {
  const place = proveInBatch(tree, model)
  const { registration } = entries[place.index]!
  return { publisher, root: tree.root, count: entries.length, model, registration, ...place }
}

/** The file of a proof: JSON that {@link parseBatchProofFile} reads. */
export function batchProofFileOf({ registration, ...proof }: BatchProof): Record<string, unknown> {
  const { publisher: _publisher, ...fields } = registration
  return { batchProof: 1, ...proof, registration: fields }
}

/**
 * Reads the parsed JSON of a proof's file: recomputes its id, and checks that the proof shows its place.
 *
 * @throws {@link InvalidBatchError} naming the field
 */
export function parseBatchProofFile(value: unknown): BatchProof {
  const where = 'the proof'
  const read = readerOf(where)
  const fields = read.object(value, 'the file', PROOF_FIELDS)
  read.version(fields.batchProof, 1, 'batchProof')
  const publisher = read.account(fields.publisher, 'publisher')
  const root = read.digest(fields.root, 'root')
  const count = read.count(fields.count, 'count', 2 ** 32)
  const index = read.count(fields.index, 'index', count)
  const written = read.object(fields.registration, 'registration', REGISTRATION_FIELDS)
  const registration = checkedId(read, registrationOf(read, written, publisher), fields.model)
  const model = modelIdOf(registration)
  const proof = read.list(fields.proof, 'proof', MAX_PROOF).map((hash) => read.digest(hash, 'proof'))
  if (!isInBatch({ root, count }, model, { index, proof })) {
    read.fail('proof', model, `one that shows the model at ${index} of the ${count} under the root ${root}`)
  }
  return { publisher, root, count, index, model, registration, proof }
}

/** The fields of a registration in a batch, which has one publisher. */
const REGISTRATION_FIELDS = ['weights', 'tensors', 'annex', 'datasets', 'method', 'terms', 'parents', 'uri'] as const

/** The fields of a proof. */
const PROOF_FIELDS = ['batchProof', 'publisher', 'root', 'count', 'index', 'model', 'registration', 'proof'] as const

/** Most hashes of a proof: a batch has fewer than 2^32 registrations. */
const MAX_PROOF = 32

function checkedId(read: FieldReader, registration: Registration, model: unknown): Registration {
  const id = modelIdOf(registration)
  if (read.modelId(model, 'model') !== id) read.fail('model', model, `${id}, the id of the registration`)
  return registration
}

function registrationOf(read: FieldReader, fields: Fields, publisher: Address): Registration {
  const weights = read.digest(fields.weights, 'weights')
  if (BigInt(weights) === 0n) read.fail('weights', weights, 'a digest that is not zero')
  return {
    publisher,
    weights,
    tensors: read.digest(fields.tensors, 'tensors'),
    annex: read.digest(fields.annex, 'annex'),
    datasets: read.digest(fields.datasets, 'datasets'),
    method: read.digest(fields.method, 'method'),
    terms: read.termsId(fields.terms, 'terms'),
    parents: parentsOf(read, fields.parents),
    uri: read.uri(fields.uri, 'uri'),
  }
}

function recordOf(line: string, where: string, names: readonly string[]): Fields {
  const read = readerOf(where)
  if (line.length > MAX_LINE) read.fail('its length', line.length, `at most ${MAX_LINE}`)
  return read.object(parseStrictJson(line, `${where} of the batch`, { maxDepth: 4 }), 'the line', names)
}

/** Reads a part of a batch, which the error names. */
function readerOf(where: string): FieldReader {
  return new FieldReader((...fault) => new InvalidBatchError(where, ...fault))
}

/** The line of a registration, counted from 1 as editors do; the first says what the batch is. */
function lineOf(index: number): string {
  return `line ${index + 2}`
}

/** Thrown when a batch, its file or the file of one of its proofs is malformed or contradicts itself. */
export class InvalidBatchError extends StemmaError {
  override name = 'InvalidBatchError'
  constructor(where: string, field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_BATCH',
      `In ${where} of the batch, ${field} is ${describeValue(value)}, expected ${expected}. Get the file again, or rebuild it: stemma batch build.${hint}`,
    )
  }
}
