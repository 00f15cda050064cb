import type { Filter, JsonRpcApiProvider, Log, Network } from 'ethers'

import type { Ledger } from './connect.ts'
import { lenientLog, type Raw } from './lenientFormat.ts'
import { NodeAnswerError } from './nodeErrors.ts'

/** Asks a node for logs past the strict reader of ethers, which refuses those of chains that leave out fields of Ethereum. */
export async function askRawLogs({ provider, asOf }: Ledger, filter: Filter): Promise<Log[]> {
  const node = provider as JsonRpcApiProvider
  const { address, topics, fromBlock, toBlock } = filter
  const tagOf = (tag: unknown): string => {
    const number = asOf && tag === 'latest' ? asOf.block : tag
    return typeof number === 'number' ? `0x${Math.min(number, asOf?.block ?? number).toString(16)}` : String(number)
  }
  const asked = { address, topics, fromBlock: tagOf(fromBlock), toBlock: tagOf(toBlock) }
  const answer: unknown = await node.send('eth_getLogs', [asked])
  if (!Array.isArray(answer)) throw new NodeAnswerError(new Error('its answer is not a list of logs'))
  return answer.map((log) => node._wrapLog(lenientLog(log as Raw) as never, {} as Network))
}
