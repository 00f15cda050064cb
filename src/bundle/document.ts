import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'

import { canonicalJson } from '../core/canonicalJson.ts'
import { StemmaError } from '../core/errors.ts'
import { parseExternalName, type ExternalName } from '../core/external.ts'
import type { Address, Digest, ModelId } from '../core/hex.ts'
import { parseStrictJson } from '../core/json.ts'
import { decodeRelation, encodeRelation, MAX_PARENTS, type Parent, type Registration } from '../core/registration.ts'
import { bodyOf, describeBody, type Terms, type TermsSet, type ThresholdBody } from '../core/terms.ts'
import { quoted } from '../core/text.ts'
import type { Tier } from '../core/tier.ts'
import { RIGHT_NAMES, rightsMask, rightsOf, type Right } from '../core/vocabulary.ts'
import { describeValue, FieldReader } from '../documents/fields.ts'

/** What a bundle was collected for. */
export type BundleQuestion = {
  /** The models that were asked about: one, or all that were found with the same weights, oldest first. */
  models: readonly ModelId[]
  /** The digest of weights by which the models were found; null where a model was asked about. */
  weights: Digest | null
  /** What it is to be used for. */
  uses: readonly Right[]
  /** Who wants to use it; the zero address for the public. */
  licensee: Address
  /** Operators of gateways whose logs count, beside the licensee and the models' publishers. */
  operators: readonly Address[]
}

/**
 * What answers a question about a model without a network: what the ledger's events hold, each proved by its id, and the state of the
 * ledger at one block, proved by the block's hash.
 */
export type Bundle = {
  version: 1
  /** The ledger, so that a bundle of another one is refused by name. Nothing is read from here. */
  chainId: number
  ledger: Address
  question: BundleQuestion
  /** The RLP whose Keccak-256 is the block's hash. */
  header: Uint8Array
  /** The nodes of all proofs, each once. */
  nodes: readonly Uint8Array[]
  registrations: readonly Registration[]
  terms: readonly (Terms | TermsSet)[]
  tiers: readonly Tier[]
  /** The names of external parents, where they are known. */
  externals: readonly ExternalName[]
}

/** Largest text of a bundle, in UTF-16 units: a lineage of ten thousand models takes about half of it. */
export const MAX_BUNDLE_TEXT = 128 * 1024 * 1024

const MOST = { models: 1_000, nodes: 2_000_000, entries: 200_000, thresholds: 64, operators: 10_000 }
/** A document nests its fields, an entry, its parents or thresholds, and one of these. */
const MAX_DEPTH = 6
const MAX_HEADER_DIGITS = 2 * 32_768
const MAX_NODE_DIGITS = 2 * 532
const MAX_UINT128 = 2n ** 128n

/** The text of a bundle: canonical JSON (RFC 8785). Bytes are hex digits, and masks are numbers. */
export function bundleText(bundle: Bundle): string {
  const { header, nodes, registrations, terms, tiers, ...fields } = bundle
  return canonicalJson({
    ...fields,
    header: bytesToHex(header),
    nodes: nodes.map((node) => bytesToHex(node)),
    registrations: registrations.map(({ parents, ...registration }) => ({
      ...registration,
      parents: parents.map((parent) => ({ model: parent.model, relation: encodeRelation(parent) })),
    })),
    terms: terms.map((entry) => ('name' in entry ? templateFields(entry) : { ...entry })),
    tiers: tiers.map(({ callQuota, tokenQuota, passThrough, ...tier }) => ({
      ...tier,
      passThrough: rightsMask(passThrough),
      callQuota: String(callQuota),
      tokenQuota: String(tokenQuota),
    })),
  })
}

function templateFields({ name, uri, text, ...stated }: Terms): object {
  const { unstated: _, thresholds, outbound, duties, ...masks } = bodyOf({ name, uri, text, ...stated })
  const rows = thresholds.map(({ limit, ...codes }) => ({ ...codes, limit: String(limit) }))
  return { name, uri, text, ...masks, outbound: String(outbound), duties: String(duties), thresholds: rows }
}

/**
 * Reads the text of a bundle: its form alone. Nothing that it says is proved by this.
 *
 * @throws {@link InvalidBundleError} naming the field; `InvalidJsonError` `DuplicateJsonNameError` `JsonTooDeepError`
 */
