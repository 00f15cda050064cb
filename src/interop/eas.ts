import {
  keccak,
  keccakText,
  ZERO_ADDRESS,
  ZERO_DIGEST,
  type Address,
  type Digest,
  type Hex,
  type ModelId,
} from '../core/hex.ts'
import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'

/**
 * The schema under which a model of a ledger is attested with the Ethereum Attestation Service. `relations` are the codes of the relations to
 * the parents, in their order; `ledger` and `chainId` say where the model is registered.
 */
export const EAS_SCHEMA =
  'bytes32 model,bytes32 weights,bytes32 datasets,bytes32[] parents,uint8[] relations,address ledger,uint64 chainId'

/** Most parents of an attestation that is read. */
const MAX_PARENTS = 256
/** Longest data of such an attestation, in words of 32 bytes: seven, and two lists with their lengths. */
const MAX_WORDS = 7 + 2 * (1 + MAX_PARENTS)
/** How often an id may have been taken by attestations that are alike in all, in one block. */
const MOST_TWINS = 16

/** What an attestation states of a model. */
export type EasModel = {
  model: ModelId
  /** SHA-256 model digest. */
  weights: Digest
  /** Digest of the data sets; zero when none are stated. */
  datasets: Digest
  parents: readonly ModelId[]
  /** The codes of the relations to the parents, in their order. */
  relations: readonly number[]
  ledger: Address
  chainId: bigint
}

/** An attestation as the service holds it. Times are Unix seconds, zero for none. */
export type EasAttestation = {
  uid: Hex
  schema: Hex
  time: bigint
  expirationTime: bigint
  revocationTime: bigint
  /** The attestation that this one refers to; zero for none. */
  refUID: Hex
  recipient: Address
  attester: Address
  revocable: boolean
  data: Hex
}

/** The id of a schema in the service's registry. By default that of {@link EAS_SCHEMA}, revocable and without a resolver. */
export function easSchemaUid(options: { schema?: string; resolver?: Address; revocable?: boolean } = {}): Hex {
  const { schema = EAS_SCHEMA, resolver = ZERO_ADDRESS, revocable = true } = options
  return keccak(new Uint8Array([...new TextEncoder().encode(schema), ...bytesOf(resolver), revocable ? 1 : 0]))
}

/** The data of an attestation, encoded by {@link EAS_SCHEMA}. */
export function encodeEasModel(stated: EasModel): Hex {
  const { model, weights, datasets, parents, relations, ledger, chainId } = stated
  const list = (items: readonly (Hex | bigint)[]): string => [BigInt(items.length), ...items].map(word).join('')
  const first = 7n * 32n
  const second = first + 32n * BigInt(parents.length + 1)
  const head = [model, weights, datasets, first, second, ledger, chainId].map(word).join('')
  return `0x${head}${list(parents)}${list(relations.map(BigInt))}`
}

/**
 * Reads the data of an attestation of {@link EAS_SCHEMA}. Only the encoding that {@link encodeEasModel} writes is accepted, so that two
 * readers see the same.
 *
 * @throws {@link EasDataError}
 */
export function decodeEasModel(data: Hex): EasModel {
  const words = wordsOf(data, MAX_WORDS)
  const [model, weights, datasets, , , ledger, chainId] = words
  if (chainId === undefined) throw new EasDataError('is too short')
  const parents = listAt(words, 7)
  const relations = listAt(words, 8 + parents.length)
  if (parents.length !== relations.length) {
    throw new EasDataError(`has ${parents.length} parents and ${relations.length} relations`)
  }
  const stated: EasModel = {
    model: `0x${model!}` as ModelId,
    weights: `0x${weights!}` as Digest,
    datasets: `0x${datasets!}` as Digest,
    parents: parents.map((each) => `0x${each}` as ModelId),
    relations: relations.map((each) => Number(BigInt(`0x${each}`))),
    ledger: `0x${ledger!.slice(24)}` as Address,
    chainId: BigInt(`0x${chainId}`),
  }
  const isCanonical = stated.relations.every((code) => code < 256) && stated.chainId < 2n ** 64n
  if (!isCanonical || encodeEasModel(stated) !== data.toLowerCase())
    throw new EasDataError('is not encoded by the schema')
  for (const name of ['model', 'weights', 'ledger'] as const)
    if (BigInt(stated[name]) === 0n) throw new EasDataError(`states no ${name}`)
  if (new Set([stated.model, ...stated.parents]).size <= stated.parents.length)
    throw new EasDataError('names a parent twice, or the model as a parent of itself')
  return stated
}

/** What is asked of the service when a model is attested. */
export type EasRequest = {
  schema?: Hex
  stated: EasModel
  /** Whom it is about; nobody when left out. */
  recipient?: Address
  /** Unix seconds; zero, the default, for no end. */
  expirationTime?: bigint
  /** An attestation of a parent, from {@link easParentReference}; none when left out. */
  refUID?: Hex
}

