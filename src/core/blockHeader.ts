import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'

import { StemmaError } from './errors.ts'
import { hexOf, keccak, type Digest } from './hex.ts'
import { bytesOfNumber, decodeRlp, encodeRlp, numberOfBytes, type RlpItem } from './rlp.ts'

/** What a block's header says, as far as proofs of state need it. */
export type BlockHeader = {
  /** The Keccak-256 of the header's bytes: the block's hash. */
  hash: Digest
  parentHash: Digest
  number: number
  /** Unix seconds. */
  timestamp: number
  stateRoot: Digest
}

/** The most bytes of a header. Those of proof of authority name every validator. */
const MOST_BYTES = 32_768

/** The fields of a header in their order, as `eth_getBlockByNumber` names them. The size is in bytes; of a number, the most that it has. */
const FIELDS: readonly (readonly [name: string, kind: 'bytes' | 'number' | 'any', size: number])[] = [
  ['parentHash', 'bytes', 32],
  ['sha3Uncles', 'bytes', 32],
  ['miner', 'bytes', 20],
  ['stateRoot', 'bytes', 32],
  ['transactionsRoot', 'bytes', 32],
  ['receiptsRoot', 'bytes', 32],
  ['logsBloom', 'bytes', 256],
  ['difficulty', 'number', 32],
  ['number', 'number', 8],
  ['gasLimit', 'number', 32],
  ['gasUsed', 'number', 32],
  ['timestamp', 'number', 8],
  ['extraData', 'any', MOST_BYTES],
  ['mixHash', 'bytes', 32],
  ['nonce', 'bytes', 8],
  ['baseFeePerGas', 'number', 32],
  ['withdrawalsRoot', 'bytes', 32],
  ['blobGasUsed', 'number', 8],
  ['excessBlobGas', 'number', 8],
  ['parentBeaconBlockRoot', 'bytes', 32],
  ['requestsHash', 'bytes', 32],
]

/** How many fields a header has since Frontier, London, Shanghai, Cancun and Prague. */
const COUNTS: readonly number[] = [15, 16, 17, 20, 21]

/** The mix hash of blocks of Istanbul consensus: IBFT, IBFT 2.0 and QBFT. */
const ISTANBUL = '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365'
/** Bytes before the RLP in the extra data of IBFT. */
const VANITY_BYTES = 32

/**
 * Reads the bytes whose Keccak-256 is a block's hash, as {@link encodeBlockHeader} makes them. Whether the block is one to trust is
 * for the caller to decide, by the hash.
 *
 * @throws {@link InvalidBlockHeaderError} {@link InvalidRlpError}
 */
export function readBlockHeader(bytes: Uint8Array): BlockHeader {
  const items = decodeRlp(bytes, { bytes: MOST_BYTES, depth: 1 })
  if (items instanceof Uint8Array || !COUNTS.includes(items.length)) {
    throw new InvalidBlockHeaderError(`it has ${items.length} fields, not one of ${COUNTS.join(', ')}`)
  }
  const fields = new Map(
    (items as readonly Uint8Array[]).map((item, i) => {
      const [name, kind, size] = FIELDS[i]!
      const isValid =
        kind === 'any' || (kind === 'bytes' ? item.length === size : numberOfBytes(item, size) !== undefined)
      if (!isValid) throw new InvalidBlockHeaderError(`its ${name} is "${hexOf(item).slice(0, 100)}"`)
      return [name, item]
    }),
  )
  const digest = (name: string): Digest => hexOf(fields.get(name)!) as Digest
  const count = (name: string): number => {
    const value = Number(numberOfBytes(fields.get(name)!, 8)!)
    if (!Number.isSafeInteger(value)) throw new InvalidBlockHeaderError(`its ${name} is ${value}, which is too large`)
    return value
  }
  return {
    hash: keccak(bytes) as Digest,
    parentHash: digest('parentHash'),
    number: count('number'),
    timestamp: count('timestamp'),
    stateRoot: digest('stateRoot'),
  }
}

