import type { CallCounts } from 'stemma/audit'
import { mapConcurrent, quoted, type CredentialId } from 'stemma/core'

import { createCallClock } from './callClock.ts'
import { createCallIds } from './callId.ts'
import type { KeyRecord } from './keyFile.ts'
import type { Keys } from './keys.ts'
import {
  isRefusal,
  isSameBinding,
  type Admission,
  type Admitted,
  type KeyEntry,
  type OperatorCounts,
  type Quotas,
  type QuotaStore,
  type Refusal,
  type ServedModel,
  type Standing,
} from './ports.ts'
import { notReady } from './pot.ts'
import { createRates } from './rate.ts'

/** The most tokens that one call reserves: more than the context of any model takes. */
const MOST_TOKENS = 1_048_576
/** Milliseconds after which a key that could not be prepared is tried again. */
const RETRY = 1000
/** Most credentials whose quotas are read at a time. */
const MOST_AT_A_TIME = 16
/** Most milliseconds that a call waits for its key to be prepared. */
const PREPARED_WITHIN = 5000

/** An admission that can say what is open, and be ended. */
export type KeyAdmission = Admission & {
  /** The calls that are admitted and not settled. */
  readonly open: number
  /** Why a name is not that of the key's model, where the name comes after the admission, as in a multipart body; else undefined. */
  covers(entry: KeyEntry, name: string): Refusal | undefined
  /** Reads the quotas of all keys again, as after other operators have anchored. */
  refresh(): Promise<void>
  /** Prepares keys no more. Open calls go on. */
  close(): void
}

/**
 * Decides which calls pass: by key, served name, standing, rate and quota, in that order. Resolves when the keys that there are have been
 * prepared, or have failed to be: keys are prepared again until that succeeds, and their calls are refused meanwhile.
 *
 * A call that is open ends by `onLost` when its key is ended, or its credential loses its standing.
 */
export async function createAdmission(parameters: createAdmission.Parameters): Promise<KeyAdmission> {
  const { keys, standing, quota, models, quotaOf, onFailure, now = Date.now, mostTokens = MOST_TOKENS } = parameters
  const rates = createRates(now)
  const clock = createCallClock(now, () => standing.head?.time)
  const nextId = createCallIds(clock)
  const served = new Map(models.map((model) => [model.name, model]))
  /** The keys that were prepared, as they were bound then. */
  const ready = new Map<string, KeyEntry>()
  const open = new Map<CredentialId, Set<Admitted>>()
  let retry: NodeJS.Timeout | undefined
  let isClosed = false
  let openCalls = 0

  const isLive = (entry: KeyEntry): boolean => {
    const record = keys.get(entry.id)
    return record !== undefined && record.ended === undefined && isSameBinding(record, entry)
  }
  const isReady = (entry: KeyEntry): boolean => {
    const prepared = ready.get(entry.id)
    return prepared !== undefined && isSameBinding(prepared, entry)
  }
  const lose = (calls: Iterable<Admitted>, isLost: (entry: KeyEntry) => boolean, refusal: Refusal): void => {
    for (const call of [...calls].filter(({ entry }) => isLost(entry))) call.onLost?.(refusal)
  }
  const stopListening = [
    // Another key of the credential may be for a use that is still permitted.
    standing.onLost((credential, refusal, { id }) =>
      lose(open.get(credential) ?? [], (entry) => entry.id === id, refusal),
    ),
    keys.onChange(() => {
      for (const calls of open.values()) lose(calls, (entry) => !isLive(entry), keyEnded())
      // A key that comes back is read again: its standing was not followed meanwhile.
      for (const [id, entry] of ready) if (!isLive(entry)) ready.delete(id)
      rates.keep(new Set(keys.all().map(({ id }) => id)))
      void prepare()
    }),
  ]

  /** Prepares the keys that are not ready, one round after the other. */
  let round: Promise<void> = Promise.resolve()
  const prepare = (): Promise<void> => (round = round.then(prepareAll))
  const prepareAll = async (): Promise<void> => {
    clearTimeout(retry)
    const missing = keys.all().filter((entry) => entry.ended === undefined && !isReady(entry))
    if (missing.length === 0 || isClosed) return
    const failures: unknown[] = []
    await mapConcurrent(byCredential(missing), MOST_AT_A_TIME, async (entries) => {
      try {
        await Promise.all([standing.include(entries), openQuota(entries[0]!)])
        // It may have ended meanwhile.
        for (const entry of entries) if (isLive(entry)) ready.set(entry.id, entry)
      } catch (error) {
        failures.push(error)
      }
    })
    if (failures.length === 0) return
    onFailure?.(failures[0] as Error)
    if (!isClosed) retry = setTimeout(() => void prepare(), RETRY).unref()
  }
  const openQuota = async (entry: KeyEntry): Promise<void> => {
    const { quotas, used } = await quotaOf(entry)
    await quota.open(entry, quotas, used)
  }
  await prepare()

  /** Waits while keys are being prepared: the holder of a new key calls as soon as it has it. Not between two tries. */
  const isPrepared = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PREPARED_WITHIN).unref()))
    await Promise.race([round, late]).finally(() => clearTimeout(timer))
  }

  const covers = (entry: KeyEntry, name: string): Refusal | undefined => {
    const model = served.get(name)
    if (!model) return modelUnknown(name, entry, models)
    return model.model === entry.model ? undefined : modelForbidden(name, entry, models)
  }

  const attempt = (entry: KeyEntry, name: string | undefined, tokens: number): Admitted | Refusal => {
    if (!isLive(entry)) return keyEnded()
    const uncovered = name === undefined ? undefined : covers(entry, name)
    if (uncovered) return uncovered
    if (!isReady(entry)) return notReady()
    const stands = standing.check(entry)
    if (isRefusal(stands)) return stands
    const slot = rates.take(entry.id, entry.rate, tokens)
    if (isRefusal(slot)) return slot
    const reservation = quota.reserve(entry.credential, tokens)
    if (isRefusal(reservation)) {
      slot.cancel()
      return reservation
    }
    const calls = open.get(entry.credential) ?? new Set()
    open.set(entry.credential, calls)
    const time = clock()
    let isOpen = true
    let lost: Refusal | undefined
    let onLost: Admitted['onLost']
    const admitted: Admitted = {
      entry,
      call: nextId(),
      time: Math.floor(time / 1000),
      ...stands,
      reserved: tokens,
      get onLost() {
        return (refusal: Refusal): void => {
          lost = refusal
          onLost?.(refusal)
        }
      },
      set onLost(listener) {
        onLost = listener
        // It may have been lost between the admission and now.
        if (lost) listener?.(lost)
      },
      settle(used: CallCounts) {
        if (!isOpen) return
        isOpen = false
        openCalls -= 1
        calls.delete(admitted)
        if (calls.size === 0 && open.get(entry.credential) === calls) open.delete(entry.credential)
        slot.release(used.tokens)
        reservation.settle(used)
      },
    }
    calls.add(admitted)
    openCalls += 1
    return admitted
  }

  return {
    get open() {
      return openCalls
    },
    covers,
    identify(secret) {
      if (secret === undefined || secret === '') return keyMissing()
      const record = keys.find(secret)
      if (!record) return keyUnknown()
      return record.ended === undefined ? record : keyEnded()
    },
    async admit(entry, name, tokens) {
      const asked = Math.min(Math.max(0, Math.ceil(tokens)), mostTokens)
      if (isLive(entry) && !ready.has(entry.id)) await isPrepared()
      const first = attempt(entry, name, asked)
      if (!isRefusal(first) || !first.code.startsWith('quota_')) return first
      const refilled = quota.refill?.(entry.credential, asked)
      if (!refilled) return first
      await refilled
      return attempt(entry, name, asked)
    },
    async refresh() {
      const entries = keys.all().filter((entry) => isLive(entry) && isReady(entry))
      const failures: unknown[] = []
      await mapConcurrent(byCredential(entries), MOST_AT_A_TIME, ([entry]) =>
        // One that cannot be read keeps no other from being read.
        openQuota(entry!).catch((error: unknown) => void failures.push(error)),
      )
      if (failures.length > 0) throw failures[0]
    },
    close() {
      isClosed = true
      clearTimeout(retry)
      for (const stop of stopListening) stop()
    },
  }
}

