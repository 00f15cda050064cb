import { StemmaError } from 'stemma/core'
import { InconsistentNodeError, headerOf, type Header } from './nodeAnswers.ts'
import { RpcError, type Call, type Rpc } from './rpc.ts'

/** How one of several nodes is doing. */
export type NodeHealth = {
  name: string
  /** Whether its last answer was usable. */
  isHealthy: boolean
  /** The newest block that it has reported. */
  head: number | undefined
  /** Requests that it did not answer since the start. */
  failures: number
  /** Why its last answer was not usable. */
  failure: string | undefined
}

/** Several nodes as one. */
export type RpcPool = Rpc & {
  /** How each node is doing, in the order of preference. */
  health(): NodeHealth[]
}

/** Which nodes, and how they are asked. */
export type RpcPoolOptions = {
  /** The nodes, in the order of preference. Their names are for people. */
  nodes: readonly { name: string; rpc: Rpc }[]
  /** Whether two nodes must give the same answer. */
  agree?: boolean
  /** Checks a node when it is first used, and again after it failed. */
  check?: (rpc: Rpc) => Promise<unknown>
  /** Called when a node fails, or answers again. */
  onHealth?: (health: NodeHealth) => void
  /** Milliseconds for which a node that failed is asked last. They double with each failure, to at most 64 times. */
  pause?: number
  /** The clock, in milliseconds. */
  now?: () => number
}

type Member = NodeHealth & {
  rpc: Rpc
  isChecked: boolean
  /** Failures in a row, and until when the node is asked last. */
  inRow: number
  until: number
}

/**
 * Makes one node of several. The first that answers is used, in the order given; one that failed is asked last for a while. A node
 * that has not reached the end of a range is not asked for its logs. With `agree`, two nodes are asked, and their heads, blocks and
 * logs compared: an answer is as new as the older of the two.
 *
 * The calls throw what the first node throws when none answers, and {@link InconsistentNodeError} when two do not agree.
 */
export function createRpcPool(options: RpcPoolOptions): RpcPool {
  const { agree = false, check, onHealth = () => {}, pause = 1000, now = Date.now } = options
  const members = options.nodes.map(({ name, rpc }): Member => ({
    name,
    rpc,
    isHealthy: true,
    head: undefined,
    failures: 0,
    failure: undefined,
    isChecked: false,
    inRow: 0,
    until: 0,
  }))

  const note = (member: Member, failure: Error | undefined): void => {
    const wasHealthy = member.isHealthy
    member.isHealthy = failure === undefined
    member.failure = failure?.message
    if (failure) {
      member.failures += 1
      member.inRow += 1
      member.isChecked = false
      // A node that is only behind is not asked less.
      if (!isBehind(failure)) member.until = now() + pause * 2 ** Math.min(member.inRow - 1, 6)
    } else {
      member.inRow = 0
      member.until = 0
    }
    if (member.isHealthy !== wasHealthy) onHealth(healthOf(member))
  }

  const ready = async (member: Member, calls: readonly Call[]): Promise<void> => {
    if (!member.isChecked) await check?.(member.rpc)
    member.isChecked = true
    const last = lastBlock(calls)
    if (last === undefined || last <= (member.head ?? -1)) return
    member.head = headerOf(await member.rpc.call(LATEST), undefined)?.number
    if (last > (member.head ?? -1)) throw new RpcError('head', `The node is at block ${member.head}, before ${last}.`)
  }

  const ask = async (calls: readonly Call[]): Promise<unknown[]> => {
    const wanted = agree ? 2 : 1
    const answered: Answered[] = []
    let incomplete: unknown[] | undefined
    let failure: StemmaError | undefined
    const time = now()
    const isResting = ({ until }: Member): number => (until > time ? 1 : 0)
    for (const member of members.toSorted((a, b) => isResting(a) - isResting(b))) {
      try {
        await ready(member, calls)
        const answers = calls.length === 1 ? [await member.rpc.call(calls[0]!)] : await member.rpc.batch(calls)
        const latest = calls.findIndex(({ method, params }) => method === LATEST.method && params[0] === 'latest')
        if (latest >= 0) member.head = headerOf(answers[latest], undefined)?.number ?? member.head
        note(member, undefined)
        // A block that one node lacks another may have.
        if (!agree && answers.some((answer, at) => isMissing(calls[at]!, answer))) incomplete ??= answers
        else answered.push({ member, answers })
      } catch (error) {
        // The caller has to ask for less.
        if (error instanceof RpcError && error.reason === 'size') throw error
        if (!(error instanceof StemmaError)) throw error
        note(member, error)
        // A node of another chain does not hide that the right one may answer again.
        if (!failure || (isForeign(failure) && !isForeign(error))) failure = error
      }
      if (answered.length === wanted) break
    }
    if (answered.length === wanted) {
      const [one, other] = answered
      return other ? Promise.all(calls.map((call, at) => agreed(call, at, one!, other))) : one!.answers
    }
    if (incomplete) return incomplete
    throw failure ?? new RpcError('connection', 'Fewer than two nodes answer, and two must agree.')
  }

  return {
    call: async (call) => (await ask([call]))[0],
    batch: async (calls) => (calls.length === 0 ? [] : ask(calls)),
    health: () => members.map(healthOf),
  }
}