/** The call data of `attest` of the service's contract: `EAS.attest((schema, (recipient, …)))`, without a payment. */
export function easAttestCall(request: EasRequest): Hex {
  const {
    schema = easSchemaUid(),
    stated,
    recipient = ZERO_ADDRESS,
    expirationTime = 0n,
    refUID = ZERO_DIGEST,
  } = request
  const data = encodeEasModel(stated).slice(2)
  const outer = [32n, schema, 64n].map(word).join('')
  const inner = [recipient, expirationTime, 1n, refUID, 6n * 32n, 0n].map(word).join('')
  return `${selector('attest((bytes32,(address,uint64,bool,bytes32,bytes,uint256)))')}${outer}${inner}${word(BigInt(data.length / 2))}${data}`
}

/** The call data of `getAttestation` of the service's contract. */
export function easReadCall(uid: Hex): Hex {
  return `${selector('getAttestation(bytes32)')}${word(uid)}`
}

/** Reads what `getAttestation` returns. @throws {@link EasDataError} when it is not an attestation */
export function parseEasAttestation(returned: Hex): EasAttestation {
  const words = wordsOf(returned, 12 + MAX_WORDS)
  const [
    start,
    uid,
    schema,
    time,
    expirationTime,
    revocationTime,
    refUID,
    recipient,
    attester,
    revocable,
    offset,
    length,
  ] = words
  const bytes = Number(`0x${length ?? '0'}`)
  const left = words.slice(12).join('')
  const isTail = left.length === Math.ceil(bytes / 32) * 64 && /^0*$/.test(left.slice(bytes * 2))
  if (length === undefined || BigInt(`0x${start!}`) !== 32n || BigInt(`0x${offset!}`) !== 320n || !isTail)
    throw new EasDataError('is not what getAttestation returns')
  return {
    uid: `0x${uid!}`,
    schema: `0x${schema!}`,
    time: numberIn(time!, 8),
    expirationTime: numberIn(expirationTime!, 8),
    revocationTime: numberIn(revocationTime!, 8),
    refUID: `0x${refUID!}`,
    recipient: accountIn(recipient!),
    attester: accountIn(attester!),
    revocable: numberIn(revocable!, 1, 1n) === 1n,
    data: `0x${left.slice(0, bytes * 2)}`,
  }
}

/** A number of so many bytes in a word. */
function numberIn(text: string, bytes: number, most = 256n ** BigInt(bytes) - 1n): bigint {
  const value = BigInt(`0x${text}`)
  if (value > most) throw new EasDataError('is not what getAttestation returns')
  return value
}

function accountIn(text: string): Address {
  if (!text.startsWith('0'.repeat(24))) throw new EasDataError('is not what getAttestation returns')
  return `0x${text.slice(24)}` as Address
}

/** What an attestation has to be to count. */
export type EasExpectation = {
  /** The id by which it was asked for. */
  uid?: Hex
  schema?: Hex
  /** The ledger and the chain at which the reader looks the model up. */
  ledger: Address
  chainId: bigint
  /** The model that it has to be about. */
  model?: ModelId
  /** Who has to have attested it: the publisher of the model, for its own word. */
  attester?: Address
  /** The present, in Unix seconds. */
  now: bigint
}

/**
 * Checks an attestation that was read from the service, and returns what it states. Its id has to be that of its content, as the service makes
 * it. Whether the ledger says the same of the model, only the ledger tells.
 *
 * @throws {@link EasRefusedError} when it is not there, another one than was asked for, of another schema, revoked, expired, or about another
 * ledger, chain, model or attester
 * @throws {@link EasDataError} when its data is not of the schema
 */
export function checkEasAttestation(attestation: EasAttestation, expected: EasExpectation): EasModel {
  const { uid, schema, revocationTime, expirationTime, attester, data } = attestation
  const refuse = (why: string): never => {
    throw new EasRefusedError(uid, why)
  }
  if (uid === ZERO_DIGEST) refuse('is not on this chain')
  if (expected.uid !== undefined && uid !== expected.uid.toLowerCase()) refuse('is not the one that was asked for')
  if (!hasOwnId(attestation)) refuse('has an id that is not of its content')
  if (schema !== (expected.schema ?? easSchemaUid())) refuse(`is of the schema ${schema}`)
  if (revocationTime !== 0n) refuse(`was revoked at ${revocationTime}`)
  if (expirationTime !== 0n && expirationTime <= expected.now) refuse(`expired at ${expirationTime}`)
  if (expected.attester !== undefined && attester !== expected.attester) refuse(`was made by ${attester}`)
  const stated = decodeEasModel(data)
  if (stated.chainId !== expected.chainId) refuse(`is about a ledger of chain ${stated.chainId}`)
  if (stated.ledger !== expected.ledger) refuse(`is about the ledger ${stated.ledger}`)
  if (expected.model !== undefined && stated.model !== expected.model) refuse(`is about the model ${stated.model}`)
  return stated
}

