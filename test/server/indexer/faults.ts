import { RpcError, type Call, type Rpc } from '../../../packages/server/src/indexer/rpc.ts'
import type { Random } from '../../fixtures/random.ts'

/** Faults of a node: the probability of each for one request. */
export type Faults = {
  /** No answer in time, a broken connection, an error of the server, too many requests. */
  failure?: number
  /** A malformed answer. */
  nonsense?: number
  /** Logs that are repeated, reordered, of another block, or left out after a block. */
  shuffled?: number
  leftOutAfter?: number
  /** Stale answers: an older head, and missing new blocks. */
  late?: number
  /** Most blocks of a range; more is refused. */
  mostBlocks?: number
  /** Most logs of an answer; more is refused. */
  mostLogs?: number
  /** Most calls of one request. */
  mostCalls?: number
}

type Log = Record<string, unknown>

/** Adds faults to a node. */
export function faulty(rpc: Rpc, random: Random, faults: Faults): Rpc {
  const answer = async (call: Call): Promise<unknown> => {
    if (random.chance(faults.failure ?? 0)) {
      throw new RpcError(random.pick(['connection', 'timeout', 'rate', 'server']), 'A fault of the test.')
    }
    if (random.chance(faults.nonsense ?? 0))
      return random.pick([null, 'soon', {}, [], [{}], [null], 7, { number: '0x1' }])
    if (call.method === 'eth_getLogs') return logs(call)
    if (call.method === 'eth_getBlockByNumber' && random.chance(faults.late ?? 0)) {
      if (call.params[0] === 'latest') {
        const head = (await rpc.call(call)) as { number: string }
        const before = Math.max(0, Number(head.number) - random.integer(1, 5))
        return rpc.call({ ...call, params: [`0x${before.toString(16)}`, false] })
      }
      return null
    }
    return rpc.call(call)
  }
  const logs = async (call: Call): Promise<unknown> => {
    const [{ fromBlock, toBlock }] = call.params as [{ fromBlock: string; toBlock: string }]
    if (Number(toBlock) - Number(fromBlock) + 1 > (faults.mostBlocks ?? Infinity)) {
      throw new RpcError('size', 'The range is too wide.')
    }
    const found = (await rpc.call(call)) as Log[]
    if (found.length > (faults.mostLogs ?? Infinity) && fromBlock !== toBlock) {
      throw new RpcError('size', 'There are too many logs.')
    }
    if (found.length < 2 || !random.chance(faults.shuffled ?? 0)) return found
    return random.pick([
      () => found.toReversed(),
      () => [...found, found.at(-1)!],
      () => found.map((log) => ({ ...log, blockHash: `0x${'7'.repeat(64)}` })),
      () => found.map((log) => ({ ...log, removed: true })),
      () => found.map((log) => ({ ...log, address: `0x${'7'.repeat(40)}` })),
      () => (Number(fromBlock) > (faults.leftOutAfter ?? Infinity) ? [] : found),
    ])()
  }
  return {
    call: answer,
    batch: async (calls) => {
      if (calls.length > (faults.mostCalls ?? Infinity)) throw new RpcError('size', 'There are too many calls.')
      const answers: unknown[] = []
      for (const call of calls) answers.push(await answer(call))
      return answers
    },
  }
}

/** A node that answers from one of two chains at random. */
export function twoMinds(random: Random, one: Rpc, other: Rpc, share: number): Rpc {
  const pick = (): Rpc => (random.chance(share) ? other : one)
  return { call: (call) => pick().call(call), batch: (calls) => pick().batch(calls) }
}

/** A node that falsifies logs. */
export function lying(rpc: Rpc, lie: (log: Log) => Log | undefined): Rpc {
  const call = async (asked: Call): Promise<unknown> => {
    const found = await rpc.call(asked)
    if (asked.method !== 'eth_getLogs') return found
    return (found as Log[]).map(lie).filter((log) => log !== undefined)
  }
  return { call, batch: (calls) => Promise.all(calls.map(call)) }
}
