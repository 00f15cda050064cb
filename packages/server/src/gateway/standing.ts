import { StemmaError, type Address } from 'stemma/core'
import { explainNodeError, NodeAnswerError, type Ledger } from 'stemma/sdk'

import { HeadFollower } from './headFollower.ts'
import { KeyReader, nextChange, type KeyState, type Words } from './keyStanding.ts'
import { isSameBinding, type Head, type KeyEntry, type Refusal, type Standing } from './ports.ts'

/** Milliseconds between two looks at the head. */
const INTERVAL = 1000
/** How old a head may be by default: so many blocks, within these bounds in seconds. */
const BLOCKS = 3
const [LEAST_AGE, MOST_AGE] = [30, 600]
/** Seconds after which everything is read again though nothing was logged, as a role may begin by time alone. */
const READ_AGAIN = 300

/** A standing that follows the head by itself. */
export type FollowedStanding = Standing & {
  /** How old the head may be now, in seconds; infinite where any age is allowed. */
  readonly maxHeadAge: number
  /** Looks at the head now, and acts on what it finds. Failures go to `onFailure`. */
  look(): Promise<void>
}

/** What is known of a key. */
type Known = {
  entry: KeyEntry
  state: KeyState
  /** Null when the key's calls are permitted. */
  refusal: Refusal | null
  /** Until when that holds by what was read, in Unix seconds. */
  until: number
  /** From which time of a block on it has to be read again, in Unix seconds. */
  dueAt: number
}

/**
 * Follows the head of the chain, and keeps what it permits to each key: what `evaluate` says of the lineage, and `LoadCheck` of the
 * model with the tensors that its registration states.
 *
 * - Each second, the latest block is looked at. Where the ledger's contracts logged nothing in the blocks since, all stands; else everything
 *   is read again as of that block, and counts only if all of it was read and the block is still the same.
 * - What depends on time is judged by the clock between two blocks: credentials, verifications of publishers and certificates begin and
 *   end to the second. What would begin counts once a block that is late enough was read.
 * - A head of another branch is read like any other, also a lower one. A lower block of the same branch changes nothing: some node lags.
 * - Calls are refused while the head is too old, while no node answers for as long, from the moment that nodes disagree, and while what
 *   changed could not be read.
 *
 * Resolves when the keys were read as of a first head.
 *
 * @throws what the node does wrong at the start
 */
