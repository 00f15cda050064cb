import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { StemmaError } from '../core/errors.ts'
import { isBytes32, ZERO_DIGEST, type Address, type CredentialId } from '../core/hex.ts'
import { LogRangeError } from '../core/merkleLog.ts'
import { type Checkpoint, isEpoch, type LogOwner } from '../core/usage.ts'
import { type CallId, checkRecord, InvalidRecordError } from '../core/callRecord.ts'
import { openJournal, type Journal, type Position } from './journal.ts'
import type { ReceiptKeyBinding, UsageReceipt } from '../core/receipt.ts'
import { openReceiptKey, type SignReceiptKey } from './receiptKey.ts'
import { startSealer, type ThreadedSealer } from './sealThread.ts'
import type { EndedCall } from './sealer.ts'
import { CallStateError, DamagedStoreError, StoreFailedError } from './storeErrors.ts'
import type { RecordProof } from '../core/usageProof.ts'
import type { CallCounts, CallEnd, CallIntent, KeptCall, SealedHead, UsageStore } from './usageStore.ts'

/** Calls that go to the thread at a time: to copy them keeps the event loop for about half a millisecond. */
const STAGED_AT_ONCE = 1024
/** Most calls of a batch. */
const MAX_BATCH = 16 * STAGED_AT_ONCE
/** What becomes of a call that a crash cut: nobody knows what it used. */
const CUT: Omit<CallEnd, 'call'> = {
  request: ZERO_DIGEST,
  response: ZERO_DIGEST,
  outcome: 'failed',
  inputTokens: 0,
  outputTokens: 0,
  counted: 'estimated',
}

/**
 * Opens the usage store in a folder, or makes one. What a crash left is put in order first: calls that ended will be sealed, and those that
 * had not become `failed` records without tokens, once. `docs/formats/usage-log.md` describes the folder.
 *
 * @example
 * const store = await openUsageStore({ folder, operator, signReceiptKey: ({ domain, types, message }) =>
 *   wallet.signTypedData(domain, types, message) })
 *
 * @throws `DamagedStoreError` when a file is not as it was written; it says what can be rebuilt
 * @throws `ForeignStoreError` `ReceiptKeyError` when the folder is of another operator
 * @throws what `openJournal` throws, as when another process has the folder open
 */
export function openUsageStore(settings: openUsageStore.Settings): Promise<UsageStore> {
  return openStoreWith(startSealer, settings)
}

/** Opens a store whose sealer is another than that in a thread. */
export async function openStoreWith(
  start: (folder: string) => Promise<ThreadedSealer>,
  settings: openUsageStore.Settings,
): Promise<UsageStore> {
  const { folder, operator, signReceiptKey, clock = () => Math.floor(Date.now() / 1000), sealEvery = 1 } = settings
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  const journal = await openJournal(join(folder, 'journal'), settings.journal)
  let sealer: ThreadedSealer | undefined
  try {
    const { key, from, binding } = await openReceiptKey(folder, { operator, now: clock(), signReceiptKey })
    const receiptKey = { operator, key, from, binding }
    // The thread takes as long to start as the journal to read.
    const [started, read] = await Promise.allSettled([start(folder), readJournal(journal)])
    if (started.status === 'rejected') throw started.reason
    sealer = started.value
    if (read.status === 'rejected') throw read.reason
    const ended = await recover(journal, read.value, sealer)
    const { rewriteAfter = 100_000 } = settings
    const counts = await sealer.counts()
    const store = new JournaledStore({
      folder,
      operator,
      receiptKey,
      journal,
      sealer,
      clock,
      rewriteAfter,
      counts,
      ended,
    })
    store.sealEvery(sealEvery)
    return store
  } catch (error) {
    await sealer?.close()
    await journal.close()
    throw error
  }
}

