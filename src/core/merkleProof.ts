import { hexToBytes } from '@noble/hashes/utils.js'

import { StemmaError } from './errors.ts'
import { hexOf, keccak, type Address, type Digest, type Hex } from './hex.ts'
import { decodeRlp, encodeRlp, numberOfBytes, type RlpItem } from './rlp.ts'

/** The root of a trie without entries: the Keccak-256 of the RLP of no bytes. */
export const EMPTY_TRIE_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421' as Digest
/** The Keccak-256 of no bytes: the code hash of an account without code. */
export const EMPTY_CODE_HASH = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470' as Digest

/** The most bytes of a node: a branch of 16 hashes. */
const MOST_NODE_BYTES = 532
/** A node may hold smaller ones: an extension, a branch and a leaf at most. */
const LIMITS = { bytes: MOST_NODE_BYTES, depth: 4 }
const NO_REFERENCE = 'a reference is neither a hash nor a node'
/** Half-bytes of a key: keys are hashes. */
const NIBBLES = 64

/** What a state says of an account that exists. */
export type ProvenAccount = {
  nonce: bigint
  /** In wei. */
  balance: bigint
  /** The root of the account's storage. */
  storageRoot: Digest
  /** The Keccak-256 of its code; {@link EMPTY_CODE_HASH} when it has none. */
  codeHash: Digest
}

/**
 * The nodes of Merkle Patricia proofs, each kept once under its hash: proofs of many keys share nodes. Remembers which of them
 * a proof needed, so that who reads a document can refuse those that none did.
 */
export class ProofNodes {
  readonly #nodes = new Map<Hex, { bytes: Uint8Array; item?: RlpItem; used: boolean }>()

