import { readChainId, type ChainId } from '../core/chainId.ts'
import { EVIDENCE_GRADES } from '../core/claim.ts'
import { DOCS, StemmaError } from '../core/errors.ts'
import { externalIdOf, isExternalName, parseExternalName } from '../core/external.ts'
import { ZERO_DIGEST, type Address, type Digest, type ModelId, type TermsId } from '../core/hex.ts'
import { hasUnsafeCharacters, quoted, utf8Length } from '../core/text.ts'
import { PART_NAMES, RELATION_NAMES } from '../core/vocabulary.ts'
import { describeValue, FieldReader, type Fields } from '../documents/fields.ts'
import type { DocumentEdge, DocumentModel, LineageDocument } from './lineageDocument.ts'
import { STATEMENT_TYPE } from './oms.ts'

/** The predicate type of a lineage statement: the page that specifies it, and the version. */
export const LINEAGE_PREDICATE_TYPE = `${DOCS}/formats/lineage-statement.md#v1`

/** Most models of a statement. */
export const MAX_STATED_MODELS = 10_000
/** Most parents of a model in a statement: those of its registration, and attested ones. */
export const MAX_STATED_PARENTS = 256
/** Longest name or URI in a statement, in bytes. */
const MAX_STATED_BYTES = 2048

/** A license in a statement. */
export type StatedLicense = { name: string; spdx?: string; uri?: string }

/** A model in a lineage statement. Digests that are not known are left out. */
export type StatedModel = {
  model: ModelId
  name: string
  /** Left out for an external parent, which nobody registered. */
  publisher?: Address
  /** SHA-256 model digest. */
  weights?: Digest
  tensors?: Digest
  terms?: TermsId
  /** Left out where the license is not known. */
  licenses?: readonly StatedLicense[]
  parents: readonly DocumentEdge[]
}

/** A lineage, and the ledger and block that it was read from. */
export type LineagePredicate = {
  ledger: {
    chainId: ChainId
    address: Address
    block: number
    /** The time of the block, in Unix seconds. */
    time: number
  }
  /** The subject, and then all its ancestors. */
  models: readonly [StatedModel, ...StatedModel[]]
}

/** An in-toto statement whose subject is a model and whose predicate is its lineage, not signed yet. */
export type LineageStatement = {
  _type: typeof STATEMENT_TYPE
  /** One subject: a name, which only informs, and the model digest in hex without 0x. */
  subject: readonly [{ name: string; digest: { sha256: string } }]
  predicateType: typeof LINEAGE_PREDICATE_TYPE
  predicate: LineagePredicate
}

/**
 * Writes a lineage as an in-toto statement, for its author to sign. The subject is the model by the digest of its weights, as in an OpenSSF Model
 * Signing statement. The same document gives the same statement.
 *
 * @param options `name`: what the subject is called, such as the name of its one file; by default the model's name
 * @throws {@link StatementSubjectError} when the weights are not known
 */
export function lineageStatement(
  document: LineageDocument,
  options: { name?: string | undefined } = {},
): LineageStatement {
  const { models, chainId, ledger, block, blockTime } = document
  const [first, ...ancestors] = models
  if (first.weights === null) throw new StatementSubjectError(first.name)
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: options.name ?? first.name, digest: { sha256: first.weights.slice(2) } }],
    predicateType: LINEAGE_PREDICATE_TYPE,
    predicate: {
      ledger: { chainId, address: ledger, block, time: blockTime },
      models: [statedModel(first), ...ancestors.map(statedModel)],
    },
  }
}

function statedModel({
  model,
  name,
  publisher,
  weights,
  tensors,
  terms,
  licenses,
  parents,
}: DocumentModel): StatedModel {
  return {
    model,
    name,
    ...(publisher !== null && { publisher }),
    ...(weights !== null && { weights }),
    ...(tensors !== null && { tensors }),
    ...(terms !== null && { terms }),
    ...(licenses.length > 0 && {
      licenses: licenses.map((each) => ({
        name: each.name,
        ...(each.spdx !== null && { spdx: each.spdx }),
        ...(each.uri !== null && { uri: each.uri }),
      })),
    }),
    parents,
  }
}

/**
 * Reads an untrusted lineage statement. Every field has to be known and of its form, the lineage has to be whole, and the subject has to be its
 * first model. Does NOT check who wrote it, nor whether a ledger says the same.
 *
 * @param value the statement, parsed from JSON
 * @throws {@link UnsupportedLineageStatementError} for another type of statement or predicate
 * @throws {@link InvalidLineageStatementError} when a field is missing, unknown or of another form
 * @throws {@link StatedLineageError} when the lineage is not whole; {@link StatedSubjectError} when it is about other weights
 */