export function parseBundle(text: string): Bundle {
  if (text.length > MAX_BUNDLE_TEXT) read.fail('the bundle', `${text.length} characters`, `at most ${MAX_BUNDLE_TEXT}`)
  const names = ['version', 'chainId', 'ledger', 'question', 'header', 'nodes']
  const contents = ['registrations', 'terms', 'tiers', 'externals']
  const fields = read.object(parseStrictJson(text, 'The bundle', { maxDepth: MAX_DEPTH }), 'the bundle', [
    ...names,
    ...contents,
  ])
  const listed = <T>(name: string, most: number, parse: (value: unknown, field: string) => T): T[] =>
    read.list(fields[name], name, most).map((item, index) => parse(item, `${name}[${index}]`))
  return {
    version: read.version(fields.version, 1),
    chainId: read.count(fields.chainId, 'chainId'),
    ledger: read.account(fields.ledger, 'ledger'),
    question: questionOf(fields.question),
    header: bytesOf(fields.header, 'header', MAX_HEADER_DIGITS),
    nodes: listed('nodes', MOST.nodes, (node, field) => bytesOf(node, field, MAX_NODE_DIGITS)),
    registrations: listed('registrations', MOST.entries, registrationOf),
    terms: listed('terms', MOST.entries, termsOf),
    tiers: listed('tiers', MOST.entries, tierOf),
    externals: listed('externals', MOST.entries, externalOf),
  }
}

function questionOf(value: unknown): BundleQuestion {
  const names = ['models', 'weights', 'uses', 'licensee', 'operators']
  const fields = read.object(value, 'question', names)
  const listed = <T>(name: string, most: number, parse: (value: unknown, field: string) => T): T[] => {
    const items = read.list(fields[name], `question.${name}`, most)
    const parsed = items.map((item, index) => parse(item, `question.${name}[${index}]`))
    return new Set(parsed).size === parsed.length ? parsed : read.fail(`question.${name}`, items, 'each item once')
  }
  const question = {
    models: listed('models', MOST.models, (item, field) => read.modelId(item, field)),
    weights: fields.weights === null ? null : read.digest(fields.weights, 'question.weights'),
    uses: listed('uses', RIGHT_NAMES.length, (item, field) => read.word(item, field, RIGHT_NAMES)),
    licensee: read.account(fields.licensee, 'question.licensee'),
    operators: listed('operators', MOST.operators, (item, field) => read.account(item, field)),
  }
  if (question.models.length === 0) read.fail('question.models', [], 'at least one model')
  if (question.uses.length === 0) read.fail('question.uses', [], 'at least one use')
  if (question.weights === null && question.models.length > 1) {
    read.fail('question.models', question.models, 'one model, or the weights that several have')
  }
  return question
}

function registrationOf(value: unknown, field: string): Registration {
  const digests = ['weights', 'tensors', 'annex', 'datasets', 'method'] as const
  const fields = read.object(value, field, ['publisher', ...digests, 'terms', 'parents', 'uri'])
  const digest = (name: (typeof digests)[number]): Digest => read.digest(fields[name], `${field}.${name}`)
  return {
    publisher: read.account(fields.publisher, `${field}.publisher`),
    weights: digest('weights'),
    tensors: digest('tensors'),
    annex: digest('annex'),
    datasets: digest('datasets'),
    method: digest('method'),
    terms: read.termsId(fields.terms, `${field}.terms`),
    parents: read
      .list(fields.parents, `${field}.parents`, MAX_PARENTS)
      .map((parent, index) => parentOf(parent, `${field}.parents[${index}]`)),
    uri: read.text(fields.uri, `${field}.uri`),
  }
}

function parentOf(value: unknown, field: string): Parent {
  const { model, relation } = read.object(value, field, ['model', 'relation'])
  const use = decodeRelation(read.count(relation, `${field}.relation`, 256))
  return use
    ? { model: read.modelId(model, `${field}.model`), ...use }
    : read.fail(`${field}.relation`, relation, 'a relation')
}