export declare namespace openUsageStore {
  /** Where the store is, and for whom. */
  type Settings = {
    /** Only the owner can enter it. */
    folder: string
    /** The account that anchors the logs; lower case. */
    operator: Address
    /** Asked once, at the first start: the operator's signature that binds the receipt key to its account. */
    signReceiptKey: SignReceiptKey
    /** Now, in Unix seconds. */
    clock?: () => number
    /** Seconds from one sealing to the next; 1 by default. */
    sealEvery?: number
    journal?: Parameters<typeof openJournal>[1]
    /**
     * How many calls may end while one goes on, before its intent is written again; 100,000 by default. Until then it holds back the
     * segments of the journal.
     */
    rewriteAfter?: number
  }
}

/** What a journal has: calls that did not end, calls that ended, and ends of calls whose intents are gone. */
type JournaledCalls = { begun: Map<CallId, OpenCall>; ended: Map<CallId, EndedOpenCall>; orphans: CallId[] }

async function readJournal(journal: Journal): Promise<JournaledCalls> {
  const calls: JournaledCalls = { begun: new Map(), ended: new Map(), orphans: [] }
  for await (const { entry, position } of journal.entries()) {
    if ('intent' in entry) calls.begun.set(entry.intent.call, openCallOf(entry.intent, position))
    else if ('end' in entry) takeEnd(calls, entry.end)
  }
  return calls
}

function takeEnd({ begun, ended, orphans }: JournaledCalls, end: CallEnd): void {
  const open = begun.get(end.call)
  if (!open) return void orphans.push(end.call)
  begun.delete(end.call)
  ended.set(end.call, Object.assign(open, { ended: endedCallOf(open.intent, end) }))
}

/** The calls of a journal that ended and are not sealed, in their order. Those that a crash cut are ended first. */
async function recover(
  journal: Journal,
  calls: JournaledCalls,
  sealer: ThreadedSealer,
): Promise<Map<CallId, EndedOpenCall>> {
  const { begun, ended, orphans } = calls
  const unsealed = sealer.unsealed.filter((call) => !ended.has(call))
  if (unsealed.length > 0) {
    const path = join(journal.folder, '..', 'index.sqlite')
    throw new DamagedStoreError(
      path,
      `it lacks ${unsealed.length} calls that the logs have, such as ${unsealed[0]}`,
      'index',
    )
  }

  // The intent of a sealed call may be gone with its segment, or have been written again behind the call's end.
  const sealed = new Set(await sealer.sealedAmong([...ended.keys(), ...orphans, ...begun.keys()]))
  const lost = orphans.find((call) => !sealed.has(call))
  if (lost !== undefined) {
    throw new DamagedStoreError(journal.folder, `call ${lost} ended there, but does not begin`, 'journal')
  }
  const cut = [...begun.keys()].filter((call) => !sealed.has(call) && !ended.has(call))
  const ends = cut.map((call) => ({ call, ...CUT }))
  await Promise.all(ends.map((end) => journal.append({ end })))
  for (const end of ends) takeEnd(calls, end)
  for (const call of sealed) ended.delete(call)
  return ended
}

/** Seals calls as one batch, in slices that do not keep the event loop long. */
async function sealBatch(sealer: ThreadedSealer, calls: readonly EndedCall[], now: number): Promise<void> {
  for (let from = 0; from < calls.length; from += STAGED_AT_ONCE) {
    await sealer.stage(calls.slice(from, from + STAGED_AT_ONCE))
  }
  await sealer.seal(now)
}

/** A call that has not been sealed. */
type OpenCall = {
  intent: CallIntent
  /** Where its intent stands in the journal, or before. */
  position: Position
  /** How many calls had ended when it was written. */
  age: number
  /** Settled when the intent is on the disk. */
  begun: Promise<unknown>
  isEnding: boolean
}
/** A call that has ended. */
type EndedOpenCall = OpenCall & { ended: EndedCall }

