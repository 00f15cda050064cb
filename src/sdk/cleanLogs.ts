import type { Filter, JsonRpcApiProvider, Log, Network } from 'ethers'

import type { Ledger } from './connect.ts'
import { lenientLog, type Raw } from './lenientFormat.ts'
import { NodeAnswerError } from './nodeErrors.ts'

/**
 * Logs as they were asked for: oldest first and each once, without those of blocks that were replaced. Some nodes give logs out of order,
 * more than once, or with those that a reorganization removed (erigontech/erigon#15219, filecoin-project/ref-fvm#1350,
 * Conflux-Chain/conflux-rust#1640).
 *
 * @throws {@link NodeAnswerError} when a log is of another contract, event or block than was asked for, or two logs contradict each other
 */
export function cleanLogs(logs: readonly Log[], filter: Filter): Log[] {
  const kept = logs.filter(({ removed }) => !removed)
  for (const log of kept) if (!isAsked(log, filter)) throw unasked(log)
  kept.sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index)
  return kept.filter((log, at) => {
    const last = kept[at - 1]
    if (last?.blockNumber !== log.blockNumber) return true
    if (last.index !== log.index && isSame(last.blockHash, log.blockHash)) return true
    if (isEqual(last, log)) return false
    throw new NodeAnswerError(new Error(`its logs of block ${log.blockNumber} contradict each other`))
  })
}

/** Whether a filter asks for a log. A tag such as `latest` sets no limit. */
function isAsked({ address, topics, blockNumber }: Log, filter: Filter): boolean {
  const { fromBlock, toBlock } = filter
  if (typeof fromBlock === 'number' && blockNumber < fromBlock) return false
  if (typeof toBlock === 'number' && blockNumber > toBlock) return false
  return (
    matches(address, filter.address as string | readonly string[] | undefined) &&
    (filter.topics ?? []).every((asked, at) => matches(topics[at], asked))
  )
}

function matches(value: string | undefined, asked: string | readonly (string | null)[] | null | undefined): boolean {
  if (asked === null || asked === undefined) return true
  if (value === undefined) return false
  return typeof asked === 'string' ? isSame(asked, value) : asked.some((each) => each === null || isSame(each, value))
}

function isEqual(a: Log, b: Log): boolean {
  const texts = ({ address, blockHash, transactionHash, data, topics }: Log): string =>
    [address, blockHash, transactionHash, data, ...topics].join(' ')
  return isSame(texts(a), texts(b))
}

/** Whether two texts of hex digits are the same: nodes write them in either case. */
function isSame(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase()
}

function unasked({ address, blockNumber }: Log): NodeAnswerError {
  return new NodeAnswerError(new Error(`it has a log of ${address} in block ${blockNumber} that was not asked for`))
}

/**
 * Asks a node for logs past the strict reader of ethers, which refuses those of chains that leave out fields of Ethereum.
 *
 * @throws `refusal`, that of ethers, when the provider cannot be asked in this way
 */
export async function askRawLogs({ provider, asOf }: Ledger, filter: Filter, refusal: Error): Promise<Log[]> {
  if (!('send' in provider)) throw refusal
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
