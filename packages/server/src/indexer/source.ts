import { type Address, type Hex, StemmaError } from 'stemma/core'
import { mayHold } from './bloom.ts'
import { rest, RpcError, type Call, type Rpc } from './rpc.ts'
import type { LogToRead } from './reduce/events.ts'

/** What is known of a block. `time` is in Unix seconds. */
export type Header = { number: number; hash: Hex; parentHash: Hex; time: number; bloom: string | undefined }

/**
 * A range of blocks with all its logs, checked: every log is of a block whose hash the node has at its height, within the range,
 * in order, of a contract and an event that was asked for. The headers ascend; there is one for the first and the last block, for
 * each that holds a log, and for every block from the newest solid one on.
 */
export type Segment = { from: number; to: number; headers: readonly Header[]; logs: readonly LogToRead[] }

/** Where blocks and logs come from. */
export type Source = {
  /** The newest block, and the number of the newest that the node calls final, where it does. */
  head(): Promise<{ latest: Header; finalized: number | undefined }>
  /** The headers of some blocks; nothing for those that the node does not have. */
  headers(numbers: readonly number[]): Promise<(Header | undefined)[]>
  /** The blocks of a range, in order. Blocks after `solid` may yet be replaced. A few requests run ahead of the reader. */
  segments(from: number, to: number, solid: number): AsyncGenerator<Segment, void>
}

/** What is asked for. */
export type SourceOptions = {
  rpc: Rpc
  addresses: readonly Address[]
  /** First topics. */
  topics: readonly Hex[]
  /** How many ranges are read ahead. */
  ahead?: number
  /** About how many logs a range should have. */
  target?: number
  /** How often a range whose answers do not fit together is read, before that is an error. */
  tries?: number
  /** Milliseconds between two such tries. */
  pause?: number
  signal?: AbortSignal
}

/** Most blocks of one request. */
const MOST_BLOCKS = 100_000
/** Blocks of the first request: few, as nobody knows yet how full they are. */
const FIRST_BLOCKS = 4
/** After how many ranges more is tried than was once refused. */
const PATIENCE = 32