function openCallOf(intent: CallIntent, position: Position): OpenCall {
  return { intent, position, age: 0, begun: Promise.resolve(), isEnding: false }
}

/** The usage store of a folder: the journal in this thread, the sealer in another. */
class JournaledStore implements UsageStore {
  readonly operator: Address
  readonly receiptKey: ReceiptKeyBinding
  readonly #folder: string
  readonly #journal: Journal
  readonly #sealer: ThreadedSealer
  readonly #clock: () => number
  readonly #rewriteAfter: number
  readonly #counts: Map<CredentialId, CallCounts>
  /** Calls that have not ended. */
  readonly #open = new Map<CallId, OpenCall>()
  /** Calls that have ended, until they are sealed. */
  readonly #ended: Map<CallId, EndedOpenCall>
  #endedEver = 0
  readonly #listeners = new Set<() => void>()
  #failure: StoreFailedError | undefined
  #timer: NodeJS.Timeout | undefined
  #sealing: Promise<void> = Promise.resolve()

  constructor(parts: JournaledStore.Parts) {
    this.operator = parts.operator
    this.receiptKey = parts.receiptKey
    this.#folder = parts.folder
    this.#journal = parts.journal
    this.#sealer = parts.sealer
    this.#clock = parts.clock
    this.#rewriteAfter = parts.rewriteAfter
    this.#counts = parts.counts
    this.#ended = parts.ended
    for (const { ended } of parts.ended.values()) this.#count(ended)
  }

  get failure(): StemmaError | undefined {
    return this.#failure ?? this.#journal.failure
  }

