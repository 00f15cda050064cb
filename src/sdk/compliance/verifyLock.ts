import { StemmaError } from '../../core/errors.ts'
import type { Facts } from '../../core/evaluate.ts'
import type { Address, ModelId } from '../../core/hex.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import type { ReadBlock } from '../../core/ports.ts'
import type { Subject } from '../../core/review.ts'
import type { LicenseEntry } from '../../documents/license.ts'
import type { Lock, ReadLock } from '../../documents/lock.ts'
import { answer } from '../../verify/answer.ts'
import type { PinBindings } from '../../verify/bindings.ts'
import { requireFresh } from '../../verify/freshness.ts'
import { checkLocked, worstOutcome, type CheckedEntry, type Outcome, type SubjectWeights } from '../../verify/locked.ts'
import type { TrustPolicy } from '../../verify/policy.ts'
import type { ProveNames } from '../../verify/standing.ts'
import type { JudgedWaiver } from '../../verify/waivers.ts'
import type { Ledger } from '../connect.ts'
import { readQuarantined } from '../gate/readQuarantined.ts'
import { readTogether } from './readTogether.ts'
import { freshnessOf, type AgeOptions } from './sources.ts'

/** Most entries that are evaluated at a time. */
const MOST_AT_A_TIME = 8

/**
 * Verifies all entries of a lock file as of one block, in about as many requests as one model takes, and compares each with the ledger. The
 * publisher of an entry that was locked as `trusted` counts for that entry, because who names the lock file relies on it.
 *
 * @example
 * const { outcome, entries } = await verifyLock(ledger, { lock: parseLock(text) })
 *
 * @throws {@link LockLedgerError} when the lock file is of another ledger
 * @throws `StaleNodeError` when the latest block is older than `maxAge`
 */
export async function verifyLock(ledger: Ledger, parameters: verifyLock.Parameters): Promise<verifyLock.ReturnType> {
  const { lock, only, policy = {}, trusted = [], prove, subjects, maxAge, now: clock, ...given } = parameters
  requireSameLedger(ledger, lock)
  const freshness = freshnessOf(ledger, { maxAge, now: clock })
  const now = Math.floor(freshness.now)
  const asked = only ? lock.models.filter(({ name }) => only.includes(name)) : lock.models
  const { licensee } = policy
  const { block, lineages, reader } = await readTogether(ledger, {
    models: asked.map(({ model }) => model),
    ...(licensee !== undefined && { licensee }),
  })
  requireFresh(block, 'node', freshness)
  const waived = lock.accepted.flatMap(({ model, at }) => [model, at])
  const looked = [...new Set([...asked.map(({ model }) => model), ...waived])]
  const registrations = await reader.readRegistrations(
    [...lineages.values()].flatMap(({ models }) => models.map(({ model }) => model)),
  )
  const weightsOf = (model: ModelId): Subject[] => [registrations.get(model)?.weights ?? []].flat()
  const shut = await readQuarantined(ledger, {
    subjects: looked.flatMap((model) => [model, ...weightsOf(model)]),
    block: block.block,
  })
  const entries = await mapConcurrent(asked, MOST_AT_A_TIME, async (entry) => {
    const lineage = lineages.get(entry.model)
    const counting = entry.standing === 'trusted' ? [...trusted, entry.publisher] : trusted
    const found = lineage && {
      lineage,
      registration: registrations.get(entry.model),
      answer: await answer(reader, {
        ...given,
        policy,
        trusted: counting,
        ...(prove && { prove }),
        asked: { model: entry.model, name: entry.name },
        uses: entry.use,
      }),
    }
    const inLineage = new Set(lineage?.models.map(({ model }) => model))
    const isShut = (model: ModelId): boolean => [model, ...weightsOf(model)].some((subject) => shut.has(subject))
    return checkLocked({
      entry,
      waivers: lock.accepted.filter(({ model }) => model === entry.model),
      found,
      subject: subjects?.get(entry.name) ?? null,
      quarantined: new Set(looked.filter((model) => inLineage.has(model) && isShut(model))),
      now,
    })
  })
  return {
    block,
    outcome: worstOutcome(entries.map(({ outcome }) => outcome)),
    entries,
    waivers: judgedOnce(lock, entries, only === undefined),
  }
}

export declare namespace verifyLock {
  type Parameters = AgeOptions & {
    lock: ReadLock
    /** Names of the entries to look at; all of them when left out. */
    only?: readonly string[]
    policy?: TrustPolicy
    /** Publishers whose word counts beside that of accredited ones. A policy's replace them, and those of the lock file. */
    trusted?: readonly Address[]
    /** Checks which publisher proves a name. */
    prove?: ProveNames
    /** Compares bindings of external parents with those that were locked, or that the user first saw. */
    pins?: PinBindings
    /** What the subject of an entry has, by the name of the entry. */
    subjects?: ReadonlyMap<string, SubjectWeights>
    licenses?: readonly LicenseEntry[]
    facts?: Facts
  }
  type ReturnType = {
    block: ReadBlock
    /** The worst of all entries. */
    outcome: Outcome
    /** In the order of the lock file. */
    entries: readonly CheckedEntry[]
    /** Every waiver that was looked at, each once, with what became of it. */
    waivers: readonly JudgedWaiver[]
  }
}

/** Checks that a lock file belongs to a ledger. @throws {@link LockLedgerError} */
export function requireSameLedger({ deployment }: Ledger, lock: Pick<Lock, 'deployment'>): void {
  const { chainId, ledger } = lock.deployment
  if (chainId !== deployment.chainId || ledger !== deployment.contracts.ledger) {
    throw new LockLedgerError(lock.deployment, deployment)
  }
}

/** A waiver is judged once for each entry of its model: one that counts for any of them counts. One of another model is unused. */
function judgedOnce(lock: ReadLock, entries: readonly CheckedEntry[], isWhole: boolean): JudgedWaiver[] {
  const judged = entries.flatMap(({ waivers }) => waivers)
  return lock.accepted.flatMap((waiver): JudgedWaiver[] => {
    const states = judged.filter(({ line }) => line === waiver.line).map(({ state }) => state)
    if (states.length === 0) return isWhole ? [{ ...waiver, state: 'unused' }] : []
    return [{ ...waiver, state: states.find((state) => state !== 'unused') ?? 'unused' }]
  })
}

/** Thrown when a lock file was made for another ledger. */
export class LockLedgerError extends StemmaError {
  override name = 'LockLedgerError'
  constructor(stated: Lock['deployment'], deployment: Ledger['deployment']) {
    super(
      'LOCK_OTHER_LEDGER',
      `The lock file is of the ledger ${stated.ledger} on chain ${stated.chainId}, and the deployment "${deployment.name}" is the ledger ${deployment.contracts.ledger} on chain ${deployment.chainId}. Choose the deployment that it was made for: --deployment.`,
    )
  }
}