const LATEST: Call = { method: 'eth_getBlockByNumber', params: ['latest', false] }

type Answered = { member: Member; answers: unknown[] }

function healthOf({ name, isHealthy, head, failures, failure }: Member): NodeHealth {
  return { name, isHealthy, head, failures, failure }
}

function isForeign({ code }: StemmaError): boolean {
  return code === 'FOREIGN_CHAIN'
}

function isBehind(error: Error): boolean {
  return error instanceof RpcError && error.reason === 'head'
}

/** The last block of the ranges whose logs are asked for. */
function lastBlock(calls: readonly Call[]): number | undefined {
  const ends = calls.flatMap(({ method, params }) => {
    const { toBlock } = (method === 'eth_getLogs' ? (params[0] ?? {}) : {}) as { toBlock?: unknown }
    return typeof toBlock === 'string' ? Number(toBlock) : []
  })
  return ends.length === 0 ? undefined : Math.max(...ends)
}

function isMissing({ method, params }: Call, answer: unknown): boolean {
  return method === 'eth_getBlockByNumber' && String(params[0]).startsWith('0x') && (answer ?? null) === null
}

/** The answer to a call on which two nodes agree. @throws {@link InconsistentNodeError} when they do not */
async function agreed(call: Call, at: number, one: Answered, other: Answered): Promise<unknown> {
  const [first, second] = [one.answers[at], other.answers[at]]
  const names = `${one.member.name} and ${other.member.name}`
  if (call.method === 'eth_getBlockByNumber') {
    const [a, b] = [headerOf(first, undefined), headerOf(second, undefined)]
    if (call.params[0] === 'finalized') return !a || !b ? null : a.number <= b.number ? first : second
    if (call.params[0] === 'latest' && a && b && a.number !== b.number) {
      const [older, newer, header] = a.number < b.number ? [first, other, a] : [second, one, b]
      const again = await newer.member.rpc.call({ ...call, params: [`0x${header.number.toString(16)}`, false] })
      if (headerOf(again, header.number)?.hash === header.hash) return older
      throw new InconsistentNodeError(`${names} do not have the same block ${header.number}`)
    }
    if (wordOf(a) === wordOf(b)) return first
    throw new InconsistentNodeError(`${names} do not have the same block ${String(call.params[0])}`)
  }
  const word = call.method === 'eth_getLogs' ? wordOfLogs : (answer: unknown) => JSON.stringify(answer)?.toLowerCase()
  if (word(first) === word(second)) return first
  throw new InconsistentNodeError(
    `${names} do not give the same answer to ${call.method} ${JSON.stringify(call.params)}`,
  )
}

function wordOf(header: Header | undefined): string {
  return header ? `${header.number} ${header.hash} ${header.parentHash} ${header.time}` : ''
}

/** What a list of logs says, in whatever order, letters and number of times. */
function wordOfLogs(answer: unknown): string {
  if (!Array.isArray(answer)) throw new InconsistentNodeError('its answer is not a list of logs')
  const words = answer
    .map((log) => Object(log) as Record<string, unknown>)
    .filter(({ removed }) => removed !== true)
    .map(({ blockHash, logIndex, address, topics, data }) =>
      JSON.stringify([blockHash, Number(logIndex), address, topics, data]).toLowerCase(),
    )
  return [...new Set(words)].toSorted().join('\n')
}