  async begin(intent: CallIntent): Promise<void> {
    if (this.failure) throw this.failure
    const { call, credential, epoch } = intent
    checkRecord({ ...recordOf(intent, { call, ...CUT }), index: 0 }, `call ${call}`, 2)
    if (!isBytes32(credential))
      throw new InvalidRecordError(`call ${call}`, 'credential', credential, 'a credential’s id')
    if (!isEpoch(epoch)) throw new InvalidRecordError(`call ${call}`, 'epoch', epoch, 'a whole number below 2^32')
    if (this.#open.has(call) || this.#ended.has(call)) {
      throw new CallStateError(call, 'began already', 'Give each call an id of its own.')
    }
    const position = this.#journal.end
    const begun = this.#journal.append({ intent })
    const open: OpenCall = { intent, position, begun, age: this.#endedEver, isEnding: false }
    this.#open.set(call, open)
    try {
      open.position = await begun
    } catch (error) {
      this.#open.delete(call)
      throw error
    }
  }

  async end(end: CallEnd): Promise<void> {
    if (this.failure) throw this.failure
    const open = this.#open.get(end.call)
    if (!open || open.isEnding) {
      throw new CallStateError(end.call, open ? 'ends already' : 'is not open', 'End each call once, after it began.')
    }
    const ended = endedCallOf(open.intent, end)
    checkRecord({ ...ended.record, index: 0 }, `call ${end.call}`, 2)
    open.isEnding = true
    // An intent that the journal has refused at once has no end. One on its way is in front of it: both may share a sync.
    await Promise.race([open.begun, undefined])
    await this.#journal.append({ end })
    this.#open.delete(end.call)
    this.#endedEver += 1
    this.#ended.set(end.call, Object.assign(open, { ended }))
    this.#count(ended)
  }

  countsOf(credential: CredentialId): CallCounts {
    return this.#counts.get(credential) ?? { calls: 0, tokens: 0 }
  }

  async find(call: CallId): Promise<KeptCall | undefined> {
    const ended = this.#ended.get(call)?.ended
    if (!ended) return this.#sealer.find(call)
    const { credential, epoch, record } = ended
    return { owner: { operator: this.operator, credential, epoch }, record }
  }

  prove(call: CallId, size?: number): Promise<RecordProof> {
    return this.#sealer.prove(call, size)
  }

  receiptOf(call: CallId): Promise<UsageReceipt | undefined> {
    return this.#sealer.receiptOf(call)
  }

  heads(since?: ReadonlyMap<string, number>): Promise<SealedHead[]> {
    return this.#sealer.heads(since)
  }

  async stateAt(owner: LogOwner, size: number): Promise<Checkpoint> {
    if (owner.operator !== this.operator && size !== 0) throw new LogRangeError('size', size, 0, 0)
    return this.#sealer.stateAt(owner, size)
  }

  onSealed(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Seals again and again, a number of seconds after the last time. */
  sealEvery(seconds: number): void {
    this.#timer = setTimeout(() => {
      void this.#seal().then(() => {
        if (this.#timer && !this.failure) this.sealEvery(seconds)
      })
    }, seconds * 1000).unref()
  }

  seal(): Promise<void> {
    return this.#seal()
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // Behind all that was appended before.
    if (!this.failure) await this.#journal.append({ note: 'closed' }).catch(() => undefined)
    await this.#seal()
    await this.#sealer.close()
    await this.#journal.close()
  }

  /** Seals what has ended, batch after batch. A failure ends the store; it is not thrown. */
  #seal(): Promise<void> {
    return (this.#sealing = this.#sealing.then(async () => {
      while (!this.failure && this.#ended.size > 0) {
        try {
          await this.#sealBatch()
        } catch (error) {
          this.#failure = new StoreFailedError(this.#folder, error as Error)
          return
        }
        for (const listener of this.#listeners) listener()
        // Otherwise what is left can wait until the next time.
        if (this.#ended.size < MAX_BATCH && this.#timer) return
      }
    }))
  }

  async #sealBatch(): Promise<void> {
    const batch: EndedCall[] = []
    for (const { ended } of this.#ended.values()) {
      batch.push(ended)
      if (batch.length === MAX_BATCH) break
    }
    await sealBatch(this.#sealer, batch, this.#clock())
    for (const { record } of batch) this.#ended.delete(record.call)
    await this.#holdBackLess()
    await this.#journal.release(this.#oldest())
  }

  /** Writes the intents of calls that take long again, so that the journal can drop its old segments. */
  async #holdBackLess(): Promise<void> {
    const now = this.#endedEver
    const old = [...this.#open.values()].filter(({ age, isEnding }) => now - age > this.#rewriteAfter && !isEnding)
    const write = async (open: OpenCall): Promise<void> => {
      open.position = await this.#journal.append({ intent: open.intent })
      open.age = now
    }
    // A disk that is nearly full takes no intents: the old segments stay for now.
    await Promise.allSettled(old.map(write))
  }

  #count({ credential, record }: EndedCall): void {
    const { calls, tokens } = this.countsOf(credential)
    this.#counts.set(credential, {
      calls: calls + (record.outcome === 'served' ? 1 : 0),
      tokens: tokens + record.inputTokens + record.outputTokens,
    })
  }

  /** Where the oldest entry stands that is needed. */
  #oldest(): Position {
    let oldest = this.#journal.end
    for (const { position } of this.#open.values()) oldest = Math.min(oldest, position)
    for (const { position } of this.#ended.values()) oldest = Math.min(oldest, position)
    return oldest
  }
}

declare namespace JournaledStore {
  type Parts = {
    folder: string
    operator: Address
    receiptKey: ReceiptKeyBinding
    journal: Journal
    sealer: ThreadedSealer
    clock: () => number
    rewriteAfter: number
    /** Of what is sealed. */
    counts: Map<CredentialId, CallCounts>
    ended: Map<CallId, EndedOpenCall>
  }
}

function endedCallOf(intent: CallIntent, end: CallEnd): EndedCall {
  return { credential: intent.credential, epoch: intent.epoch, record: recordOf(intent, end) }
}

function recordOf({ call, time, block, use }: CallIntent, end: CallEnd): EndedCall['record'] {
  return { ...end, call, time, block, use }
}
