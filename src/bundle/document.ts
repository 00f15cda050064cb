import { readChainId, type ChainId } from '../core/chainId.ts'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'

import { canonicalJson } from '../core/canonicalJson.ts'
import { StemmaError } from '../core/errors.ts'
import { parseExternalName, type ExternalName } from '../core/external.ts'
import type { Address, Digest, ModelId, TermsId } from '../core/hex.ts'
import { decodeRelation, encodeRelation, MAX_PARENTS, type Parent, type Registration } from '../core/registration.ts'
import type { NamedBody, TermsSet } from '../core/termsBody.ts'
import { quoted } from '../core/text.ts'
import type { Tier } from '../core/tier.ts'
import { RIGHT_NAMES, rightsMask, rightsOf, type Right } from '../core/vocabulary.ts'
import { packNodes, unpackNodes } from './packedNodes.ts'

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
  chainId: ChainId
  ledger: Address
  question: BundleQuestion
  /** The RLP whose Keccak-256 is the block's hash. */
  header: Uint8Array
  /** The nodes of all proofs, each once. */
  nodes: readonly Uint8Array[]
  registrations: readonly Registration[]
  terms: readonly (NamedBody | TermsSet)[]
  tiers: readonly Tier[]
  /** The names of external parents, where they are known. */
  externals: readonly ExternalName[]
}

/** Largest text of a bundle, in UTF-16 units: a lineage of ten thousand models takes about half of it. */
export const MAX_BUNDLE_TEXT = 128 * 1024 * 1024

/** Most braces, brackets, commas and colons outside of strings: a lineage of ten thousand models has about a million. */
const MAX_MARKS = 4_000_000
/** How many lists and objects may be open at once: a bundle's registrations, one of them, its parents, one of them. */
const MAX_DEPTH = 5
/** Longest header and longest node of a proof, in hex digits. */
const [MAX_HEADER_DIGITS, MAX_NODE_DIGITS] = [2 * 32_768, 2 * 532]

/** The text of a bundle: canonical JSON (RFC 8785). Bytes are hex digits, and masks are numbers. */
export function bundleText(bundle: Bundle): string {
  const {
    header: bytes,
    nodes: proofs,
    registrations: registered,
    terms: published,
    tiers: offered,
    ...fields
  } = bundle
  return canonicalJson({
    ...fields,
    header: bytesToHex(bytes),
    nodes: packNodes(proofs),
    registrations: registered.map(({ parents, ...each }) => ({
      ...each,
      parents: parents.map((made) => ({ model: made.model, relation: encodeRelation(made) })),
    })),
    terms: published.map((entry) => ('name' in entry ? templateFields(entry) : { ...entry })),
    tiers: offered.map(({ callQuota, tokenQuota, passThrough, ...each }) => ({
      ...each,
      passThrough: rightsMask(passThrough),
      callQuota: String(callQuota),
      tokenQuota: String(tokenQuota),
    })),
  })
}

function templateFields({ body, ...called }: NamedBody): object {
  const { unstated: _, thresholds, outbound, duties, ...masks } = body
  const rows = thresholds.map(({ limit, ...codes }) => ({ ...codes, limit: String(limit) }))
  return { ...called, ...masks, outbound: String(outbound), duties: String(duties), thresholds: rows }
}

/** Reads a value at a place of the document, or refuses it. */
type Parse<T> = (value: unknown, at: string) => T

const account: Parse<Address> = matching(/^0x[0-9a-f]{40}$/, '0x and 40 hex digits in lower case')
const BYTES32 = /^0x[0-9a-f]{64}$/
const ID = '0x and 64 hex digits in lower case'
const digest = matching<Digest>(BYTES32, ID)
const modelId = matching<ModelId>(BYTES32, ID)
const termsId = matching<TermsId>(BYTES32, ID)
// Half a surrogate pair has the bytes of U+FFFD, so that two texts would have one id.
const text: Parse<string> = (value, at) =>
  typeof value === 'string' && !/\p{Cs}/u.test(value) ? value : refuse(at, value, 'text')
