import { isError, Interface, type Filter, type InterfaceAbi, type Log, type Result, type TopicFilter } from 'ethers'

import type { Address, Hex } from '../core/hex.ts'
import type { Ledger } from './connect.ts'
import { interfaceOf, type AbiItem } from './contracts.ts'
import { explainAnswer, readingOnly } from './nodeErrors.ts'

/** The contract that emitted an event. */
export type EventSource = 'ledger' | 'recalls' | 'licenseCredential' | 'lineageClaims' | 'usageAudit' | 'reviewGate'
/** The ABI item of an event, as in `src/abi`. */
export type EventItem = AbiItem & { readonly type: 'event'; readonly name: string }

/** An event of the ledger, decoded. */
export type LedgerEvent = {
  /** Name of the event, as in Solidity. */
  name: string
  /** Arguments by name, as ethers decodes them: bigint for numbers, hex strings for ids, addresses and digests. */
  args: Readonly<Record<string, unknown>>
  contract: EventSource
  /** Number of the block. */
  block: number
  blockHash: Hex
  transaction: Hex
  /** Position of the log in its block. */
  index: number
}

/** Most ids in one filter, because nodes limit the length of a topic's list. */
const TOPIC_CHUNK = 500

/** Blocks in the first page of {@link eventPages}. Later pages grow while events are few. */
const FIRST_PAGE = 1_000
/** Events in a page above which the next page is shorter. */
const LONG_PAGE = 2_000
/** Pages to read after a refusal before a longer page is tried: a node's limit of blocks seldom changes. */
const PAGES_BEFORE_GROWTH = 16

/**
 * Reads events by indexed arguments, oldest first. A range that the node refuses as too large is halved until it is served.
 *
 * @param topics by name of an indexed argument: a value, or a list of which one has to match
 */
export async function readEvents(
  ledger: Ledger,
  contract: EventSource,
  event: EventItem,
  topics: Readonly<Record<string, Hex | readonly Hex[]>> = {},
  range: { fromBlock?: number; toBlock?: number } = {},
): Promise<LedgerEvent[]> {
  const fragment = interfaceOf(event).getEvent(event.name)!
  const indexed = fragment.inputs.filter((input) => input.indexed)
  const lists = indexed.map(({ name }) => topics[name])
  const long = lists.findIndex((list) => Array.isArray(list) && list.length > TOPIC_CHUNK)
  if (long >= 0) {
    const name = indexed[long]!.name
    const found = await Promise.all(
      chunks(topics[name] as readonly Hex[], TOPIC_CHUNK).map((chunk) =>
        readEvents(ledger, contract, event, { ...topics, [name]: chunk }, range),
      ),
    )
    return found.flat().sort((a, b) => a.block - b.block || a.index - b.index)
  }
  if (lists.some((list) => Array.isArray(list) && list.length === 0)) return []
  const filter = [fragment.topicHash, ...lists.map((list) => (list === undefined ? null : asTopics(list)))]
  const logs = await readLogs(ledger, [ledger.deployment.contracts[contract]], filter, range)
  return logs.map(eventDecoder(contract, [event])).filter((decoded) => decoded !== undefined)
}

/**
 * Reads all events of a kind, oldest first, page by page. Only one page is in memory, and the caller can stop after any. A
 * page that the node refuses as too large is halved until it is served.
 */
export async function* eventPages(
  ledger: Ledger,
  contract: EventSource,
  event: EventItem,
): AsyncGenerator<LedgerEvent[], void> {
  const { provider, deployment } = ledger
  const filter = {
    address: deployment.contracts[contract],
    topics: [interfaceOf(event).getEvent(event.name)!.topicHash],
  }
  const decode = eventDecoder(contract, [event])
  const head = await readingOnly(() => provider.getBlockNumber())
  let [fromBlock, blocks, pagesToWait] = [deployment.firstBlock, FIRST_PAGE, 0]
  for (;;) {
    const isLast = fromBlock + blocks > head
    const toBlock = isLast ? 'latest' : fromBlock + blocks - 1
    let logs: Log[]
    try {
      logs = await askLogs(ledger, { ...filter, fromBlock, toBlock })
    } catch (error) {
      blocks = await fewerBlocks(error, isLast ? head - fromBlock + 1 : blocks)
      pagesToWait = PAGES_BEFORE_GROWTH
      continue
    }
    yield logs.map(decode).filter((decoded) => decoded !== undefined)
    if (isLast) return
    fromBlock += blocks
    if (logs.length > LONG_PAGE) blocks = Math.ceil(blocks / 2)
    else if (pagesToWait > 0) pagesToWait -= 1
    else blocks *= 2
  }
}

