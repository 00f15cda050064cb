import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'

import { keccak } from '../core/hex.ts'

const DIGITS = 64
/** What stands before a hash in a node: the mark of 32 bytes. */
const MARK = 'a0'

/**
 * Nodes of proofs as hex digits. Where a node holds the hash of another one of them, `*` stands for it, and the other comes before: as in
 * postfix notation, a node takes the last ones that no node took yet, in their order. This saves 32 bytes a node that nothing else can.
 */
export function packNodes(nodes: readonly Uint8Array[]): string[] {
  const left = new Map(nodes.map((node) => [keccak(node).slice(2), bytesToHex(node)]))
  const held = new Set([...left.values()].flatMap((digits) => hashesIn(digits).map(({ hash }) => hash)))
  const packed: string[] = []
  const pack = (hash: string): void => {
    const digits = left.get(hash)!
    left.delete(hash)
    let text = ''
    let at = 0
    for (const { start, hash: child } of hashesIn(digits)) {
      if (start < at || !left.has(child)) continue
      pack(child)
      text += `${digits.slice(at, start)}*`
      at = start + DIGITS
    }
    packed.push(text + digits.slice(at))
  }
  for (const hash of [...left.keys()].filter((each) => !held.has(each))) pack(hash)
  for (const hash of left.keys()) pack(hash)
  return packed
}

/** Reads what {@link packNodes} makes; undefined when it is not that. */
export function unpackNodes(packed: readonly string[]): Uint8Array[] | undefined {
  const nodes: Uint8Array[] = []
  const hashes: string[] = []
  for (const text of packed) {
    const parts = text.split('*')
    const taken = hashes.splice(Math.max(0, hashes.length - parts.length + 1))
    const digits = parts.map((part, index) => (index === 0 ? part : taken[index - 1]! + part)).join('')
    if (taken.length < parts.length - 1 || digits.length % 2 === 1) return undefined
    const node = hexToBytes(digits)
    nodes.push(node)
    hashes.push(keccak(node).slice(2))
  }
  return nodes
}

/** What may be hashes in a node, and where they start. */
function hashesIn(digits: string): { start: number; hash: string }[] {
  const found: { start: number; hash: string }[] = []
  for (let start = 2; start + DIGITS <= digits.length; start += 2) {
    if (digits.startsWith(MARK, start - 2)) found.push({ start, hash: digits.slice(start, start + DIGITS) })
  }
  return found
}