const use: Parse<Right> = (value, at) =>
  RIGHT_NAMES.includes(value as Right) ? (value as Right) : refuse(at, value, 'a right')
const flag: Parse<boolean> = (value, at) => (typeof value === 'boolean' ? value : refuse(at, value, 'true or false'))

const parent = record<Parent>({ model: modelId, relation: count(2 ** 8) }, ({ model, relation }, at) => {
  const made = decodeRelation(relation as number)
  return made ? { model: model as ModelId, ...made } : refuse(`${at}.relation`, relation, 'a relation')
})
const registration = record<Registration>({
  publisher: account,
  weights: digest,
  tensors: digest,
  annex: digest,
  datasets: digest,
  method: digest,
  terms: termsId,
  parents: listOf(parent, MAX_PARENTS),
  uri: text,
})
const threshold = record<NamedBody['body']['thresholds'][number]>({
  metric: count(2 ** 8),
  subject: count(2 ** 8),
  limit: decimal(128n),
  withdraws: count(2 ** 16),
  adds: count(2 ** 16),
  uses: count(2 ** 16),
  param: count(2 ** 32),
  flags: count(2 ** 8),
})
const termsSet = record<TermsSet>({ weights: termsId, code: termsId, outputs: termsId })
const template = record<NamedBody>(
  {
    name: text,
    uri: text,
    text: digest,
    rights: count(2 ** 16),
    flags: count(2 ** 16),
    family: count(2 ** 8),
    outbound: decimal(128n),
    duties: decimal(256n),
    thresholds: listOf(threshold, 64),
  },
  ({ name, uri, text: of, ...body }) => ({ name, uri, text: of, body: { ...body, unstated: 0 } }) as NamedBody,
)
const terms: Parse<NamedBody | TermsSet> = (value, at) =>
  (isObject(value) && 'name' in value ? template : termsSet)(value, at)
const tier = record<Tier>(
  {
    model: modelId,
    terms: termsId,
    passThrough: count(2 ** 32),
    open: flag,
    subCredentials: flag,
    maxDuration: count(2 ** 40),
    callQuota: decimal(64n),
    tokenQuota: decimal(64n),
    name: text,
    uri: text,
  },
  (fields) => ({ ...(fields as Tier), passThrough: rightsOf(fields.passThrough as number) }),
)
const external: Parse<ExternalName> = (value, at) => {
  try {
    const name = parseExternalName(text(value, at))
    if (name === value) return name
  } catch (error) {
    if (!(error instanceof StemmaError)) throw error
  }
  return refuse(at, value, 'the name of an external parent')
}
const question = record<BundleQuestion>(
  {
    models: listOf(modelId, 1000, 1),
    weights: (value, at) => (value === null ? null : digest(value, at)),
    uses: listOf(use, RIGHT_NAMES.length, 1),
    licensee: account,
    operators: listOf(account, 10_000),
  },
  (fields, at) => {
    const asked = fields as BundleQuestion
    for (const list of ['models', 'uses', 'operators'] as const) {
      if (new Set<string>(asked[list]).size < asked[list].length) refuse(`${at}.${list}`, asked[list], 'each once')
    }
    const isOne = asked.models.length === 1 || asked.weights !== null
    return isOne ? asked : refuse(`${at}.models`, asked.models, 'one model, or the weights that several have')
  },
)
const nodes = listOf(matching(/^[0-9a-f*]+$/, 'hex digits in lower case', MAX_NODE_DIGITS), 1_000_000)
const header = matching(/^([0-9a-f]{2})+$/, 'hex digits in lower case', MAX_HEADER_DIGITS)
const document = record<Bundle>(
  {
    version: (value, at) => (value === 1 ? 1 : refuse(at, value, 'the number 1')),
    chainId: (value, at) => readChainId(value) ?? refuse(at, value, 'a chain id'),
    ledger: account,
    question,
    header,
    nodes,
    registrations: listOf(registration, 200_000),
    terms: listOf(terms, 200_000),
    tiers: listOf(tier, 200_000),
    externals: listOf(external, 200_000),
  },
  (fields, at) => ({
    ...(fields as Bundle),
    header: hexToBytes(fields.header as string),
    nodes: unpackNodes(fields.nodes as string[]) ?? refuse(`${at}.nodes`, fields.nodes, 'each node after its children'),
  }),
)

