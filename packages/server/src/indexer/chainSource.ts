import { setTimeout as sleep } from 'node:timers/promises'

import { blocksHint, type Address, type ChainId, type Hex } from 'stemma/core'
import { mayHold } from './bloom.ts'
import {
  chainIdOf,
  checkLinks,
  headerOf,
  InconsistentNodeError,
  logsOf,
  type Header,
  type NodeLog,
} from './nodeAnswers.ts'
import { RangeSizer } from './rangeSizer.ts'
import type { LogToRead } from './reduce/events.ts'
import { RpcError, type Call, type Rpc, type RpcFailure } from './rpc.ts'

/**
 * A range of blocks with all its logs, checked: every log is from a block whose hash the node has at its height, within the
 * range, in order, and of a contract and an event that were requested. The headers ascend. There is one for the first and the
 * last block, for each block that holds a log, and for every block from the last final one on.
 */
export type Segment = { from: number; to: number; headers: readonly Header[]; logs: readonly LogToRead[] }

/** Where blocks and logs come from. */
export type ChainSource = {
  /** The newest block, and the number of the newest block that the node calls final, if it does. */
  head(): Promise<{ latest: Header; finalized: number | undefined }>
  /** The headers of some blocks; undefined for those that the node does not have. */
  headers(numbers: readonly number[]): Promise<(Header | undefined)[]>
  /** The blocks of a range, in order. Blocks after `lastFinal` may be replaced. A few requests run ahead of the consumer. */
  segments(from: number, to: number, lastFinal: number): AsyncGenerator<Segment, void>
}

/** What to read from a node, and how. */
export type ChainSourceOptions = {
  rpc: Rpc
  /** The chain that the node must be on for every answer; not checked by default. One address may stand for nodes of several. */
  chainId?: ChainId
  addresses: readonly Address[]
  /** First topics. */
  topics: readonly Hex[]
  /** How many ranges are read ahead. */
  ahead?: number
  /** About how many logs a range should have. */
  target?: number
  /** How many times a range with contradictory answers is read before that is an error. */
  tries?: number
  /** Milliseconds before the first of these tries; the pause grows with each. */
  pause?: number
  signal?: AbortSignal
}

/** Most headers of one request. With the chain's id that makes 100 calls, a common limit. */
const MAX_HEADERS = 99

/** Reads a chain from a node. */
export function createChainSource(options: ChainSourceOptions): ChainSource {
  const { rpc, ahead = 2 } = options
  const batch = onChain(options)
  const headers = headerReader(batch)
  const ranges = new RangeReader(options, headers)
  return {
    async head() {
      // A far head of another chain would make all blocks of this one final.
      const latest = headerOf((await batch([blockCall('latest')]))[0], undefined)
      if (!latest) throw new InconsistentNodeError('it has no latest block')
      return { latest, finalized: await finalizedOf(rpc) }
    },
    headers,
    async *segments(from, to, lastFinal) {
      const queue: Promise<Segment[]>[] = []
      let next = from
      while (next <= to || queue.length > 0) {
        while (next <= to && queue.length < ahead) {
          const end = Math.min(to, next + ranges.nextBlocks - 1)
          const reading = ranges.read(next, end, lastFinal)
          // The consumer awaits this promise later; avoid an unhandled rejection.
          reading.catch(() => {})
          queue.push(reading)
          next = end + 1
        }
        yield* await queue.shift()!
      }
    },
  }
}

/** Makes a function that sends calls and checks in the same request that the node is on the right chain. */
function onChain({ rpc, chainId }: Pick<ChainSourceOptions, 'rpc' | 'chainId'>): Rpc['batch'] {
  if (chainId === undefined) return rpc.batch
  return async (calls) => {
    const [id, ...answers] = await rpc.batch([{ method: 'eth_chainId', params: [] }, ...calls])
    const found = chainIdOf(id)
    if (found === chainId) return answers
    throw new InconsistentNodeError(`it answered for chain ${found}, not ${chainId}`)
  }
}

type ReadHeaders = ChainSource['headers']

/** Makes a function that reads headers in requests that shrink when the node refuses them. */
function headerReader(batch: Rpc['batch']): ReadHeaders {
  let most = MAX_HEADERS
  return async (numbers) => {
    const found: (Header | undefined)[] = []
    while (found.length < numbers.length) {
      const some = numbers.slice(found.length, found.length + most)
      try {
        const answers = await batch(some.map((number) => blockCall(toHex(number))))
        found.push(...answers.map((answer, index) => headerOf(answer, some[index])))
      } catch (error) {
        if (!isTooLarge(error) || some.length === 1) throw error
        most = Math.ceil(some.length / 2)
      }
    }
    return found
  }
}

/** Reads ranges of blocks with their logs. */
class RangeReader {
  readonly #options: ChainSourceOptions
  readonly #headers: ReadHeaders
  readonly #batch: Rpc['batch']
  readonly #sizer: RangeSizer
  readonly #addresses: ReadonlySet<string>
  readonly #topics: ReadonlySet<string>

  constructor(options: ChainSourceOptions, headers: ReadHeaders) {
    this.#options = options
    this.#headers = headers
    this.#batch = onChain(options)
    this.#sizer = new RangeSizer(options.target ?? 800)
    this.#addresses = new Set(options.addresses)
    this.#topics = new Set(options.topics)
  }

  /** The number of blocks for the next range. */
  get nextBlocks(): number {
    return this.#sizer.blocks
  }

