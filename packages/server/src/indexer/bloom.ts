import { keccakOf } from './hash.ts'
import type { Hex } from 'stemma/core'

/** The three bits that an address or a topic sets in the bloom filter of a block (Ethereum's yellow paper, section 4.3.1). */
function bitsOf(value: Hex): readonly number[] {
  const hash = Buffer.from(keccakOf(Buffer.from(value.slice(2), 'hex')).slice(2), 'hex')
  return [0, 2, 4].map((at) => hash.readUInt16BE(at) & 2047)
}

const known = new Map<Hex, readonly number[]>()

/** Whether a block with this bloom filter (256 bytes in hex) may hold a log of one of the addresses with one of the topics. */
export function mayHold(bloom: string, addresses: readonly Hex[], topics: readonly Hex[]): boolean {
  return addresses.some((address) => has(bloom, address)) && topics.some((topic) => has(bloom, topic))
}

function has(bloom: string, value: Hex): boolean {
  let bits = known.get(value)
  if (!bits) known.set(value, (bits = bitsOf(value)))
  return bits.every((bit) => {
    // The lowest bit is the last of the last byte.
    const digit = Number.parseInt(bloom[bloom.length - 1 - (bit >> 2)]!, 16)
    return (digit & (1 << (bit & 3))) !== 0
  })
}