/**
 * Reads the text of a bundle: its form alone. Nothing that it says is proved by this.
 *
 * @throws {@link InvalidBundleError} naming the place
 */
export function parseBundle(json: string): Bundle {
  if (json.length > MAX_BUNDLE_TEXT) refuse('the file', json, `at most ${MAX_BUNDLE_TEXT} characters`)
  requireSmall(json)
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    refuse('the file', json, 'JSON')
  }
  // Of a name that stands twice in an object, readers see different values; it goes with the spaces of a text in another form.
  if (JSON.stringify(value) !== json) refuse('the file', value, 'canonical JSON')
  return document(value, 'bundle')
}

/** Refuses a text whose value would take much more memory than it does itself, before there is one. */
function requireSmall(json: string): void {
  let [marks, depth, inString] = [0, 0, false]
  for (let at = 0; at < json.length; ++at) {
    const mark = json[at]!
    if (inString && mark === '\\') at += 1
    else if (mark === '"') inString = !inString
    else if (!inString && '{[,:]}'.includes(mark)) {
      marks += 1
      depth += '[{'.includes(mark) ? 1 : ']}'.includes(mark) ? -1 : 0
      if (depth > MAX_DEPTH || marks > MAX_MARKS) refuse('the file', 'more', 'fewer or flatter values')
    }
  }
}

function record<T>(
  shape: Readonly<Record<string, Parse<unknown>>>,
  make: (fields: Readonly<Record<string, unknown>>, at: string) => T = (fields) => fields as T,
): Parse<T> {
  const names = Object.keys(shape)
  return (value, at) => {
    const isWhole =
      isObject(value) && Object.keys(value).length === names.length && names.every((name) => name in value)
    if (!isWhole) return refuse(at, value, `an object of ${names.join(', ')}`)
    return make(Object.fromEntries(names.map((name) => [name, shape[name]!(value[name], `${at}.${name}`)])), at)
  }
}

function listOf<T>(item: Parse<T>, most: number, least = 0): Parse<T[]> {
  return (value, at) =>
    Array.isArray(value) && value.length >= least && value.length <= most
      ? value.map((each, index) => item(each, `${at}[${index}]`))
      : refuse(at, value, `a list of ${least} to ${most}`)
}

/** @param most the longest text, since engines run out of stack where a pattern repeats a group in a long one */
function matching<T extends string>(pattern: RegExp, expected: string, most = 100): Parse<T> {
  return (value, at) =>
    typeof value === 'string' && value.length <= most && pattern.test(value)
      ? (value as T)
      : refuse(at, value, expected)
}

function count(below: number): Parse<number> {
  return (value, at) =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < below
      ? (value as number)
      : refuse(at, value, `a whole number below ${below}`)
}

function decimal(bits: bigint): Parse<bigint> {
  return (value, at) => {
    const isNumber = typeof value === 'string' && /^(0|[1-9]\d{0,77})$/.test(value)
    const number = isNumber ? BigInt(value) : -1n
    return number >= 0n && number >> bits === 0n ? number : refuse(at, value, `a decimal string of ${bits} bits`)
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(at: string, value: unknown, expected: string): never {
  throw new InvalidBundleError(at, value, expected)
}

/** Thrown when a file is not a bundle. */
export class InvalidBundleError extends StemmaError {
  override name = 'InvalidBundleError'
  constructor(at: string, value: unknown, expected: string) {
    const found =
      typeof value === 'string' ? quoted(value) : typeof value === 'object' ? 'another value' : String(value)
    super(
      'INVALID_BUNDLE',
      `Invalid bundle: ${at} is ${found}, expected ${expected}. Take the bundle from its source again, or collect another: stemma export bundle.`,
    )
  }
}