/** Whether the id of an attestation is the hash that the service makes of its content; those that are alike are numbered. */
function hasOwnId({ uid, ...attestation }: EasAttestation): boolean {
  const { schema, recipient, attester, time, expirationTime, revocable, refUID, data } = attestation
  const packed = [
    ...[schema, recipient, attester].flatMap(bytesOf),
    ...[time, expirationTime].flatMap((each) => bytesOf(`0x${word(each).slice(-16)}`)),
    revocable ? 1 : 0,
    ...[refUID, data].flatMap(bytesOf),
  ]
  return Array.from({ length: MOST_TWINS }, (_, twin) => keccak(new Uint8Array([...packed, 0, 0, 0, twin]))).includes(
    uid,
  )
}

/**
 * The `refUID` by which an attestation refers to one of a parent. The service accepts only one that is on its chain: one that was signed off
 * chain cannot be referred to.
 *
 * @param parent the parent's attestation, as it was read from the service
 * @throws {@link EasRefusedError} when it is not on the chain, or about none of the parents
 */
export function easParentReference(stated: EasModel, parent: EasAttestation, expected: EasExpectation): Hex {
  const { model } = checkEasAttestation(parent, expected)
  if (!stated.parents.includes(model)) throw new EasRefusedError(parent.uid, `is about ${model}, which is not a parent`)
  return parent.uid
}

/** What an attestation off chain is signed by: the typed data of EIP-712, as version 2 of the service's format has it. */
export function easOffchainTypedData(
  eas: { address: Address; version: string; chainId: bigint },
  request: EasRequest & { time: bigint; salt: Hex },
) {
  const { schema = easSchemaUid(), stated, recipient = ZERO_ADDRESS, expirationTime = 0n, time, salt } = request
  return {
    domain: { name: 'EAS Attestation', version: eas.version, chainId: eas.chainId, verifyingContract: eas.address },
    primaryType: 'Attest' as const,
    types: { Attest: OFFCHAIN_FIELDS },
    message: {
      version: 2,
      schema,
      recipient,
      time,
      expirationTime,
      revocable: true,
      // An attestation off chain refers to none: readers of the chain could not follow it.
      refUID: ZERO_DIGEST,
      data: encodeEasModel(stated),
      salt,
    },
  }
}

const OFFCHAIN_FIELDS: { name: string; type: string }[] = [
  ['version', 'uint16'],
  ['schema', 'bytes32'],
  ['recipient', 'address'],
  ['time', 'uint64'],
  ['expirationTime', 'uint64'],
  ['revocable', 'bool'],
  ['refUID', 'bytes32'],
  ['data', 'bytes'],
  ['salt', 'bytes32'],
].map(([name, type]) => ({ name: name!, type: type! }))

function selector(signature: string): Hex {
  return keccakText(signature).slice(0, 10) as Hex
}

/** A value as 32 bytes, in hex without 0x. */
function word(value: Hex | bigint): string {
  return (typeof value === 'bigint' ? value.toString(16) : value.slice(2).toLowerCase()).padStart(64, '0')
}

/** The words of some data, whose length is checked before it is read. */
function wordsOf(data: Hex, most: number): string[] {
  if (data.length > 2 + most * 64) throw new EasDataError(`is longer than ${most * 32} bytes`)
  if (!/^0x[0-9a-fA-F]*$/.test(data)) throw new EasDataError('is not hex')
  if (data.length % 64 !== 2) throw new EasDataError('is not made of words of 32 bytes')
  return data.slice(2).toLowerCase().match(/.{64}/g) ?? []
}

function listAt(words: readonly string[], at: number): string[] {
  const length = words[at] === undefined ? undefined : BigInt(`0x${words[at]}`)
  if (length === undefined || length > BigInt(Math.min(MAX_PARENTS, words.length - at - 1))) {
    throw new EasDataError('has a list that is longer than it')
  }
  return words.slice(at + 1, at + 1 + Number(length))
}

function bytesOf(hex: Hex): number[] {
  return (hex.slice(2).match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16))
}

/** Thrown when data of the attestation service is not encoded by the schema. */
export class EasDataError extends StemmaError {
  override name = 'EasDataError'
  constructor(what: string) {
    super('EAS_DATA', `The data of the attestation ${what}. Use one of the schema ${quoted(EAS_SCHEMA)}.`)
  }
}

/** Thrown when an attestation is not one that counts for what was asked. */
export class EasRefusedError extends StemmaError {
  override name = 'EasRefusedError'
  override readonly kind = 'finding'
  constructor(uid: string, why: string) {
    super('EAS_REFUSED', `The attestation ${uid} ${why}, and does not count here. Name another one.`)
  }
}