export function parseLineageStatement(value: unknown): LineageStatement {
  const statement = read.object(value, 'the statement', ['_type', 'subject', 'predicateType', 'predicate'])
  if (statement._type !== STATEMENT_TYPE) throw new UnsupportedLineageStatementError('_type', statement._type)
  if (statement.predicateType !== LINEAGE_PREDICATE_TYPE)
    throw new UnsupportedLineageStatementError('predicateType', statement.predicateType)
  const [subject, ...others] = read.list(statement.subject, 'subject', 1)
  if (others.length > 0) read.fail('subject', statement.subject, 'one subject')
  const { name, digest } = read.object(subject, 'subject[0]', ['name', 'digest'])
  const { sha256 } = read.object(digest, 'subject[0].digest', ['sha256'])
  const called = textOf(name, 'subject[0].name')
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    return read.fail('subject[0].digest.sha256', sha256, '64 lower-case hex digits')
  const { ledger, models } = read.object(statement.predicate, 'predicate', ['ledger', 'models'])
  const stated = listOf(models, 'predicate.models', MAX_STATED_MODELS, modelOf)
  checkLineage(stated)
  const [first, ...ancestors] = stated as [StatedModel, ...StatedModel[]]
  if (first.weights !== `0x${sha256}`) throw new StatedSubjectError(sha256, first.weights)
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: called, digest: { sha256 } }],
    predicateType: LINEAGE_PREDICATE_TYPE,
    predicate: { ledger: ledgerOf(ledger), models: [first, ...ancestors] },
  }
}

/** The items of a list, each read. A hole, which no JSON has, is read as undefined. */
function listOf<T>(value: unknown, path: string, most: number, parse: (value: unknown, path: string) => T): T[] {
  return Array.from(read.list(value, path, most), (each, index) => parse(each, `${path}[${index}]`))
}

function ledgerOf(value: unknown): LineagePredicate['ledger'] {
  const path = 'predicate.ledger'
  const { chainId, address, block, time } = read.object(value, path, ['chainId', 'address', 'block', 'time'])
  return {
    chainId: readChainId(chainId) ?? read.fail(`${path}.chainId`, chainId, 'the id of a chain'),
    address: read.account(address, `${path}.address`),
    block: read.count(block, `${path}.block`),
    time: read.count(time, `${path}.time`),
  }
}

const MODEL_FIELDS = ['model', 'name', 'publisher', 'weights', 'tensors', 'terms', 'licenses', 'parents']

function modelOf(value: unknown, path: string): StatedModel {
  const fields = read.object(value, path, MODEL_FIELDS)
  const model = read.modelId(fields.model, `${path}.model`)
  const licenses = optional(fields, 'licenses', path, (each, at) => listOf(each, at, 64, licenseOf))
  const stated: StatedModel = {
    model,
    name: textOf(fields.name, `${path}.name`),
    ...optional(fields, 'publisher', path, (each, at) => read.account(each, at)),
    ...optional(fields, 'weights', path, digestOf),
    ...optional(fields, 'tensors', path, digestOf),
    ...optional(fields, 'terms', path, (each, at) => digestOf(each, at) as string as TermsId),
    ...licenses,
    parents: listOf(fields.parents, `${path}.parents`, MAX_STATED_PARENTS, edgeOf),
  }
  if (stated.publisher === undefined) checkExternal(stated, path)
  return stated
}

/** What nobody registered has a name that gives its id, and no word of a registration. */
function checkExternal({ model, name, weights, terms, licenses, parents }: StatedModel, path: string): void {
  if (weights !== undefined || terms !== undefined || licenses !== undefined)
    read.fail(path, name, 'a publisher, because it has what only a registration states')
  if (parents.some(({ grade }) => grade !== 'bound'))
    read.fail(`${path}.parents`, name, 'no parents but those that it is bound to, because nobody registered it')
  if (isExternalName(name) && !isNameOf(name, model)) read.fail(`${path}.name`, name, `a name whose id is ${model}`)
}

function isNameOf(name: string, model: ModelId): boolean {
  try {
    return externalIdOf(parseExternalName(name)) === model
  } catch {
    return false
  }
}

function edgeOf(value: unknown, path: string): DocumentEdge {
  const fields = read.object(value, path, ['model', 'relation', 'part', 'grade', 'undisclosed'])
  const part = read.word(fields.part ?? 'whole', `${path}.part`, PART_NAMES)
  if (part === 'whole' && fields.part !== undefined) read.fail(`${path}.part`, part, 'no such field for the whole')
  return {
    model: read.modelId(fields.model, `${path}.model`),
    relation: read.word(fields.relation, `${path}.relation`, RELATION_NAMES),
    ...(part !== 'whole' && { part }),
    grade: read.word(fields.grade, `${path}.grade`, EVIDENCE_GRADES),
    undisclosed: read.boolean(fields.undisclosed, `${path}.undisclosed`),
  }
}

function licenseOf(value: unknown, path: string): StatedLicense {
  const fields = read.object(value, path, ['name', 'spdx', 'uri'])
  return {
    name: textOf(fields.name, `${path}.name`),
    ...optional(fields, 'spdx', path, textOf),
    ...optional(fields, 'uri', path, textOf),
  }
}

