import type { CallCounts } from 'stemma/audit'
import { quoted, type CredentialId } from 'stemma/core'

import { createCallIds } from './callId.ts'
import type { Keys } from './keys.ts'
import {
  isRefusal,
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
  const nextId = createCallIds(now)
  const served = new Map(models.map((model) => [model.name, model]))
  const ready = new Set<string>()
  const open = new Map<CredentialId, Set<Admitted>>()
  let retry: NodeJS.Timeout | undefined
  let isClosed = false
  let openCalls = 0

  const lose = (calls: readonly Admitted[], refusal: Refusal): void => {
    for (const call of calls) call.onLost?.(refusal)
  }
  const stopListening = [
    standing.onLost((credential, refusal) => {
      // Another key of the credential may be for a use that is still permitted.
      lose(
        [...(open.get(credential) ?? [])].filter(({ entry }) => isRefusal(standing.check(entry))),
        refusal,
      )
    }),
    keys.onChange(() => {
      for (const calls of open.values())
        lose(
          [...calls].filter(({ entry }) => !isLive(entry)),
          keyEnded(),
        )
      rates.keep(new Set(keys.all().map(({ id }) => id)))
      void prepare()
    }),
  ]

  /** Prepares the keys that are not ready, one round after the other. */
  let round: Promise<void> = Promise.resolve()
  const prepare = (): Promise<void> => (round = round.then(prepareAll))
  const prepareAll = async (): Promise<void> => {
    clearTimeout(retry)
    const missing = keys.all().filter(({ id, ended }) => ended === undefined && !ready.has(id))
    if (missing.length === 0 || isClosed) return
    const results = await Promise.allSettled(
      missing.map(async (entry) => {
        await Promise.all([standing.include([entry]), openQuota(entry)])
        ready.add(entry.id)
      }),
    )
    const failed = results.find((result) => result.status === 'rejected')
    if (!failed) return
    onFailure?.(failed.reason as Error)
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

  const isLive = ({ id }: KeyEntry): boolean => {
    const record = keys.get(id)
    return record !== undefined && record.ended === undefined
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
    if (!ready.has(entry.id)) return notReady()
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
    const time = now()
    let isOpen = true
    const admitted: Admitted = {
      entry,
      call: nextId(),
      time: Math.floor(time / 1000),
      ...stands,
      reserved: tokens,
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
      await Promise.all(
        keys
          .all()
          .filter(({ id }) => ready.has(id))
          .map(openQuota),
      )
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
