import { RpcError, type Rpc } from '../../../packages/server/src/indexer/rpc.ts'
import { eventTable } from '../../../packages/server/src/indexer/reduce/events.ts'
import type { Chain } from './chain.ts'

type Log = { blockNumber: string; blockHash: string }

/** The blocks and logs of a chain, to answer from them later. */
export type Recorded = Rpc & {
  /** Number of the newest block. */
  height: number
  /** The same chain as a node has it that is some blocks behind. */
  behind(blocks: number): Recorded
}

/** Records the blocks and logs of a chain. */
export async function record(chain: Chain): Promise<Recorded> {
  const height = await chain.height()
  const { addresses, topics } = eventTable(chain.deployment)
  const blocks = (await Promise.all(
    Array.from({ length: height + 1 }, (_, number) =>
      chain.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, false]),
    ),
  )) as { hash: string }[]
  const logs = (await chain.request('eth_getLogs', [
    { fromBlock: '0x0', address: addresses, topics: [topics] },
  ])) as Log[]
  const code = await chain.request('eth_getCode', [chain.deployment.contracts.ledger, 'latest'])
  return recorded(`0x${chain.deployment.chainId.toString(16)}`, code, blocks, logs)
}

function recorded(chainId: string, code: unknown, blocks: readonly { hash: string }[], logs: readonly Log[]): Recorded {
  const height = blocks.length - 1
  const call: Rpc['call'] = async ({ method, params }) => {
    if (method === 'eth_chainId') return chainId
    if (method === 'eth_getCode') return code
    if (method === 'eth_blockNumber') return `0x${height.toString(16)}`
    if (method === 'eth_getLogs') {
      const [{ fromBlock, toBlock, blockHash: hash }] = params as [Record<string, string>]
      if (hash !== undefined && !blocks.some((block) => block.hash === hash)) {
        throw new RpcError('head', 'There is no such block.')
      }
      return logs.filter(({ blockNumber, blockHash }) =>
        hash === undefined ? +blockNumber >= +fromBlock! && +blockNumber <= +toBlock! : blockHash === hash,
      )
    }
    const which = params[0] as string
    return blocks[which.startsWith('0x') ? Number(which) : height] ?? null
  }
  return {
    height,
    call,
    batch: (calls) => Promise.all(calls.map(call)),
    behind: (count) => {
      const some = blocks.slice(0, -count)
      return recorded(
        chainId,
        code,
        some,
        logs.filter(({ blockNumber }) => +blockNumber < some.length),
      )
    },
  }
}
