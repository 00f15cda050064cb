import { createHash } from 'node:crypto'

import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { START_RULES } from '../verify/guardPolicy.ts'
import type { Missing, Standing, StartDecision } from './judgeStart.ts'
import type { StateFolder } from './stateFolder.ts'

/** How long a clearance counts while the ledger cannot be asked, in seconds, when nobody says otherwise. */
export const CLEARANCE_SECONDS = 86_400

/** What a decision is about, as it is kept: the gate of a chain, the files, and all that was asked. */
export type ClearanceKey = {
  deployment: Pick<Deployment, 'chainId' | 'contracts'>
  weights: Digest
  tensors: Digest | null
  /** All else that decides: uses, policy, facts, accounts. */
  question: unknown
}

/** A kept decision. Times are Unix seconds. */
export type KeptDecision = {
  outcome: StartDecision['outcome']
  because: StartDecision['because']
  missing: readonly Missing[]
  block: number
  /** Time of the block. */
  time: number
  /** When it was kept, by the clock of this machine. */
  keptAt: number
}

/** The last block that was known of a ledger, and the latest time that this machine's clock showed. */
type SeenHead = { block: number; time: number; clock: number }

/** What the guard remembers of ledgers: the last decision about each model, and the last block. */
export class Clearances {
  readonly #folder: StateFolder

  constructor(folder: StateFolder) {
    this.#folder = folder
  }

  /**
   * Notes the block of an answer.
   *
   * @throws {@link ChainWentBackError} when an earlier answer was of a later block: the node was rolled back, or is another
   */
  see(key: ClearanceKey, { block, time }: { block: number; time: number }, clock: number): void {
    const name = headName(key)
    const known = this.#head(name)
    if (known && time < known.time) throw new ChainWentBackError({ block, time }, known, `${this.#folder.path}/${name}`)
    if (known && known.block === block && clock < known.clock + 1) return
    this.#folder.write(name, { version: 1, block, time, clock: Math.max(clock, known?.clock ?? 0) })
  }

  /** Notes the time that this machine's clock shows, where the ledger did not answer. A clock that is set back later is noticed by it. */
  seeClock(key: ClearanceKey, clock: number): void {
    const known = this.#head(headName(key))
    if (known && clock > known.clock) this.#folder.write(headName(key), { version: 1, ...known, clock })
  }

  /** The latest time that is known: of a block, or of this machine's clock. Zero where none is. */
  latest(key: ClearanceKey): number {
    const { time = 0, clock = 0 } = this.#head(headName(key)) ?? {}
    return Math.max(time, clock)
  }

  /** Keeps a decision. */
  keep(
    key: ClearanceKey,
    { outcome, because, missing }: StartDecision,
    at: Pick<Standing, 'block' | 'time'>,
    clock: number,
  ): void {
    const kept = { version: 1, outcome, because, missing, block: at.block, time: at.time, keptAt: clock }
    this.#folder.write(decisionName(key), kept)
    // The gate never takes a quarantine back, whatever is asked: it needs no node the next time.
    if (missing.some(({ rule }) => rule === 'quarantined')) this.#folder.write(quarantineName(key), kept)
  }

  /** The last decision about a question; undefined where there is none that counts. */
  last(key: ClearanceKey): KeptDecision | undefined {
    return keptIn(this.#folder.read(decisionName(key)))
  }

  /** A quarantine of the weights that was known. It is final, so the ledger need not be asked again. */
  quarantine(key: ClearanceKey): KeptDecision | undefined {
    return keptIn(this.#folder.read(quarantineName(key)))
  }

  /**
   * Whether a kept decision still lets a model start while the ledger cannot be asked: it did when it was made, its block and its
   * keeping are younger than the age, and the clock has not been set back since.
   */
  counts(key: ClearanceKey, kept: KeptDecision, clock: number, maxAge: number): boolean {
    const latest = this.#head(headName(key))?.clock ?? Infinity
    if (kept.outcome !== 'start' || clock < kept.keptAt || clock < latest) return false
    return clock - Math.min(kept.keptAt, kept.time) < maxAge
  }

  #head(name: string): SeenHead | undefined {
    const { block, time, clock } = (this.#folder.read(name) ?? {}) as Partial<SeenHead>
    const isHead = [block, time, clock].every((value) => Number.isSafeInteger(value) && value! >= 0)
    return isHead ? { block: block!, time: time!, clock: clock! } : undefined
  }
}

function gateOf({ deployment: { chainId, contracts } }: ClearanceKey): string {
  return sha256([String(chainId), contracts.reviewGate, contracts.loadCheck, contracts.ledger]).slice(0, 16)
}

function headName(key: ClearanceKey): string {
  return `head-${gateOf(key)}.json`
}

function decisionName(key: ClearanceKey): string {
  const { weights, tensors, question } = key
  return `decision-${gateOf(key)}-${sha256([weights, tensors, question]).slice(0, 40)}.json`
}

function quarantineName(key: ClearanceKey): string {
  return `quarantine-${gateOf(key)}-${key.weights.slice(2)}.json`
}

function sha256(value: unknown): string {
  const text = JSON.stringify(value, (_, entry: unknown) => (typeof entry === 'bigint' ? `${entry}n` : entry))
  return createHash('sha256').update(text).digest('hex')
}

function keptIn(value: unknown): KeptDecision | undefined {
  const { version, outcome, because, missing, block, time, keptAt } = (value ?? {}) as Record<string, unknown>
  const numbers = [block, time, keptAt]
  if (version !== 1 || !numbers.every((number) => Number.isSafeInteger(number) && (number as number) >= 0))
    return undefined
  if (outcome !== 'start' && outcome !== 'held' && outcome !== 'refused') return undefined
  const isBecause = because === null || because === 'publisher' || because === 'certified' || because === 'cleared'
  if (!isBecause || !Array.isArray(missing) || !missing.every(isMissing)) return undefined
  return { outcome, because, missing, block: block as number, time: time as number, keptAt: keptAt as number }
}

function isMissing(value: unknown): value is Missing {
  const { rule, what, remedy } = (value ?? {}) as Record<string, unknown>
  return START_RULES.some((known) => known === rule) && typeof what === 'string' && typeof remedy === 'string'
}

/** Thrown when the latest block is older than one that was known before: a node that was rolled back forgets recalls. */
export class ChainWentBackError extends StemmaError {
  override name = 'ChainWentBackError'
  override readonly kind = 'unavailable'
  constructor(read: { block: number; time: number }, known: { block: number; time: number }, file: string) {
    const ofTime = (time: number): string => new Date(time * 1000).toISOString()
    super(
      'CHAIN_WENT_BACK',
      `The latest block of the node, ${read.block}, is of ${ofTime(read.time)}, and an earlier answer was of block ${known.block}, of ${ofTime(known.time)}. The node was rolled back or does not follow the chain. Ask another node; for a chain that was begun again on purpose, remove ${file}.`,
    )
  }
}
