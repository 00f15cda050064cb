import { type Hex, StemmaError } from 'stemma/core'
import type { LogToRead } from './reduce/events.ts'

/** The header of a block. `time` is in Unix seconds; the bloom filter is missing where the node leaves it out. */
export type Header = { number: number; hash: Hex; parentHash: Hex; time: number; bloom: string | undefined }

/** A log, with the hash of the block that the node says it is from. */
export type NodeLog = LogToRead & { blockHash: Hex }

/** Reads the header of a block; undefined when the node does not have the block. @throws {@link InconsistentNodeError} */
export function headerOf(answer: unknown, expected: number | undefined): Header | undefined {
  if (answer === null || answer === undefined) return undefined
  const { number, hash, parentHash, timestamp, logsBloom } = answer as Record<string, unknown>
  const header = {
    number: quantity(number, 'the number of a block'),
    hash: bytes32(hash, 'the hash of a block'),
    parentHash: bytes32(parentHash, "the hash of a block's parent"),
    time: quantity(timestamp, 'the time of a block'),
    bloom: typeof logsBloom === 'string' && logsBloom.length === 514 ? logsBloom : undefined,
  }
  if (expected !== undefined && header.number !== expected) {
    throw new InconsistentNodeError(`it returned block ${header.number} when asked for block ${expected}`)
  }
  return header
}

/** The logs that were requested. */
export type LogRequest = { from: number; to: number; addresses: ReadonlySet<string>; topics: ReadonlySet<string> }

/** Reads a list of logs, all of which must be requested, in order and whole. @throws {@link InconsistentNodeError} */
export function logsOf(answer: unknown, { from, to, addresses, topics }: LogRequest): NodeLog[] {
  if (!Array.isArray(answer)) throw new InconsistentNodeError('its answer is not a list of logs')
  let last: NodeLog | undefined
  let before: Record<string, unknown> | undefined
  const topicOf = (topic: unknown): Hex =>
    topics.has(topic as string) ? (topic as Hex) : bytes32(topic, 'a topic of a log')
  return answer.map((entry: Record<string, unknown> | null) => {
    if (typeof entry !== 'object' || entry === null)
      throw new InconsistentNodeError('its list of logs holds something else')
    // Requested values, and values that the log before has too, are known to be well-formed.
    const same = (field: string): NodeLog | undefined => (last && entry[field] === before![field] ? last : undefined)
    const log: NodeLog = {
      address: addresses.has(entry.address as string)
        ? (entry.address as Hex)
        : (lower(entry.address, 'the address of a log') as Hex),
      topics: Array.isArray(entry.topics) ? entry.topics.map(topicOf) : [],
      data: lower(entry.data, 'the data of a log') as Hex,
      block: same('blockNumber')?.block ?? quantity(entry.blockNumber, 'the block of a log'),
      index: quantity(entry.logIndex, 'the index of a log'),
      transaction: same('transactionHash')?.transaction ?? bytes32(entry.transactionHash, 'the transaction of a log'),
      blockHash: same('blockHash')?.blockHash ?? bytes32(entry.blockHash, 'the block of a log'),
      time: 0,
    }
    if (entry.removed === true) throw new InconsistentNodeError('it returned a log that was removed')
    if (log.block < from || log.block > to)
      throw new InconsistentNodeError(`it returned a log of block ${log.block}, not of ${from} to ${to}`)
    if (!addresses.has(log.address) || !topics.has(log.topics[0]!)) {
      throw new InconsistentNodeError(`it returned a log of ${log.address} that was not requested`)
    }
    if (last && (log.block < last.block || (log.block === last.block && log.index <= last.index))) {
      throw new InconsistentNodeError(`it returned logs of block ${log.block} twice or out of order`)
    }
    last = log
    before = entry
    return log
  })
}

/** Checks that consecutive headers link to each other. @throws {@link InconsistentNodeError} */
export function checkLinks(headers: readonly Header[]): void {
  for (let i = 1; i < headers.length; i++) {
    const [parent, child] = [headers[i - 1]!, headers[i]!]
    if (child.number === parent.number + 1 && child.parentHash !== parent.hash) {
      // Without links no reorganization could be undone, so the indexer cannot go on.
      throw new InconsistentNodeError(
        `block ${child.number} does not name block ${parent.number} as its parent (blocks of hardhat_mine do not; those of evm_mine do)`,
      )
    }
  }
}

function quantity(value: unknown, what: string): number {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{1,64}$/i.test(value))
    throw new InconsistentNodeError(`${what} is not a number`)
  const number = Number(value)
  if (!Number.isSafeInteger(number)) {
    throw new InconsistentNodeError(
      `${what} is ${BigInt(value)}, more than the ${Number.MAX_SAFE_INTEGER} that is counted`,
    )
  }
  return number
}

function bytes32(value: unknown, what: string): Hex {
  const text = lower(value, what)
  if (text.length !== 66) throw new InconsistentNodeError(`${what} does not have 32 bytes`)
  return text as Hex
}

function lower(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.length % 2 !== 0)
    throw new InconsistentNodeError(`${what} is not a hex string`)
  if (/^0x[0-9a-f]*$/.test(value)) return value
  if (!/^0x[0-9a-f]*$/i.test(value)) throw new InconsistentNodeError(`${what} is not a hex string`)
  return value.toLowerCase()
}

/** Thrown when the answers of a node keep contradicting each other: it lags, has several chains, or is broken. */
export class InconsistentNodeError extends StemmaError {
  override name = 'InconsistentNodeError'
  override readonly kind = 'unavailable'
  constructor(what: string) {
    super(
      'NODE_INCONSISTENT',
      `The answers of the node contradict each other: ${what}. Try again later, or use another node.`,
    )
  }
}
