/**
 * EIP-155 chain id: a number up to 2^53 - 1, and its decimal digits beyond, in memory as in JSON. A chain has one of the two only, so
 * `===` compares exactly, and `BigInt(chainId)` is its value.
 */
export type ChainId = number | `${bigint}`

/** The chain id with a value. */
export function toChainId(value: bigint): ChainId {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? `${value}` : Number(value)
}

/** Reads a chain id from JSON; undefined when it is not one, or not written in the one way. */
export function readChainId(value: unknown): ChainId | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string' || !/^[1-9]\d{0,77}$/.test(value)) return undefined
  const id = BigInt(value)
  // Chain ids are words of the EVM (`CHAINID`, EIP-1344).
  return id >> 53n > 0n && id >> 256n === 0n ? `${id}` : undefined
}
