/**
 * Blocks and logs as some chains leave them, made whole for ethers' strict readers: what Stemma reads stays as the node gave it, and what
 * nobody here reads is filled in. Chains without proof of work or with other transactions leave out `difficulty`, `extraData`, `miner`
 * or `transactionIndex` (ethers-io/ethers.js#4224 and #1735; celo-org/celo-blockchain).
 *
 * @module
 */

/** What a node gives for a block or a log: JSON. */
export type Raw = Readonly<Record<string, unknown>>

const BLOCK = ['hash', 'parentHash', 'number', 'timestamp'] as const
const QUANTITIES = ['difficulty', 'gasLimit', 'gasUsed'] as const

/** A block with all that ethers asks for. Its fees stay, where they are numbers; the transactions stay, where they are hashes. */
export function lenientBlock(block: Raw): Raw {
  const kept = BLOCK.map((field) => [field, block[field]])
  const quantities = QUANTITIES.map((field) => [field, quantityOf(block[field]) ?? '0x0'])
  const { transactions } = block
  const isListed = Array.isArray(transactions) && transactions.every((each) => typeof each === 'string')
  return {
    ...Object.fromEntries([...kept, ...quantities]),
    extraData: '0x',
    baseFeePerGas: quantityOf(block.baseFeePerGas),
    transactions: isListed ? transactions : [],
  }
}

/** A log with all that ethers asks for. Addresses need no checksum. */
export function lenientLog(log: Raw): Raw {
  const { address } = log
  return {
    ...log,
    address: typeof address === 'string' ? address.toLowerCase() : address,
    removed: log.removed === true || log.removed === 'true',
    transactionIndex: quantityOf(log.transactionIndex) ?? '0x0',
  }
}

function quantityOf(value: unknown): unknown {
  return typeof value === 'number' || (typeof value === 'string' && /^(0x[\da-f]+|\d+)$/i.test(value)) ? value : null
}
