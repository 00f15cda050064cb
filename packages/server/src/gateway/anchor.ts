import { setTimeout as wait } from 'node:timers/promises'

import type { LogOwner, SealedHead, UsageStore } from 'stemma/audit'
import { logIdOf, mapConcurrent, StemmaError, type CredentialId, type LogId } from 'stemma/core'
import {
  anchorCheckpoint,
  CheckpointNotFoundError,
  listCheckpoints,
  readCheckpoint,
  readLogEpoch,
  type AnchoredCheckpoint,
  type Ledger,
} from 'stemma/sdk'

/** Most checkpoints that are sent, and most logs that are compared, at a time. */
const MOST_AT_A_TIME = 16
/** Most logs whose checkpoints are remembered for questions about calls. */
const MOST_REMEMBERED = 256
/** Longest pause after failures, in seconds. */
const LONGEST_PAUSE = 600

/** Anchors the logs of a gateway while it runs. */
export type Anchoring = {
  /** Why it has stopped: the chain has what the disk does not. Undefined while all is well. */
  readonly failure: LogBehindChainError | undefined
  /** Anchors what is sealed now. A log that could not be anchored is tried again later. */
  anchorNow(): Promise<void>
  /** The oldest checkpoint that holds a record of a log; undefined while none does. */
  checkpointOf(owner: LogOwner, index: number): Promise<AnchoredCheckpoint | undefined>
  /** Anchors once more, and ends. */
  close(): Promise<void>
}

/**
 * Compares the logs of a store with the chain, and anchors how far they have grown: every so many seconds or records, whatever comes
 * first, and once more at the end. Each log takes a transaction of its own, several at a time. What fails is tried again after a pause
 * that doubles; before each transaction the chain is asked, so that a size is anchored once even where a receipt was lost.
 *
 * @throws {@link LogBehindChainError} when the chain has more of a log than the disk, or other records
 */
export async function startAnchoring(settings: startAnchoring.Settings): Promise<Anchoring> {
  const { store, ledger, everySeconds = 600, everyRecords = 10_000, onAnchored, onError } = settings
  const sleep = settings.sleep ?? ((seconds, signal) => wait(seconds * 1000, undefined, { signal, ref: false }))
  /** How many records of each log are on the chain. Closed logs count as whole, as nothing more of them can be anchored. */
  const anchored = new Map<string, number>()
  const remembered = new Map<LogId, AnchoredCheckpoint[]>()
  const stop = new AbortController()
  const waiting = settings.signal ? { signal: settings.signal } : {}
  let failure: LogBehindChainError | undefined
  let failures = 0
  let turn: Promise<void> = Promise.resolve()

  await compareAll(store, ledger, settings.credentials ?? [])

  const anchorLog = async ({ owner, checkpoint }: SealedHead): Promise<void> => {
    const log = logIdOf(owner.operator, owner.credential, owner.epoch)
    if (anchored.get(log) === Infinity) return
    const isClosed = (await readLogEpoch(ledger, owner)) > owner.epoch
    const known = isClosed ? Infinity : await requireContinued(store, ledger, owner, Number(checkpoint.size))
    if (known >= Number(checkpoint.size)) {
      anchored.set(log, known)
      return
    }
    const { transaction, block } = await anchorCheckpoint(ledger, { ...owner, checkpoint, ...waiting })
    anchored.set(log, Number(checkpoint.size))
    // Read again with the block and the transaction when somebody asks.
    remembered.delete(log)
    onAnchored?.({ owner, checkpoint, ...(transaction && { transaction }), ...(block !== undefined && { block }) })
  }

  const anchorAll = async (): Promise<void> => {
    if (failure) throw failure
    const errors: unknown[] = []
    const heads = await store.heads(anchored)
    await mapConcurrent(heads, MOST_AT_A_TIME, async (head) => {
      if (Number(head.checkpoint.size) === 0) return
      await anchorLog(head).catch((error: unknown) => errors.push(error))
    })
    const behind = errors.find((error) => error instanceof LogBehindChainError)
    if (behind) throw behind
    if (errors.length > 0) throw errors[0]
  }

  const anchorNow = (): Promise<void> => {
    turn = turn.then(async () => {
      try {
        await anchorAll()
        failures = 0
      } catch (error) {
        if (error instanceof LogBehindChainError) {
          failure = error
          stop.abort()
        }
        failures += 1
        onError(error)
      }
    })
    return turn
  }

  /** Ends the pause between two turns. */
  let wake = (): void => {}
  const isGrown = async (): Promise<boolean> => {
    const heads = await store.heads(anchored)
    const grown = heads.map(({ owner, checkpoint }) => {
      const known = anchored.get(logIdOf(owner.operator, owner.credential, owner.epoch)) ?? 0
      return Math.max(0, Number(checkpoint.size) - known)
    })
    return grown.reduce((sum, each) => sum + each, 0) >= everyRecords
  }
  let asking = false
  const offSealed = store.onSealed(() => {
    // After a failure only the pause decides when to try again.
    if (asking || failures > 0) return
    asking = true
    void isGrown()
      .then((grown) => grown && wake())
      .catch(onError)
      .finally(() => (asking = false))
  })

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const woken = new Promise<void>((resolve) => (wake = resolve))
      const pause = failures === 0 ? everySeconds : Math.min(2 ** failures, everySeconds, LONGEST_PAUSE)
      const timer = new AbortController()
      const signal = AbortSignal.any([stop.signal, timer.signal])
      await Promise.race([sleep(pause, signal).catch(() => {}), woken])
      timer.abort()
      if (!stop.signal.aborted) await anchorNow()
    }
  }
  const running = run()

  return {
    get failure() {
      return failure
    },
    anchorNow,
    async checkpointOf(owner, index) {
      const log = logIdOf(owner.operator, owner.credential, owner.epoch)
      const holds = ({ size }: AnchoredCheckpoint): boolean => size > BigInt(index)
      const known = remembered.get(log)?.find(holds)
      if (known || (anchored.get(log) ?? 0) <= index) return known
      const checkpoints = await listCheckpoints(ledger, { log })
      remembered.delete(log)
      remembered.set(log, checkpoints)
      for (const oldest of remembered.keys()) {
        if (remembered.size <= MOST_REMEMBERED) break
        remembered.delete(oldest)
      }
      return checkpoints.find(holds)
    },
    async close() {
      offSealed()
      const isRunning = !stop.signal.aborted
      stop.abort()
      wake()
      await running
      if (isRunning) await anchorNow()
    },
  }
}