/**
 * The bytes whose Keccak-256 is a block's hash, out of the answer of `eth_getBlockByNumber`. On chains of Istanbul consensus the hash
 * leaves out what validators add when they have agreed (the seals of their commits, and the round); the bytes leave it out too, so
 * that a reader needs no rule of the chain. Which rule holds shows in the hash.
 *
 * @throws {@link InvalidBlockAnswerError} also when no rule that is known leads to the hash
 */
export function encodeBlockHeader(block: unknown): Uint8Array {
  if (typeof block !== 'object' || block === null) throw new InvalidBlockAnswerError('it is not an object')
  const answer = block as Readonly<Record<string, unknown>>
  const present = FIELDS.findIndex(([name]) => answer[name] === undefined || answer[name] === null)
  const count = present === -1 ? FIELDS.length : present
  if (!COUNTS.includes(count)) throw new InvalidBlockAnswerError(`it lacks ${FIELDS[count]![0]}`)
  const items = FIELDS.slice(0, count).map((field) => encodedField(field, answer[field[0]]))
  const at = FIELDS.findIndex(([name]) => name === 'extraData')
  const extras = [items[at]!, ...(answer.mixHash === ISTANBUL ? hashedExtras(items[at]!) : [])]
  for (const extra of extras) {
    const bytes = encodeRlp(items.with(at, extra))
    if (keccak(bytes) === answer.hash) return bytes
  }
  throw new InvalidBlockAnswerError(
    `its fields do not lead to its hash ${startOf(answer.hash)}; the chain may hash others`,
  )
}

function encodedField([name, kind, size]: (typeof FIELDS)[number], value: unknown): Uint8Array {
  const isHex = typeof value === 'string' && value.length <= 2 + 2 * size && /^0x[0-9a-f]*$/i.test(value)
  if (!isHex) throw new InvalidBlockAnswerError(`its ${name} is ${startOf(value)}`)
  if (kind === 'number') return bytesOfNumber(BigInt(value === '0x' ? 0 : value))
  if (value.length % 2 === 1 || (kind === 'bytes' && value.length !== 2 + 2 * size)) {
    throw new InvalidBlockAnswerError(`its ${name} is ${startOf(value)}`)
  }
  return hexToBytes(value.slice(2))
}

/** The extra data as each kind of Istanbul consensus hashes it, of those kinds whose form it has. */
function hashedExtras(extra: Uint8Array): Uint8Array[] {
  const parts = listIn(extra)
  // QBFT: vanity, validators, vote, round, seals. The round counts as 0.
  const qbft = parts?.length === 5 ? [encodeRlp([...parts.slice(0, 3), new Uint8Array(), []])] : []
  // IBFT 2.0: the same, without round and seals.
  const ibft2 = parts?.length === 5 ? [encodeRlp(parts.slice(0, 3))] : []
  // IBFT: after the vanity validators, the proposer's seal, seals.
  const agreed = listIn(extra.subarray(VANITY_BYTES))
  const vanity = extra.subarray(0, VANITY_BYTES)
  const ibft = agreed?.length === 3 ? [concatBytes(vanity, encodeRlp([...agreed.slice(0, 2), []]))] : []
  return [...qbft, ...ibft2, ...ibft]
}

function listIn(bytes: Uint8Array): readonly RlpItem[] | undefined {
  try {
    const item = decodeRlp(bytes, { bytes: MOST_BYTES, depth: 3 })
    return item instanceof Uint8Array ? undefined : item
  } catch {
    return undefined
  }
}

function startOf(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100)
}

/** Thrown when the bytes of a block's header are malformed. */
export class InvalidBlockHeaderError extends StemmaError {
  override name = 'InvalidBlockHeaderError'
  constructor(fault: string) {
    super('INVALID_BLOCK_HEADER', `The block's header is not valid: ${fault}. Take it from a node again.`)
  }
}

/** Thrown when a node's answer about a block is malformed, or does not lead to the block's hash. */
export class InvalidBlockAnswerError extends StemmaError {
  override name = 'InvalidBlockAnswerError'
  override readonly kind = 'unavailable'
  constructor(fault: string) {
    super('INVALID_BLOCK_ANSWER', `The node's answer about a block is not usable: ${fault}. Ask another node.`)
  }
}