function termsOf(value: unknown, field: string): Terms | TermsSet {
  const components = ['weights', 'code', 'outputs'] as const
  const { name } = read.object(value, field)
  if (name === undefined) {
    const set = read.object(value, field, components)
    const [weights, code, outputs] = components.map((each) => read.termsId(set[each], `${field}.${each}`))
    return { weights: weights!, code: code!, outputs: outputs! }
  }
  const names = ['name', 'uri', 'text', 'rights', 'flags', 'family', 'outbound', 'duties', 'thresholds']
  const fields = read.object(value, field, names)
  const thresholds = read
    .list(fields.thresholds, `${field}.thresholds`, MOST.thresholds)
    .map((item, index) => thresholdOf(item, `${field}.thresholds[${index}]`))
  const body = {
    rights: read.count(fields.rights, `${field}.rights`, 2 ** 16),
    unstated: 0,
    flags: read.count(fields.flags, `${field}.flags`, 2 ** 16),
    family: read.count(fields.family, `${field}.family`, 2 ** 8),
    outbound: decimal(fields.outbound, `${field}.outbound`, MAX_UINT128),
    duties: decimal(fields.duties, `${field}.duties`, 2n ** 256n),
    thresholds,
  }
  return {
    name: read.text(name, `${field}.name`),
    uri: read.text(fields.uri, `${field}.uri`),
    text: read.digest(fields.text, `${field}.text`),
    ...described(field, value, () => describeBody(body)),
  }
}

function thresholdOf(value: unknown, field: string): ThresholdBody {
  const sizes = { metric: 8, subject: 8, withdraws: 16, adds: 16, uses: 16, param: 32, flags: 8 } as const
  const names = Object.keys(sizes) as (keyof typeof sizes)[]
  const fields = read.object(value, field, [...names, 'limit'])
  const codes = names.map((name) => [name, read.count(fields[name], `${field}.${name}`, 2 ** sizes[name])])
  return {
    ...(Object.fromEntries(codes) as Omit<ThresholdBody, 'limit'>),
    limit: decimal(fields.limit, `${field}.limit`, MAX_UINT128),
  }
}

function tierOf(value: unknown, field: string): Tier {
  const names = ['model', 'terms', 'passThrough', 'open', 'subCredentials', 'maxDuration', 'callQuota', 'tokenQuota']
  const fields = read.object(value, field, [...names, 'name', 'uri'])
  return {
    model: read.modelId(fields.model, `${field}.model`),
    terms: read.termsId(fields.terms, `${field}.terms`),
    passThrough: rightsOf(read.count(fields.passThrough, `${field}.passThrough`, 2 ** 32)),
    open: read.boolean(fields.open, `${field}.open`),
    subCredentials: read.boolean(fields.subCredentials, `${field}.subCredentials`),
    maxDuration: read.count(fields.maxDuration, `${field}.maxDuration`, 2 ** 40),
    callQuota: decimal(fields.callQuota, `${field}.callQuota`, 2n ** 64n),
    tokenQuota: decimal(fields.tokenQuota, `${field}.tokenQuota`, 2n ** 64n),
    name: read.text(fields.name, `${field}.name`),
    uri: read.text(fields.uri, `${field}.uri`),
  }
}

function externalOf(value: unknown, field: string): ExternalName {
  const name = read.text(value, field)
  return described(field, value, () => parseExternalName(name))
}

/** What a parser of the core makes of a value, or the error of this format. */
function described<T>(field: string, value: unknown, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof StemmaError) return read.fail(field, value, 'a value that is defined')
    throw error
  }
}

function bytesOf(value: unknown, field: string, mostDigits: number): Uint8Array {
  if (typeof value === 'string' && value.length <= mostDigits && /^([0-9a-f]{2})+$/.test(value)) {
    return hexToBytes(value)
  }
  return read.fail(field, value, `at most ${mostDigits} hex digits in lower case`)
}

function decimal(value: unknown, field: string, below: bigint): bigint {
  const number = typeof value === 'string' && /^(0|[1-9]\d{0,77})$/.test(value) ? BigInt(value) : undefined
  return number !== undefined && number < below ? number : read.fail(field, value, `a decimal string below ${below}`)
}

/** Thrown when a file is not a bundle. */
export class InvalidBundleError extends StemmaError {
  override name = 'InvalidBundleError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_BUNDLE',
      `Invalid bundle: ${quoted(field)} is ${describeValue(value)}, expected ${expected}. Take the bundle from its source again, or collect another: stemma export bundle.${hint}`,
    )
  }
}

const read = new FieldReader((...fault) => new InvalidBundleError(...fault))