/** Reads raw logs of some contracts, oldest first, each once, in as many ranges as the node needs. */
export async function readLogs(
  ledger: Ledger,
  addresses: readonly Address[],
  topics: TopicFilter,
  range: { fromBlock?: number; toBlock?: number } = {},
): Promise<Log[]> {
  const fromBlock = range.fromBlock ?? ledger.deployment.firstBlock
  try {
    return await askLogs(ledger, { address: [...addresses], topics, fromBlock, toBlock: range.toBlock ?? 'latest' })
  } catch (error) {
    const toBlock = range.toBlock ?? (await readingOnly(() => ledger.provider.getBlockNumber()))
    const blocks = await fewerBlocks(error, toBlock - fromBlock + 1)
    const logs: Log[] = []
    for (let from = fromBlock; from <= toBlock; from += blocks) {
      const piece = { fromBlock: from, toBlock: Math.min(from + blocks - 1, toBlock) }
      logs.push(...(await readLogs(ledger, addresses, topics, piece)))
    }
    return logs
  }
}

/** Asks for logs once, and checks that they are what was asked for. */
async function askLogs(ledger: Ledger, filter: Filter): Promise<Log[]> {
  let logs: Log[]
  try {
    logs = await ledger.provider.getLogs(filter)
  } catch (error) {
    if (!isError(error, 'BAD_DATA')) throw error
    const { askRawLogs } = await import('./cleanLogs.ts')
    logs = await askRawLogs(ledger, filter, error)
  }
  if (isPlain(logs, filter)) return logs
  const { cleanLogs } = await import('./cleanLogs.ts')
  return cleanLogs(logs, filter)
}

/** Whether logs are as most nodes give them, so that there is nothing to clean or to refuse. */
function isPlain(logs: readonly Log[], { address, topics, fromBlock, toBlock }: Filter): boolean {
  const has = (asked: unknown, value: string | undefined): boolean =>
    asked == null || ([asked].flat() as unknown[]).includes(value)
  return logs.every((log, at) => {
    const { blockNumber: block, index, blockHash } = log
    const last = logs[at - 1]
    const follows = !last || last.blockNumber < block || (last.blockHash === blockHash && last.index < index)
    const isInRange = !(block < Number(fromBlock)) && !(block > Number(toBlock))
    const isAsked =
      has(address, log.address.toLowerCase()) && topics!.every((each, place) => has(each, log.topics[place]))
    return follows && isInRange && isAsked && !log.removed
  })
}

/** How many blocks to ask for next, after a node refused to show the logs of more. @throws the error, explained, where fewer do not help */
async function fewerBlocks(error: unknown, blocks: number): Promise<number> {
  const { smallerRange } = await import('./nodeFailures.ts')
  const fewer = smallerRange(error, blocks)
  if (fewer === undefined) throw await explainAnswer(error)
  return fewer
}

/**
 * Builds a decoder of a contract's logs from the items of its ABI. It returns undefined for a log of any other event. Text that
 * is not UTF-8 reads as the replacement character: anybody may put such text on chain, and it must not stop others from reading.
 */
export function eventDecoder(contract: EventSource, items: readonly AbiItem[]): (log: Log) => LedgerEvent | undefined {
  const [item] = items
  const events = item && items.length === 1 ? interfaceOf(item) : new Interface(items as InterfaceAbi)
  return (log) => {
    const parsed = events.parseLog(log)
    if (!parsed) return undefined
    return {
      name: parsed.name,
      args: Object.fromEntries(parsed.fragment.inputs.map(({ name }, index) => [name, argumentOf(parsed.args, index)])),
      contract,
      block: log.blockNumber,
      blockHash: log.blockHash as Hex,
      transaction: log.transactionHash as Hex,
      index: log.index,
    }
  }
}

/**
 * An argument, or a member of a struct, by its place. ethers throws for bytes that are not UTF-8 when the text is read; nothing else in
 * an event can be wrong. @internal
 */
export function argumentOf(args: Result, index: number): unknown {
  try {
    return args[index]
  } catch {
    return '\ufffd'
  }
}

function asTopics(list: Hex | readonly Hex[]): string | string[] {
  const pad = (value: Hex): string => `0x${value.slice(2).padStart(64, '0')}`
  return typeof list === 'string' ? pad(list) : list.map(pad)
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  )
}