  /**
   * Reads a range: in parts if it is too large for the node, and again if its answers contradict each other. What the node refuses
   * for a single block is not too large: it lags, or is busy.
   */
  async read(from: number, to: number, lastFinal: number): Promise<Segment[]> {
    const { tries = 6, pause = 200, signal } = this.#options
    const blocks = to - from + 1
    let part: number | undefined
    for (let attempt = 1; part === undefined; attempt++) {
      try {
        const segment = await this.#readOnce(from, to, lastFinal)
        this.#sizer.accept(blocks, segment.logs.length)
        return [segment]
      } catch (error) {
        const hint = error instanceof RpcError && error.mayBeSize ? blocksHint(error.words, blocks) : undefined
        if (error instanceof RpcError && error.mayBeSize && blocks > 1) {
          part = hint ?? Math.ceil(blocks / 2)
          this.#sizer.refuse(blocks, hint)
        } else {
          if (!mayChange(error) || attempt >= tries) throw error
          await sleep(pause * attempt, undefined, { signal })
        }
      }
    }
    const segments: Segment[] = []
    for (let start = from; start <= to; start += part) {
      segments.push(...(await this.read(start, Math.min(to, start + part - 1), lastFinal)))
    }
    return segments
  }

  /** Reads headers that may be replaced before and after the logs, so that both are of the same chain. */
  async #readOnce(from: number, to: number, lastFinal: number): Promise<Segment> {
    const before = to >= lastFinal ? await this.#present(range(Math.max(from, lastFinal), to)) : []
    const logs = await this.#logs(from, to)
    // A node that lacks the logs of a range, for a moment or for good, answers as if there were none.
    if (logs.length === 0 && from < lastFinal && (await this.#logs(from, to, true)).length > 0) {
      throw new InconsistentNodeError(`it returned no log of blocks ${from} to ${to}, and then some`)
    }
    const known = new Map(before.map((header) => [header.number, header]))
    known.delete(to)
    const wanted = [...new Set([from, ...logs.map(({ block }) => block), to])].filter((number) => !known.has(number))
    for (const header of await this.#present(wanted)) known.set(header.number, header)
    const headers = [...known.values()].toSorted((a, b) => a.number - b.number)
    const last = known.get(to)!
    if (before.length > 0 && before.at(-1)!.hash !== last.hash) {
      throw new InconsistentNodeError(`block ${to} was replaced while it was read`)
    }
    checkLinks(headers)
    for (const log of logs) {
      const { hash, time } = known.get(log.block)!
      if (hash !== log.blockHash) {
        throw new InconsistentNodeError(`a log is of block ${log.blockHash}, but block ${log.block} is ${hash}`)
      }
      log.time = time
    }
    await this.#checkBlooms(headers, logs)
    return { from, to, headers, logs }
  }

  async #present(numbers: readonly number[]): Promise<Header[]> {
    return (await this.#headers(numbers)).map((header, index) => {
      if (!header) throw new InconsistentNodeError(`it does not have block ${numbers[index]}`)
      return header
    })
  }

  async #logs(from: number, to: number, isOnChain = false): Promise<NodeLog[]> {
    const call = this.#logsCall({ fromBlock: toHex(from), toBlock: toHex(to) })
    const answer = isOnChain ? (await this.#batch([call]))[0] : await this.#options.rpc.call(call)
    return logsOf(answer, { from, to, addresses: this.#addresses, topics: this.#topics })
  }

  #logsCall(blocks: object): Call {
    const { addresses, topics } = this.#options
    return { method: 'eth_getLogs', params: [{ address: addresses, topics: [topics], ...blocks }] }
  }

  #getLogs(blocks: object): Promise<unknown> {
    return this.#options.rpc.call(this.#logsCall(blocks))
  }

  /** Asks by hash for the logs of each block whose bloom filter says that it may hold an event, but which came without a log. */
  async #checkBlooms(headers: readonly Header[], logs: readonly NodeLog[]): Promise<void> {
    const { addresses, topics } = this.#options
    const blocks = new Set(logs.map(({ block }) => block))
    for (const { number, hash, bloom } of headers) {
      if (!bloom || blocks.has(number) || !mayHold(bloom, addresses, topics)) continue
      const answer = await this.#getLogs({ blockHash: hash }).catch((error: unknown) => {
        if (!(error instanceof RpcError) || error.isTransient) throw error
        // Some nodes take a request by hash for one of all blocks.
        if (error.reason === 'size') return this.#getLogs({ fromBlock: toHex(number), toBlock: toHex(number) })
        throw new InconsistentNodeError(`it returned block ${number}, and does not know its hash`)
      })
      const found = logsOf(answer, { from: number, to: number, addresses: this.#addresses, topics: this.#topics })
      if (found.length > 0) throw new InconsistentNodeError(`it returned no log of block ${number}, which holds some`)
    }
  }
}

/** Whether the same request may be answered soon by another node behind the same address, or when this one has caught up. */
function mayChange(error: unknown): boolean {
  return error instanceof InconsistentNodeError || (error instanceof RpcError && WAITED_FOR.has(error.reason))
}

const WAITED_FOR = new Set<RpcFailure>(['size', 'limit', 'head', 'pruned', 'refused'])

function blockCall(which: string): Call {
  return { method: 'eth_getBlockByNumber', params: [which, false] }
}

/** A node that is too slow for a range may be fast enough for half of it. */
function isTooLarge(error: unknown): boolean {
  return error instanceof RpcError && (error.reason === 'size' || error.reason === 'timeout')
}

/** The number of the final block; undefined when the node does not know of one. */
async function finalizedOf(rpc: Rpc): Promise<number | undefined> {
  try {
    return headerOf(await rpc.call(blockCall('finalized')), undefined)?.number
  } catch (error) {
    if (error instanceof RpcError && (error.reason === 'connection' || error.reason === 'timeout')) throw error
    return undefined
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

function toHex(number: number): string {
  return `0x${number.toString(16)}`
}
