import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Deployment } from '../../../src/core/deployment.ts'
import type { Rpc } from '../../../packages/server/src/indexer/rpc.ts'

/** The folder of an index that the release with version 4 of the schema made (commit 4b08e05), and of the chain that it is of. */
export const INDEX_V4 = join(import.meta.dirname, '../../fixtures/index-v4')

type Block = { number: string; hash: string; parentHash: string; timestamp: string }
type Log = { address: string; topics: string[]; blockNumber: string; blockHash: string }

/** A node that answers from a recorded chain, and the deployment of the ledger on it. */
export function recordedNode(): { deployment: Deployment; rpc: Rpc; height: number } {
  const { deployment, blocks, logs } = JSON.parse(readFileSync(join(INDEX_V4, 'node.json'), 'utf8')) as {
    deployment: Deployment
    blocks: Block[]
    logs: Log[]
  }
  const height = blocks.length - 1
  const blockAt = (which: string): Block | null =>
    (which.startsWith('0x') ? blocks[Number(which)] : blocks[height]) ?? null
  const logsOf = (filter: {
    address: string[]
    topics: [string[]]
    fromBlock?: string
    toBlock?: string
    blockHash?: string
  }): Log[] =>
    logs.filter(
      ({ address, topics, blockNumber, blockHash }) =>
        filter.address.includes(address.toLowerCase()) &&
        filter.topics[0].includes(topics[0]!) &&
        (filter.blockHash === undefined
          ? Number(blockNumber) >= Number(filter.fromBlock) && Number(blockNumber) <= Number(filter.toBlock)
          : blockHash === filter.blockHash),
    )
  const call: Rpc['call'] = async ({ method, params }) => {
    if (method === 'eth_getBlockByNumber') return blockAt(params[0] as string)
    if (method === 'eth_getLogs') return logsOf(params[0] as Parameters<typeof logsOf>[0])
    if (method === 'eth_chainId') return '0x7a69'
    if (method === 'eth_blockNumber') return blocks[height]!.number
    if (method === 'eth_getCode') return '0x6001'
    throw new Error(`The recorded node does not know ${method}.`)
  }
  return { deployment, height, rpc: { call, batch: (calls) => Promise.all(calls.map(call)) } }
}
