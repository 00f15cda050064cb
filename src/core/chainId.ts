/**
 * EIP-155 chain id: a number up to 2^53 - 1, and a bigint beyond. A chain has one of the two only, so `===` compares exactly. In JSON
 * it is a number, or a string of decimal digits beyond.
 */
export type ChainId = number | bigint

/** Chain ids are words of the EVM (`CHAINID`, EIP-1344). */
const END = 1n << 256n

/** The chain id with a value. */
export function toChainId(value: bigint): ChainId {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? value : Number(value)
}

/** Reads a chain id from JSON: a number, or decimal digits for one beyond 2^53 - 1. Undefined when it is neither. */
export function readChainId(value: unknown): ChainId | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined
  if (typeof value === 'string' && !/^[1-9]\d{15,77}$/.test(value)) return undefined
  if (typeof value !== 'string' && typeof value !== 'bigint') return undefined
  const id = BigInt(value)
  return typeof toChainId(id) === 'bigint' && id < END ? id : undefined
}

/** A chain id as JSON holds it. */
export function writeChainId(chainId: ChainId): number | string {
  return typeof chainId === 'bigint' ? chainId.toString() : chainId
}
