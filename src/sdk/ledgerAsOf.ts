import type { BlockTag, Filter, FilterByBlockHash, Provider, TransactionRequest } from 'ethers'

import type { Ledger } from './connect.ts'
import { NodeAnswerError } from './nodeErrors.ts'

/**
 * The ledger as it stood after a block: whatever an action reads of it, state and events, is that of the block. It reads only; state of
 * an older block needs an archive node.
 *
 * @param past the block's time (Unix seconds), where the question is about the past, so that the age of the block does not count
 *
 * @example
 * const { lineage } = await readLineage(ledgerAsOf(ledger, 1_000), { model })
 */
export function ledgerAsOf(ledger: Ledger, block: number, past?: { timestamp: number }): Ledger {
  const live = ledger.asOf?.live ?? ledger
  const provider = providerAsOf(live.provider, block)
  return { deployment: live.deployment, runner: provider, provider, asOf: { block, ...(past && { past }), live } }
}

/** A provider that answers as of a block what actions read. A question about an older block keeps its block. */
function providerAsOf(provider: Provider, block: number): Provider {
  const upTo = (tag: BlockTag | null | undefined): number => (typeof tag === 'number' ? Math.min(tag, block) : block)
  const reads: Partial<Provider> = {
    call: (transaction: TransactionRequest) =>
      provider.call({ ...transaction, blockTag: upTo(transaction.blockTag ?? undefined) }),
    getBlock: (tag, ...more) => provider.getBlock(isHash(tag) ? tag : upTo(tag), ...more),
    getBlockNumber: async () => block,
    getCode: (address, tag) => provider.getCode(address, upTo(tag)),
    getStorage: (address, slot, tag) => provider.getStorage(address, slot, upTo(tag)),
    getLogs: async (filter: Filter | FilterByBlockHash) => {
      if ('blockHash' in filter && filter.blockHash !== undefined) return provider.getLogs(filter)
      const { fromBlock, toBlock, ...others } = filter as Filter
      const logs = await provider.getLogs({ ...others, fromBlock: upTo(fromBlock ?? 0), toBlock: upTo(toBlock) })
      const later = logs.find((log) => log.blockNumber > block)
      if (later) throw new NodeAnswerError(new Error(`it has a log of block ${later.blockNumber} up to block ${block}`))
      return logs
    },
  }
  const pinned: Provider = new Proxy(provider, {
    get(target, key) {
      if (key === 'provider') return pinned
      const read: unknown = Reflect.get(reads, key)
      if (read !== undefined) return read
      // Bound to its provider, whose private fields a proxy does not have.
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return pinned
}

function isHash(tag: BlockTag): boolean {
  return typeof tag === 'string' && tag.length === 66
}