export declare namespace createAdmission {
  type Parameters = {
    keys: Keys
    standing: Standing
    quota: QuotaStore
    /** The models that are served. A name in a request that is not among them is refused, as are names of adapters. */
    models: readonly ServedModel[]
    /** The quotas of a key's credential, and what was used of them: see `readQuota`. */
    quotaOf: (entry: KeyEntry) => Promise<{ quotas: Quotas; used: readonly OperatorCounts[] }>
    /** The most tokens that one call reserves, whatever it asks for: the longest context of the models; 1,048,576 when left out. */
    mostTokens?: number
    /** The clock, in milliseconds since 1970. */
    now?: () => number
    /** Called when a key cannot be prepared. */
    onFailure?: (failure: Error) => void
  }
}

/** The keys of each credential. */
function byCredential(entries: readonly KeyRecord[]): KeyRecord[][] {
  const groups = new Map<CredentialId, KeyRecord[]>()
  for (const entry of entries) {
    const group = groups.get(entry.credential)
    if (group) group.push(entry)
    else groups.set(entry.credential, [entry])
  }
  return [...groups.values()]
}

function keyMissing(): Refusal {
  const message =
    'The request has no key. Put the key that the operator gave you where your client expects the API key.'
  return { status: 401, code: 'key_missing', message }
}

function keyUnknown(): Refusal {
  const message = 'The gateway does not know this key. Check that it is whole, and that it is a key of this gateway.'
  return { status: 401, code: 'key_unknown', message }
}

function keyEnded(): Refusal {
  return { status: 401, code: 'key_ended', message: 'The operator has ended this key. Ask the operator for another.' }
}

function modelUnknown(name: string, entry: KeyEntry, models: readonly ServedModel[]): Refusal {
  const message = `No model of the name ${quoted(name)} is served here. ${namesFor(entry, models)}`
  return { status: 404, code: 'model_not_served', message }
}

function modelForbidden(name: string, entry: KeyEntry, models: readonly ServedModel[]): Refusal {
  const message = `The key is for another model than ${quoted(name)}. ${namesFor(entry, models)}`
  return { status: 403, code: 'model_not_covered', message }
}

function namesFor(entry: KeyEntry, models: readonly ServedModel[]): string {
  const names = models.filter(({ model }) => model === entry.model).map(({ name }) => name)
  return names.length === 0 ? 'The model of the key is not served here.' : `Use ${names.join(' or ')}.`
}
