import { isError, Interface, type Log, type Result, type TopicFilter } from 'ethers'

import { ledgerAbi } from '../abi/ledger.ts'
import { licenseCredentialAbi } from '../abi/licenseCredential.ts'
import { lineageClaimsAbi } from '../abi/lineageClaims.ts'
import { reviewGateAbi } from '../abi/reviewGate.ts'
import { usageAuditAbi } from '../abi/usageAudit.ts'
import type { Address, Hex } from '../core/hex.ts'
import type { Ledger } from './connect.ts'
import { explainNodeError, reading } from './nodeErrors.ts'

const INTERFACES: Readonly<Record<EventSource, Interface>> = {
  ledger: new Interface(ledgerAbi),
  licenseCredential: new Interface(licenseCredentialAbi),
  lineageClaims: new Interface(lineageClaimsAbi),
  usageAudit: new Interface(usageAuditAbi),
  reviewGate: new Interface(reviewGateAbi),
}

/** Which contract an event comes from. */
export type EventSource = 'ledger' | 'licenseCredential' | 'lineageClaims' | 'usageAudit' | 'reviewGate'
/** Every contract whose events are read. */
export const EVENT_SOURCES = Object.keys(INTERFACES) as EventSource[]

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

/** Most ids that are asked for in one filter: nodes limit the length of a topic's list. */
const TOPIC_CHUNK = 500

/** Blocks of the first page of {@link eventPages}. Later ones are longer where there is little. */
const FIRST_PAGE = 1_000
/** Most events of a page after which the next is not made shorter. */
const LONG_PAGE = 2_000
/** Pages to read after a refusal before a longer one is tried: most nodes allow so many blocks and never more. */
const PATIENCE = 16

/**
 * Reads events by indexed arguments, oldest first. A range that the node refuses as too large is halved until it is served.
 *
 * @param topics by name of an indexed argument: a value, or a list of which one has to match
 */
export async function readEvents(
  ledger: Ledger,
  contract: EventSource,
  event: string,
  topics: Readonly<Record<string, Hex | readonly Hex[]>> = {},
  range: { fromBlock?: number; toBlock?: number } = {},
): Promise<LedgerEvent[]> {
  const fragment = INTERFACES[contract].getEvent(event)!
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
  return logs.map((log) => decodeLog(contract, log)).filter((decoded) => decoded !== undefined)
}

/**
 * Reads all events of a kind, oldest first, page by page: no more than a page is in memory, and the caller may stop after any.
 * A page that the node refuses as too large is halved until it is served.
 */
export async function* eventPages(
  ledger: Ledger,
  contract: EventSource,
  event: string,
): AsyncGenerator<LedgerEvent[], void> {
  const { provider, deployment } = ledger
  const filter = { address: deployment.contracts[contract], topics: [INTERFACES[contract].getEvent(event)!.topicHash] }
  const head = await reading(() => provider.getBlockNumber())
  let [fromBlock, blocks, patience] = [deployment.firstBlock, FIRST_PAGE, 0]
  for (;;) {
    const isLast = fromBlock + blocks > head
    const toBlock = isLast ? 'latest' : fromBlock + blocks - 1
    let logs: Log[]
    try {
      logs = await provider.getLogs({ ...filter, fromBlock, toBlock })
    } catch (error) {
      const asked = isLast ? head - fromBlock + 1 : blocks
      if (!isTooLarge(error) || asked <= 1) throw explainNodeError(error)
      blocks = Math.ceil(asked / 2)
      patience = PATIENCE
      continue
    }
    yield logs.map((log) => decodeLog(contract, log)).filter((decoded) => decoded !== undefined)
    if (isLast) return
    fromBlock += blocks
    if (logs.length > LONG_PAGE) blocks = Math.ceil(blocks / 2)
    else if (patience > 0) patience -= 1
    else blocks *= 2
  }
}

/** Reads raw logs of some contracts, oldest first, in as many ranges as the node needs. */
export async function readLogs(
  ledger: Ledger,
  addresses: readonly Address[],
  topics: TopicFilter,
  range: { fromBlock?: number; toBlock?: number } = {},
): Promise<Log[]> {
  const fromBlock = range.fromBlock ?? ledger.deployment.firstBlock
  try {
    return await ledger.provider.getLogs({
      address: [...addresses],
      topics,
      fromBlock,
      toBlock: range.toBlock ?? 'latest',
    })
  } catch (error) {
    if (!isTooLarge(error)) throw explainNodeError(error)
    const toBlock = range.toBlock ?? (await ledger.provider.getBlockNumber())
    if (toBlock <= fromBlock) throw explainNodeError(error)
    const middle = Math.floor((fromBlock + toBlock) / 2)
    const older = await readLogs(ledger, addresses, topics, { fromBlock, toBlock: middle })
    const newer = await readLogs(ledger, addresses, topics, { fromBlock: middle + 1, toBlock })
    return [...older, ...newer]
  }
}

/**
 * Decodes a log; undefined when it is of no event that the contract declares. A text that is no UTF-8, as anybody may put on
 * chain, reads as the replacement character, so that no publisher can stop others from reading the ledger.
 */
export function decodeLog(contract: EventSource, log: Log): LedgerEvent | undefined {
  const parsed = INTERFACES[contract].parseLog(log)
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

/** ethers reports bytes that are no UTF-8 when the argument is asked for; nothing else in an event can be wrong. */
function argumentOf(args: Result, index: number): unknown {
  try {
    return args[index]
  } catch {
    return '\ufffd'
  }
}

/** Nodes say in many words that a range holds too many blocks or too many logs. */
function isTooLarge(error: unknown): boolean {
  if (!isError(error, 'UNKNOWN_ERROR') && !isError(error, 'SERVER_ERROR') && !isError(error, 'TIMEOUT')) return false
  const text = JSON.stringify({ ...error, message: error.message }).toLowerCase()
  return isError(error, 'TIMEOUT') || /range|limit|exceed|too (many|large|big)|more than|-32005|413/.test(text)
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