  /** @throws {@link InvalidProofError} when one is there twice or too large */
  constructor(nodes: Iterable<Uint8Array>) {
    for (const bytes of nodes) {
      if (bytes.length > MOST_NODE_BYTES) throw new InvalidProofError(`a node has ${bytes.length} bytes`)
      const hash = keccak(bytes)
      if (this.#nodes.has(hash)) throw new InvalidProofError(`the node ${hash} is there twice`)
      this.#nodes.set(hash, { bytes, used: false })
    }
  }

  /** The hashes of the nodes that no proof needed so far. */
  unused(): Hex[] {
    return [...this.#nodes].filter(([, { used }]) => !used).map(([hash]) => hash)
  }

  /**
   * The node under a hash, which counts as used from then on. Only a root may have less than 32 bytes.
   *
   * @throws {@link MissingProofNodeError} {@link InvalidProofError} {@link InvalidRlpError}
   */
  take(hash: Hex, isRoot: boolean): RlpItem {
    const entry = this.#nodes.get(hash)
    if (entry === undefined) throw new MissingProofNodeError(hash)
    if (entry.bytes.length < 32 && !isRoot) throw new InvalidProofError(`the node ${hash} belongs into its parent`)
    entry.item ??= decodeRlp(entry.bytes, LIMITS)
    entry.used = true
    return entry.item
  }
}

/**
 * Reads what a secure trie holds under a key, or undefined when the nodes prove that it holds nothing. The key is hashed by the
 * caller. A node that the way to the key needs and that is not there is an error, never absence.
 *
 * @throws {@link MissingProofNodeError} {@link InvalidProofError} {@link InvalidRlpError}
 */
export function readProof(root: Digest, keyHash: Hex, nodes: ProofNodes): Uint8Array | undefined {
  if (root === EMPTY_TRIE_ROOT) return undefined
  const key = keyHash.slice(2)
  // Digits are compared, so that one in capitals would pass for another key, which is not there.
  if (!/^[0-9a-f]{64}$/.test(key)) throw new InvalidProofError('a key is not a hash in lower-case hex')
  let node = nodeOf(nodes.take(root, true))
  for (let at = 0; ;) {
    if (node.kind === 'branch') {
      const child: RlpItem | undefined = at < NIBBLES ? node.children[parseInt(key[at]!, 16)] : undefined
      if (child === undefined) throw new InvalidProofError('a branch is deeper than keys are long')
      at += 1
      if (isNone(child)) return undefined
      node = childOf(child, nodes)
      continue
    }
    const { path } = node
    const left = NIBBLES - at
    if (node.kind === 'leaf' ? path.length !== left : path.length >= left) {
      throw new InvalidProofError(`a path of ${path.length} half-bytes stands where ${left} are left`)
    }
    if (!key.startsWith(path, at)) return undefined
    if (node.kind === 'leaf') return node.value
    at += path.length
    node = childOf(node.child, nodes)
    if (node.kind !== 'branch') throw new InvalidProofError('an extension leads to something else than a branch')
  }
}

/**
 * Reads an account under a state root, or undefined when the nodes prove that there is none.
 *
 * @throws {@link MissingProofNodeError} {@link InvalidProofError} {@link InvalidRlpError}
 */
export function readAccount(stateRoot: Digest, account: Address, nodes: ProofNodes): ProvenAccount | undefined {
  const value = readProof(stateRoot, keccak(hexToBytes(account.slice(2))), nodes)
  if (value === undefined) return undefined
  const fields = decodeRlp(value, { bytes: 128, depth: 1 })
  if (fields instanceof Uint8Array || fields.length !== 4) throw new InvalidProofError('an account has not four fields')
  const [nonce, balance, storageRoot, codeHash] = fields as readonly Uint8Array[]
  if (storageRoot!.length !== 32 || codeHash!.length !== 32) throw new InvalidProofError('a hash has not 32 bytes')
  return {
    nonce: numberIn(nonce!, 8),
    balance: numberIn(balance!, 32),
    storageRoot: hexOf(storageRoot!) as Digest,
    codeHash: hexOf(codeHash!) as Digest,
  }
}

/**
 * Reads the word in a slot under a storage root: zero when the nodes prove that the slot holds nothing.
 *
 * @throws {@link MissingProofNodeError} {@link InvalidProofError} {@link InvalidRlpError}
 */
export function readSlot(storageRoot: Digest, slot: Digest, nodes: ProofNodes): bigint {
  const value = readProof(storageRoot, keccak(hexToBytes(slot.slice(2))), nodes)
  if (value === undefined) return 0n
  const word = decodeRlp(value, { bytes: 33, depth: 0 }) as Uint8Array
  if (word.length === 0) throw new InvalidProofError('a slot holds a zero, which is never stored')
  return numberIn(word, 32)
}

type Node =
  | { kind: 'branch'; children: readonly RlpItem[] }
  | { kind: 'extension'; /** In hex digits. */ path: string; child: RlpItem }
  | { kind: 'leaf'; /** In hex digits. */ path: string; value: Uint8Array }

function nodeOf(item: RlpItem): Node {
  if (item instanceof Uint8Array) throw new InvalidProofError('a node is not a list')
  if (item.length === 17) {
    const children = item.slice(0, 16)
    if (!isNone(item[16]!)) throw new InvalidProofError('a branch holds a value, but all keys are equally long')
    if (children.filter((child) => !isNone(child)).length < 2) throw new InvalidProofError('a branch does not branch')
    if (!children.every((child) => isNone(child) || isReference(child))) throw new InvalidProofError(NO_REFERENCE)
    return { kind: 'branch', children }
  }
  const [encoded, content] = item
  if (item.length !== 2 || !(encoded instanceof Uint8Array)) throw new InvalidProofError('a node has a wrong form')
  const digits = hexOf(encoded).slice(2)
  const flag = parseInt(digits[0] ?? 'f', 16)
  if (flag > 3) throw new InvalidProofError('a path has no valid flag')
  const isOdd = flag % 2 === 1
  if (!isOdd && digits[1] !== '0') throw new InvalidProofError('a path is not padded by a zero')
  const path = digits.slice(isOdd ? 1 : 2)
  if (flag < 2) {
    if (path.length === 0) throw new InvalidProofError('an extension has no path')
    if (!isReference(content!)) throw new InvalidProofError(NO_REFERENCE)
    return { kind: 'extension', path, child: content! }
  }
  if (!(content instanceof Uint8Array) || content.length === 0) throw new InvalidProofError('a leaf has no value')
  return { kind: 'leaf', path, value: content }
}

/** The node that another one refers to: by its hash, or in place when it has less than 32 bytes. */
function childOf(reference: RlpItem, nodes: ProofNodes): Node {
  if (reference instanceof Uint8Array) return nodeOf(nodes.take(hexOf(reference), false))
  if (encodeRlp(reference).length >= 32) throw new InvalidProofError('a node of 32 bytes or more stands in its parent')
  return nodeOf(reference)
}

/** Whether an item says that there is not a node, or not a value. */
function isNone(item: RlpItem): boolean {
  return item instanceof Uint8Array && item.length === 0
}

/** Whether an item may stand for a node: a hash, or a node in place. */
function isReference(item: RlpItem): boolean {
  return !(item instanceof Uint8Array) || item.length === 32
}

function numberIn(bytes: Uint8Array, most: number): bigint {
  const value = numberOfBytes(bytes, most)
  if (value === undefined) throw new InvalidProofError(`a number is not minimal or has more than ${most} bytes`)
  return value
}

/** Thrown when the nodes of a proof are not those of a secure Merkle Patricia trie. */
export class InvalidProofError extends StemmaError {
  override name = 'InvalidProofError'
  constructor(fault: string) {
    super('INVALID_PROOF', `The proof is not valid: ${fault}. Take it from a node again.`)
  }
}

/** Thrown when a proof lacks a node that the way to a key needs. Nothing follows from that: the key may hold something or not. */
export class MissingProofNodeError extends StemmaError {
  override name = 'MissingProofNodeError'
  /** The hash of the node. */
  readonly hash: Hex

  constructor(hash: Hex) {
    super(
      'MISSING_PROOF_NODE',
      `The proof lacks the node ${hash}. Take it from a node of the chain again, with all keys.`,
    )
    this.hash = hash
  }
}