/** Reads a chain from a node. */
export function createSource(options: SourceOptions): Source {
  const { rpc, addresses, topics, ahead = 2, target = 800, tries = 6, pause = 200, signal } = options
  const asked = { addresses: new Set<string>(addresses), topics: new Set<string>(topics) }
  let span = FIRST_BLOCKS
  let ceiling = MOST_BLOCKS
  let served = 0
  let batch = 100

  const refuse = (blocks: number): void => {
    ceiling = Math.max(1, Math.floor(blocks / 2))
    span = Math.min(span, ceiling)
    served = 0
  }
  const accept = (blocks: number, logs: number): void => {
    if (++served % PATIENCE === 0) ceiling = Math.min(MOST_BLOCKS, ceiling * 2)
    const fit = logs === 0 ? Infinity : (blocks * target) / logs
    // Not by more than twice at once: what was read says little of what comes.
    const wanted = Math.min(fit, blocks * 2)
    span = Math.max(1, Math.min(ceiling, Math.floor(wanted)))
  }

  const headers = async (numbers: readonly number[]): Promise<(Header | undefined)[]> => {
    const found: (Header | undefined)[] = []
    while (found.length < numbers.length) {
      const some = numbers.slice(found.length, found.length + batch)
      try {
        const answers = await rpc.batch(some.map((number) => blockCall(toHex(number))))
        found.push(...answers.map((answer, index) => headerOf(answer, some[index])))
      } catch (error) {
        if (!isTooLarge(error) || some.length === 1) throw error
        batch = Math.ceil(some.length / 2)
      }
    }
    return found
  }

  const present = async (numbers: readonly number[]): Promise<Header[]> =>
    (await headers(numbers)).map((header, index) => {
      if (!header) throw new InconsistentNodeError(`it has no block ${numbers[index]}`)
      return header
    })

  const askLogs = (range: object): Promise<unknown> =>
    rpc.call({ method: 'eth_getLogs', params: [{ address: addresses, topics: [topics], ...range }] })
  const readLogs = async (from: number, to: number): Promise<Log[]> => {
    const answer = await askLogs({ fromBlock: toHex(from), toBlock: toHex(to) })
    return logsOf(answer, { from, to, ...asked })
  }

  /** A block whose bloom filter says that it may hold an event, and of which no log came, is asked for by its hash. */
  const checkBlooms = async (headers: readonly Header[], logs: readonly Log[]): Promise<void> => {
    const blocks = new Set(logs.map(({ block }) => block))
    for (const { number, hash, bloom } of headers) {
      if (!bloom || blocks.has(number) || !mayHold(bloom, addresses, topics)) continue
      const answer = await askLogs({ blockHash: hash }).catch((error: unknown) => {
        if (!(error instanceof RpcError) || error.isTransient) throw error
        throw new InconsistentNodeError(`it gave block ${number}, and does not know its hash`)
      })
      if (logsOf(answer, { from: number, to: number, ...asked }).length > 0) {
        throw new InconsistentNodeError(`it gave no log of block ${number}, which holds some`)
      }
    }
  }

  /** One reading of a range: what may be replaced is read around the logs, so that both are of the same chain. */
  const readOnce = async (from: number, to: number, solid: number): Promise<Segment> => {
    const before = to >= solid ? await present(range(Math.max(from, solid), to)) : []
    const logs = await readLogs(from, to)
    // A node that lacks the logs of a range, for a moment or for good, answers as if there were none.
    if (logs.length === 0 && from < solid && (await readLogs(from, to)).length > 0) {
      throw new InconsistentNodeError(`it gave no log of blocks ${from} to ${to}, and then some`)
    }
    const known = new Map(before.map((header) => [header.number, header]))
    known.delete(to)
    const wanted = [...new Set([from, ...logs.map(({ block }) => block), to])].filter((number) => !known.has(number))
    for (const header of await present(wanted)) known.set(header.number, header)
    const list = [...known.values()].toSorted((a, b) => a.number - b.number)
    const last = known.get(to)!
    if (before.length > 0 && before.at(-1)!.hash !== last.hash) {
      throw new InconsistentNodeError(`block ${to} was replaced while it was read`)
    }
    checkLinks(list)
    for (const log of logs) {
      const { hash, time } = known.get(log.block)!
      if (hash !== log.blockHash) {
        throw new InconsistentNodeError(`a log is of block ${log.blockHash}, but block ${log.block} is ${hash}`)
      }
      log.time = time
    }
    await checkBlooms(list, logs)
    return { from, to, headers: list, logs }
  }

  const read = async (from: number, to: number, solid: number): Promise<Segment[]> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const segment = await readOnce(from, to, solid)
        accept(to - from + 1, segment.logs.length)
        return [segment]
      } catch (error) {
        if (isTooLarge(error) && to > from) break
        if (!(error instanceof InconsistentNodeError) || attempt >= tries) throw error
        await rest(pause * attempt, signal)
      }
    }
    refuse(to - from + 1)
    const middle = Math.floor((from + to) / 2)
    return [...(await read(from, middle, solid)), ...(await read(middle + 1, to, solid))]
  }

  return {
    async head() {
      const latest = headerOf(await rpc.call(blockCall('latest')), undefined)
      if (!latest) throw new InconsistentNodeError('it has no latest block')
      return { latest, finalized: await finalizedOf(rpc) }
    },
    headers,
    async *segments(from, to, solid) {
      const queue: Promise<Segment[]>[] = []
      let next = from
      while (next <= to || queue.length > 0) {
        while (next <= to && queue.length < ahead) {
          const end = Math.min(to, next + span - 1)
          const reading = read(next, end, solid)
          // Whoever reads the queue sees the failure; until then nobody waits for it.
          reading.catch(() => {})
          queue.push(reading)
          next = end + 1
        }
        yield* await queue.shift()!
      }
    },
  }
}

type Log = LogToRead & { blockHash: Hex }

function blockCall(which: string): Call {
  return { method: 'eth_getBlockByNumber', params: [which, false] }
}

