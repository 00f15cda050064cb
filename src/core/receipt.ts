import { hexToBytes } from '@noble/hashes/utils.js'

import { canonicalJson } from './canonicalJson.ts'
import { StemmaError } from './errors.ts'
import { isBytes32, keccak, keccakText, keccakWords, type Address, type Digest, type Hex, type LogId } from './hex.ts'
import { leafHashOf, verifyInclusion } from './merkleLog.ts'
import { quoted } from './text.ts'
import type { Checkpoint } from './usage.ts'
import { holds, parseUsageProof, type ProvableLog, type RecordProof } from './usageProof.ts'

/** Most heads of one batch, in bits: more logs than that cannot grow in a second. */
const MAX_HEAD_PROOF = 32

/** An operator's word that a key signs its receipts, by typed data (EIP-712) that needs no chain. */
export type ReceiptKeyBinding = {
  operator: Address
  /** Ed25519 public key, 32 bytes. */
  key: Digest
  /** From when on, in Unix seconds. */
  from: number
  /** The operator's signature, 65 bytes. */
  binding: Hex
}

/** A log at the end of a batch. */
export type SealedLogHead = { log: LogId; size: number; root: Digest }

/** What is signed of a batch: that the operator had these logs, each with this root. */
export type SignedBatch = {
  operator: Address
  /** How many records the operator had sealed on this instance, with those of the batch. */
  batch: number
  /** When it was sealed, in Unix seconds. */
  time: number
  /** How many logs grew. */
  heads: number
  /** Merkle tree hash of the heads (RFC 9162, SHA-256), each as the leaf of its canonical JSON. */
  headsRoot: Digest
}

/**
 * An operator's signed word that a call stands in its log. It convicts an operator that shows or anchors a log without the call.
 * `docs/formats/receipt.md` describes its file.
 */
export type UsageReceipt = Omit<ReceiptKeyBinding, 'operator'> &
  SignedBatch & {
    usageReceipt: 1
    /** Place of the log among the heads, from 0. */
    place: number
    headProof: Digest[]
    /** Ed25519 signature of the batch, 64 bytes. */
    signature: Hex
    /** The call, and that it stands in the log of the head. */
    call: RecordProof
  }

/** The typed data (EIP-712) by which an operator binds a receipt key to its account. */
export function receiptKeyTypedData({ operator, key, from }: Omit<ReceiptKeyBinding, 'binding'>): {
  domain: { name: string; version: string }
  types: Record<'ReceiptKey', { name: string; type: string }[]>
  message: { operator: Address; key: Digest; from: number }
} {
  return {
    domain: DOMAIN,
    types: {
      ReceiptKey: [
        { name: 'operator', type: 'address' },
        { name: 'key', type: 'bytes32' },
        { name: 'from', type: 'uint40' },
      ],
    },
    message: { operator, key, from },
  }
}

const DOMAIN = { name: 'Stemma Usage Receipt', version: '1' }

/** What is signed of {@link receiptKeyTypedData}: the digest from which the operator is recovered. */
export function receiptKeyDigest({ operator, key, from }: Omit<ReceiptKeyBinding, 'binding'>): Digest {
  const domain = keccakWords([
    keccakText('EIP712Domain(string name,string version)'),
    keccakText(DOMAIN.name),
    keccakText(DOMAIN.version),
  ])
  const struct = keccakWords([keccakText('ReceiptKey(address operator,bytes32 key,uint40 from)'), operator, key, from])
  return keccak(hexToBytes(`1901${domain.slice(2)}${struct.slice(2)}`)) as Digest
}

/** The bytes of a batch that the receipt key signs: its canonical JSON. */
export function batchBytes({ operator, batch, time, heads, headsRoot }: SignedBatch): Uint8Array {
  return new TextEncoder().encode(canonicalJson({ usageBatch: 1, operator, batch, time, heads, headsRoot }))
}

/** The leaf hash of a head in the tree of its batch. */
export function headLeafOf({ log, size, root }: SealedLogHead): Digest {
  return leafHashOf(new TextEncoder().encode(canonicalJson({ log, size, root })))
}

/** The account whose key signed a digest, such as `recoverAddress` of ethers gives. Throws when the signature is none. */
export type RecoverAddress = (digest: string, signature: string) => string

/** What a receipt's own signatures are worth, by the cryptography of a platform. */
export type ReceiptSignatures = {
  /** Recovers who signed for the receipt key. */
  recover: RecoverAddress
  /** Whether the receipt key signed {@link batchBytes} of the receipt, by Ed25519. */
  isSigned: (receipt: UsageReceipt) => boolean
}

/**
 * What keeps a receipt from holding by itself, as a sentence; undefined when nothing does: the operator bound the key, the key signed
 * the batch, the log is in the batch and the record in the log. No chain is asked.
 */