function optional<Key extends string, T>(
  fields: Fields,
  key: Key,
  path: string,
  parse: (value: unknown, path: string) => T,
): { [K in Key]?: T } {
  const value = fields[key]
  return (value === undefined ? {} : { [key]: parse(value, `${path}.${key}`) }) as { [K in Key]?: T }
}

function textOf(value: unknown, path: string): string {
  const text = read.text(value, path)
  if (
    text !== '' &&
    text.length <= MAX_STATED_BYTES &&
    utf8Length(text) <= MAX_STATED_BYTES &&
    !hasUnsafeCharacters(text)
  )
    return text
  return read.fail(path, text, `one line of 1 to ${MAX_STATED_BYTES} bytes without control characters`)
}

function digestOf(value: unknown, path: string): Digest {
  const digest = read.digest(value, path)
  return digest === ZERO_DIGEST || digest !== value
    ? read.fail(path, value, 'a digest in lower case, not zero')
    : digest
}

/** Checks that a lineage is whole: each model once, all of them ancestors of the first, and no registration its own ancestor. */
function checkLineage(models: readonly StatedModel[]): void {
  const [first] = models
  if (first === undefined) return read.fail('predicate.models', [], 'the subject at least')
  const byId = new Map(models.map((each) => [each.model, each]))
  if (byId.size !== models.length) throw new StatedLineageError('names a model twice')
  const reached = new Set([first])
  for (const { model, parents } of reached) {
    const known = new Set<ModelId>()
    for (const edge of parents) {
      const parent = byId.get(edge.model)
      if (parent === undefined) throw new StatedLineageError(`does not have ${edge.model}, a parent of ${model}`)
      if (known.has(edge.model)) throw new StatedLineageError(`names ${edge.model} twice as a parent of ${model}`)
      known.add(edge.model)
      reached.add(parent)
    }
  }
  if (reached.size !== models.length) throw new StatedLineageError('has a model that is not an ancestor of the subject')
  if (hasDeclaredCycle(models, byId))
    throw new StatedLineageError('has a cycle of declared parents, which no registrations can have: ids commit to them')
}

/** Takes away models without a declared child that is left, over and over (Kahn); what stays is in a cycle or below one. */
function hasDeclaredCycle(models: readonly StatedModel[], byId: ReadonlyMap<ModelId, StatedModel>): boolean {
  const declared = ({ parents }: StatedModel): DocumentEdge[] => parents.filter(({ grade }) => grade === 'declared')
  const children = new Map<ModelId, number>()
  for (const each of models) for (const { model } of declared(each)) children.set(model, (children.get(model) ?? 0) + 1)
  const free = models.filter(({ model }) => !children.has(model))
  for (const each of free) {
    for (const { model } of declared(each)) {
      const left = children.get(model)! - 1
      children.set(model, left)
      if (left === 0) free.push(byId.get(model)!)
    }
  }
  return free.length !== models.length
}

/** Thrown when a lineage statement is to be written about a model whose weights are not known: it would be about nothing. */
export class StatementSubjectError extends StemmaError {
  override name = 'StatementSubjectError'
  override readonly kind = 'undecided'
  constructor(subject: string) {
    super(
      'STATEMENT_WITHOUT_WEIGHTS',
      `The registration of ${quoted(subject)} is not proved, so the digest of its weights is not known, and a lineage statement would be about nothing. Ask a node that keeps the whole history (--rpc).`,
    )
  }
}

/** Thrown when a statement is not a lineage statement of this version. */
export class UnsupportedLineageStatementError extends StemmaError {
  override name = 'UnsupportedLineageStatementError'
  constructor(field: string, value: unknown) {
    super(
      'UNSUPPORTED_LINEAGE_STATEMENT',
      `${field} of the statement is ${describeValue(value)}. Only ${quoted(field === '_type' ? STATEMENT_TYPE : LINEAGE_PREDICATE_TYPE)} is read; ask its author for such a statement.`,
    )
  }
}

/** Thrown when a field of a lineage statement is missing, unknown or of another form. */
export class InvalidLineageStatementError extends StemmaError {
  override name = 'InvalidLineageStatementError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_LINEAGE_STATEMENT',
      `Invalid lineage statement: ${quoted(field)} is ${describeValue(value)}, expected ${expected}.${hint} Ask its author for a valid one.`,
    )
  }
}

/** Thrown when the models of a lineage statement are not one whole lineage. */
export class StatedLineageError extends StemmaError {
  override name = 'StatedLineageError'
  constructor(what: string) {
    super(
      'STATED_LINEAGE',
      `The lineage statement ${what}, so it is not the lineage of one model. Ask its author for a valid one.`,
    )
  }
}

/** Thrown when the subject of a lineage statement is not its first model. */
export class StatedSubjectError extends StemmaError {
  override name = 'StatedSubjectError'
  constructor(subject: string, weights: Digest | undefined) {
    super(
      'STATED_SUBJECT',
      `The subject of the lineage statement has the digest ${subject}, and its first model ${weights === undefined ? 'states none' : `has ${weights.slice(2)}`}. It speaks of two models; do not use it.`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidLineageStatementError(...fault))