/** A node that is too slow for a range may be quick enough for half of it. */
function isTooLarge(error: unknown): boolean {
  return error instanceof RpcError && (error.reason === 'size' || error.reason === 'timeout')
}

/** The number of the final block; nothing when the node does not know of any. */
async function finalizedOf(rpc: Rpc): Promise<number | undefined> {
  try {
    return headerOf(await rpc.call(blockCall('finalized')), undefined)?.number
  } catch (error) {
    if (error instanceof RpcError && (error.reason === 'connection' || error.reason === 'timeout')) throw error
    return undefined
  }
}

function headerOf(answer: unknown, expected: number | undefined): Header | undefined {
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
    throw new InconsistentNodeError(`it gave block ${header.number} when asked for block ${expected}`)
  }
  return header
}

type Asked = { from: number; to: number; addresses: ReadonlySet<string>; topics: ReadonlySet<string> }

function logsOf(answer: unknown, { from, to, addresses, topics }: Asked): Log[] {
  if (!Array.isArray(answer)) throw new InconsistentNodeError('it gave no list of logs')
  let last: Log | undefined
  let before: Record<string, unknown> | undefined
  const topicOf = (topic: unknown): Hex =>
    topics.has(topic as string) ? (topic as Hex) : bytes32(topic, 'a topic of a log')
  return answer.map((entry: Record<string, unknown> | null) => {
    if (typeof entry !== 'object' || entry === null) throw new InconsistentNodeError('it gave a log that is none')
    // What is asked for, and what the log before says too, is known to be well-formed.
    const same = (field: string): Log | undefined => (last && entry[field] === before![field] ? last : undefined)
    const log: Log = {
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
    if (entry.removed === true) throw new InconsistentNodeError('it gave a log that was removed')
    if (log.block < from || log.block > to)
      throw new InconsistentNodeError(`it gave a log of block ${log.block}, not of ${from} to ${to}`)
    if (!addresses.has(log.address) || !topics.has(log.topics[0]!)) {
      throw new InconsistentNodeError(`it gave a log of ${log.address} that was not asked for`)
    }
    if (last && (log.block < last.block || (log.block === last.block && log.index <= last.index))) {
      throw new InconsistentNodeError(`it gave logs of block ${log.block} twice or out of order`)
    }
    last = log
    before = entry
    return log
  })
}

function checkLinks(headers: readonly Header[]): void {
  for (let i = 1; i < headers.length; i++) {
    const [parent, child] = [headers[i - 1]!, headers[i]!]
    if (child.number === parent.number + 1 && child.parentHash !== parent.hash) {
      // Nothing can be undone on a chain without links, so there is no way around.
      throw new InconsistentNodeError(
        `block ${child.number} does not follow the block ${parent.number} that it gave (those of hardhat_mine do not; evm_mine makes blocks that do)`,
      )
    }
  }
}

function quantity(value: unknown, what: string): number {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{1,13}$/i.test(value))
    throw new InconsistentNodeError(`${what} is no number`)
  return Number(value)
}

function bytes32(value: unknown, what: string): Hex {
  const text = lower(value, what)
  if (text.length !== 66) throw new InconsistentNodeError(`${what} does not have 32 bytes`)
  return text as Hex
}

function lower(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.length % 2 !== 0) throw new InconsistentNodeError(`${what} is no hex string`)
  if (/^0x[0-9a-f]*$/.test(value)) return value
  if (!/^0x[0-9a-f]*$/i.test(value)) throw new InconsistentNodeError(`${what} is no hex string`)
  return value.toLowerCase()
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

function toHex(number: number): string {
  return `0x${number.toString(16)}`
}

/** Thrown when what a node answers does not fit together, again and again: it lags, has several chains, or is broken. */
export class InconsistentNodeError extends StemmaError {
  override name = 'InconsistentNodeError'
  override readonly kind = 'unavailable'
  constructor(what: string) {
    super(
      'NODE_INCONSISTENT',
      `What the node answers does not fit together: ${what}. Try again later, or use another node.`,
    )
  }
}