export declare namespace startAnchoring {
  /** What is anchored, where, and how often. */
  type Settings = {
    store: UsageStore
    /** Connected by the operator's account, or one that may anchor for it. */
    ledger: Ledger
    /** Longest time between checkpoints of a log that grows; 600 by default. */
    everySeconds?: number
    /** Records of all logs after which they are anchored earlier; 10,000 by default. */
    everyRecords?: number
    /** The credentials that the gateway has keys for: their logs are compared also where the disk has nothing of them. */
    credentials?: readonly CredentialId[]
    onAnchored?: (anchored: SealedHead & { transaction?: string; block?: number }) => void
    /** Called with each failure. After a {@link LogBehindChainError} nothing more is anchored: stop the gateway. */
    onError: (error: unknown) => void
    /** Ends the waiting for receipts. */
    signal?: AbortSignal
    /** Waits for so many seconds, or rejects when the signal says so; by the clock when left out. */
    sleep?: (seconds: number, signal: AbortSignal) => Promise<void>
  }
}

/** Compares all logs of a store, and the open ones of some credentials, with what was anchored of them. */
async function compareAll(store: UsageStore, ledger: Ledger, credentials: readonly CredentialId[]): Promise<void> {
  const heads = await store.heads()
  const sizes = new Map(
    heads.map(({ owner, checkpoint }) => [logIdOf(owner.operator, owner.credential, owner.epoch), checkpoint.size]),
  )
  const open = await mapConcurrent(credentials, MOST_AT_A_TIME, async (credential): Promise<LogOwner> => {
    const { operator } = store
    return { operator, credential, epoch: await readLogEpoch(ledger, { operator, credential }) }
  })
  const missing = open.filter((owner) => !sizes.has(logIdOf(owner.operator, owner.credential, owner.epoch)))
  const owners = [...heads.map(({ owner }) => owner), ...missing]
  await mapConcurrent(owners, MOST_AT_A_TIME, async (owner) => {
    const size = Number(sizes.get(logIdOf(owner.operator, owner.credential, owner.epoch)) ?? 0n)
    await requireContinued(store, ledger, owner, size)
  })
}

/** How many records of a log are on the chain. @throws {@link LogBehindChainError} when the log on the disk does not continue them */
async function requireContinued(store: UsageStore, ledger: Ledger, owner: LogOwner, size: number): Promise<number> {
  const log = logIdOf(owner.operator, owner.credential, owner.epoch)
  const latest = await readCheckpoint(ledger, { log }).catch((error: unknown) => {
    if (error instanceof CheckpointNotFoundError) return undefined
    throw error
  })
  if (!latest) return 0
  if (latest.size <= BigInt(size)) {
    const own = await store.stateAt(owner, Number(latest.size))
    if (own.root === latest.root && own.calls === latest.calls && own.tokens === latest.tokens)
      return Number(latest.size)
  }
  // Nothing is added to a log that was closed, so what the disk has of it does not matter any more.
  if ((await readLogEpoch(ledger, owner)) > owner.epoch) return Infinity
  throw new LogBehindChainError(owner, latest.size, BigInt(size))
}

/** Thrown when the chain has records of a log that the disk does not have: a restored backup, or two gateways with one account. */
export class LogBehindChainError extends StemmaError {
  override name = 'LogBehindChainError'
  /** Whose log it is. */
  readonly owner: LogOwner

  constructor(owner: LogOwner, anchored: bigint, size: bigint) {
    const { operator, credential, epoch } = owner
    const what =
      anchored > size
        ? `the chain has ${anchored} records, and this folder has ${size}`
        : `the first ${anchored} records differ from those that were anchored`
    super(
      'LOG_BEHIND_CHAIN',
      `Of the usage log of operator ${operator} for credential ${credential} (epoch ${epoch}), ${what}. The folder is an old copy, or another gateway anchors with the same account. Restore the newest copy of the folder, and give each gateway an account of its own; where the records are lost, close the log with "stemma usage reopen ${credential} --operator ${operator}" and start again.`,
    )
    this.owner = owner
  }
}