export function faultOfSignedReceipt(
  receipt: UsageReceipt,
  { recover, isSigned }: ReceiptSignatures,
): string | undefined {
  const { operator, call } = receipt
  if (call.operator !== operator) return 'The record is of the log of another operator.'
  if (!isBoundTo(receipt, recover)) return 'The operator did not sign for the receipt key.'
  if (receipt.time < receipt.from)
    return 'The batch was sealed before the time from which on the key is the operator’s.'
  if (!isSigned(receipt)) return 'The receipt key did not sign the batch.'
  const { place: index, heads: size, headsRoot: root, headProof: proof } = receipt
  if (!verifyInclusion({ index, size, root, proof, leaf: headLeafOf(call) })) return 'The log is not in the batch.'
  return holds(call) ? undefined : 'The record is not in the log of the batch.'
}

/**
 * Whether a receipt that holds and what the operator shows of the same log cannot both be true, which convicts the operator. Of a log,
 * the first records must have the receipt's root: a log that is shorter than the receipt convicts, too, unless it was read before the
 * receipt's `time`. A checkpoint says something only when it has the receipt's size. Another log contradicts nothing.
 */
export function contradicts(
  receipt: UsageReceipt,
  found: ProvableLog | { log: LogId; checkpoint: Pick<Checkpoint, 'size' | 'root'> },
): boolean {
  const { log, size, root } = receipt.call
  if ('checkpoint' in found) {
    return found.log === log && found.checkpoint.size === BigInt(size) && found.checkpoint.root !== root
  }
  return found.id === log && (found.tree.size < size || found.tree.root(size) !== root)
}

/** Whether the operator signed for the key, as far as an account by a key can say. */
export function isBoundTo(binding: ReceiptKeyBinding, recover: RecoverAddress): boolean {
  try {
    return recover(receiptKeyDigest(binding), binding.binding).toLowerCase() === binding.operator
  } catch {
    return false
  }
}

/** Parses a receipt. @throws {@link InvalidReceiptError} naming the field; `InvalidUsageProofError` and `InvalidRecordError` of its call */
export function parseReceipt(value: unknown): UsageReceipt {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidReceiptError('all of it', value, 'an object')
  }
  const fields = value as Record<string, unknown>
  const unknown = Object.keys(value).find((name) => !FIELDS.includes(name))
  if (unknown !== undefined) {
    throw new InvalidReceiptError(quoted(unknown), 'a field', `one of the fields ${FIELDS.join(', ')}`)
  }
  if (fields.usageReceipt !== 1) throw new InvalidReceiptError('usageReceipt', fields.usageReceipt, 'the number 1')
  const count = (field: string, most = Number.MAX_SAFE_INTEGER): number => {
    const number = fields[field]
    if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 && number <= most) return number
    throw new InvalidReceiptError(field, number, `a whole number up to ${most}`)
  }
  const digest = (field: string, text: unknown = fields[field]): Digest => {
    if (typeof text === 'string' && isBytes32(text) && text === text.toLowerCase()) return text as Digest
    throw new InvalidReceiptError(field, text, '0x and 64 lower-case hex digits')
  }
  const bytes = (field: string, length: number): Hex => {
    const text = fields[field]
    if (typeof text === 'string' && /^0x[0-9a-f]*$/.test(text) && text.length === 2 + 2 * length) return text as Hex
    throw new InvalidReceiptError(field, text, `0x and ${2 * length} lower-case hex digits`)
  }
  const { operator, headProof } = fields
  if (typeof operator !== 'string' || !/^0x[0-9a-f]{40}$/.test(operator)) {
    throw new InvalidReceiptError('operator', operator, 'an address in lower case')
  }
  if (!Array.isArray(headProof) || headProof.length > MAX_HEAD_PROOF) {
    throw new InvalidReceiptError('headProof', headProof, `a list of at most ${MAX_HEAD_PROOF} hashes`)
  }
  const call = parseUsageProof(fields.call)
  if (call.usageProof !== 'record') throw new InvalidReceiptError('call', call.usageProof, 'the proof of a record')
  return {
    usageReceipt: 1,
    operator: operator as Address,
    key: digest('key'),
    from: count('from', 2 ** 40 - 1),
    binding: bytes('binding', 65),
    batch: count('batch'),
    time: count('time', 2 ** 40 - 1),
    heads: count('heads'),
    headsRoot: digest('headsRoot'),
    place: count('place'),
    headProof: headProof.map((each) => digest('headProof', each)),
    signature: bytes('signature', 64),
    call,
  }
}

const FIELDS = [
  'usageReceipt',
  'operator',
  'key',
  'from',
  'binding',
  'batch',
  'time',
  'heads',
  'headsRoot',
  'place',
  'headProof',
  'signature',
  'call',
]

/** Thrown when a file holds no receipt. */
export class InvalidReceiptError extends StemmaError {
  override name = 'InvalidReceiptError'
  constructor(field: string, value: unknown, expected: string) {
    const found = quoted(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing'))
    super(
      'INVALID_RECEIPT',
      `In the receipt, ${field} is ${found}. Expected ${expected}. Ask the gateway for another: GET /stemma/calls/<call>.`,
    )
  }
}