export async function openStanding(parameters: openStanding.Parameters): Promise<FollowedStanding> {
  const {
    ledger,
    operator,
    words = {},
    interval = INTERVAL,
    now = Date.now,
    isLive = () => true,
    onFailure,
  } = parameters
  const { maxHeadAge = ledger.deployment.maxAge === 0 ? 0 : undefined } = parameters
  const follower = new HeadFollower(ledger)
  const reader = new KeyReader(ledger, operator, words)
  const known = new Map<string, Known>()
  const listeners = new Set<Parameters<Standing['onLost']>[0]>()
  /** When the head was first met, when a node last showed it, and when everything was last read; by our clock, in seconds. */
  let [metAt, answeredAt, readAt] = [0, 0, 0]
  /** The earliest time at which something that was read may change, in Unix seconds. */
  let nextTime = Infinity
  let isDisputed = false
  /** The highest block at which something had changed that is not read yet, and when it was met. Nothing is permitted until a block as high was read. */
  let unread: { block: number; at: number } | undefined
  let failure: Error | undefined
  let isClosed = false

  const clock = (): number => now() / 1000
  /** The chain's time by now: that of our clock, or later where the chain's is ahead. */
  const timeNow = (): number => {
    const { head } = follower
    return Math.max(clock(), head ? head.time + Math.max(0, clock() - metAt) : 0)
  }
  const ageLimit = (): number => {
    if (maxHeadAge !== undefined) return maxHeadAge === 0 ? Infinity : maxHeadAge
    return Math.min(MOST_AGE, Math.max(LEAST_AGE, BLOCKS * (follower.blockTime ?? 0)))
  }
  const staleness = (): Refusal | undefined => {
    const { head } = follower
    if (!head || unread) return stale('has not read what changed on the chain')
    if (isDisputed) return stale('asks nodes that do not agree about the chain')
    const limit = ageLimit()
    const age = timeNow() - head.time
    if (age > limit)
      return stale(`knows no block younger than ${Math.floor(age)} s, and ${Math.floor(limit)} s are allowed`)
    // Where a block may be of any age, a node has to answer all the same.
    // A clock that was set back does not say for how long none has: the next answer does.
    return Math.abs(clock() - answeredAt) > Math.min(limit, MOST_AGE) ? stale('reaches no node') : undefined
  }

  const judge = ({ entry, state, dueAt }: Pick<Known, 'entry' | 'state' | 'dueAt'>): Known => {
    const time = Math.floor(timeNow())
    return { entry, state, dueAt, refusal: reader.judge(entry, state, time), until: nextChange(state, time) }
  }
  /** Keeps what was judged, all of it before the first listener is called: it may ask for any key. */
  const keep = (judged: readonly Known[]): void => {
    const lost = judged.filter(({ entry, refusal }) => {
      const before = known.get(entry.id)
      return refusal && before?.refusal === null && isSameBinding(before.entry, entry)
    })
    for (const each of judged) known.set(each.entry.id, each)
    nextTime = least(known.values(), ({ until }) => until)
    for (const { entry, refusal } of lost) for (const listener of listeners) listener(entry.credential, refusal!, entry)
  }
  /** Judges what time has changed. */
  const passTime = (): void => {
    const time = timeNow()
    if (time >= nextTime) keep([...known.values()].filter(({ until }) => time >= until).map(judge))
  }

  /** Reads keys as of a head. Nothing counts unless all was read and the block still stands. */
  const read = async (entries: readonly KeyEntry[], head: Head): Promise<Known[]> => {
    const states = await reader.read(entries, head)
    if (!(await follower.holds(head))) throw new NodeAnswerError(new Error(`block ${head.block} changed meanwhile`))
    return entries.map((entry) => {
      const state = states.get(entry.id)!
      return { entry, state, dueAt: nextChange(state, head.time), refusal: null, until: 0 }
    })
  }

  const act = async (): Promise<void> => {
    const look = await follower.look()
    // A block that no node shows any more is of another branch, or was made up. A head from before it is too old by now.
    if (unread && clock() - unread.at > Math.min(ageLimit(), MOST_AGE)) unread = undefined
    if (look.kind === 'same') {
      if (!look.isBehind) settled()
      return
    }
    const { head } = look
    const isDue = head.time >= least(known.values(), ({ dueAt }) => dueAt) || clock() - readAt > READ_AGAIN
    if (look.kind === 'quiet' && !isDue) return accept(head, true)
    if (look.kind === 'changed' && follower.head && !(unread && unread.block > head.block)) {
      unread = { block: head.block, at: clock() }
    }
    for (const [id, { entry }] of known) if (!isLive(entry)) known.delete(id)
    const entries = follower.head ? Array.from(known.values(), ({ entry }) => entry) : parameters.keys
    const states = await read(entries, head)
    accept(head, look.kind === 'quiet' || look.follows)
    readAt = clock()
    keep(states.map(judge))
  }
  const accept = (head: Head, follows: boolean): void => {
    follower.accept(head, follows)
    // What a node shows that lags behind another does not say what the other has shown.
    if (unread && head.block >= unread.block) unread = undefined
    metAt = clock()
    settled()
  }
  const settled = (): void => {
    answeredAt = clock()
    isDisputed = false
    note(undefined)
  }
  const note = (found: Error | undefined): void => {
    if (found?.message !== failure?.message) onFailure?.(found)
    failure = found
  }

  /** One thing at a time: a look, or the reading of keys that were added. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const done = turn.then(run)
    turn = done.catch(() => undefined)
    return done
  }
  const look = (): Promise<void> =>
    inTurn(async () => {
      try {
        await act()
      } catch (error) {
        const explained = await explainNodeError(error)
        if (explained instanceof StemmaError && explained.code === 'NODES_DISAGREE') isDisputed = true
        note(explained)
      }
      passTime()
    })

  await act()
  let timer: NodeJS.Timeout
  const follow = (): void => {
    timer = setTimeout(() => void look().finally(() => isClosed || follow()), interval).unref()
  }
  follow()

  return {
    get head() {
      return follower.head
    },
    get maxHeadAge() {
      return ageLimit()
    },
    look,
    check(entry) {
      const refusal = staleness()
      if (refusal) return refusal
      passTime()
      const found = known.get(entry.id)
      if (!found || !isSameBinding(found.entry, entry)) return stale('has not read the standing of this key yet')
      if (found.refusal) return found.refusal
      return { block: follower.head!.block, epoch: found.state.kind === 'read' ? found.state.epoch : 0 }
    },
    placeOf({ id }) {
      // The clock may be as wrong as the head is old, and a record with its time would be the last that the log can take.
      if (staleness()) return undefined
      const state = known.get(id)?.state
      return follower.head && state?.kind === 'read' ? { block: follower.head.block, epoch: state.epoch } : undefined
    },
    onLost(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    include: (entries) =>
      inTurn(async () => {
        const missing = entries.filter((entry) => {
          const found = known.get(entry.id)
          return !found || !isSameBinding(found.entry, entry)
        })
        if (missing.length === 0) return
        keep((await read(missing, follower.head!)).map(judge))
      }),
    async close() {
      isClosed = true
      clearTimeout(timer)
      await turn
      listeners.clear()
    },
  }
}

export declare namespace openStanding {
  type Parameters = {
    /** Its provider may stand for several nodes: `nodeProvider(urls, deployment, { agree: 2 })`. */
    ledger: Ledger
    /** The account under which this gateway anchors: the epochs are those of its logs. */
    operator: Address
    /** The keys at the start. Later ones come by `include`. */
    keys: readonly KeyEntry[]
    /** Whether a key has not ended. One that has is not read again. */
    isLive?: (entry: KeyEntry) => boolean
    /**
     * How old the head may be, in seconds; 0 for any age. By default three block times as seen, from 30 s to 10 minutes; any age where the
     * deployment allows any (`maxAge: 0`).
     */
    maxHeadAge?: number
    /** Milliseconds between two looks at the head; 1,000 when left out. */
    interval?: number
    /** Whose words count. */
    words?: Words
    /** The clock, in milliseconds since 1970. */
    now?: () => number
    /** Called when the head cannot be followed, and with undefined when it can again. */
    onFailure?: (failure: Error | undefined) => void
  }
}

function least(all: Iterable<Known>, timeOf: (known: Known) => number): number {
  let time = Infinity
  for (const each of all) time = Math.min(time, timeOf(each))
  return time
}

function stale(why: string): Refusal {
  const message = `The gateway ${why}, so it cannot say what is licensed now. Try again in 5 s.`
  return { status: 503, code: 'ledger_stale', message, retryAfter: 5 }
}
