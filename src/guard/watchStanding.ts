import { setTimeout as delay } from 'node:timers/promises'

import { StemmaError } from '../core/errors.ts'
import { CLEARANCE_SECONDS } from './clearances.ts'
import { GateUnreachableError, isAway, judgeModel, starts, type GuardGate, type JudgedModel } from './judgeModel.ts'
import type { OpenedModel } from './openGuarded.ts'

/** Milliseconds after which a node that shows no new block is asked about the models all the same: it may have stopped to follow the chain. */
const AGAIN_MILLISECONDS = 60_000

/** Why a command that runs has to end. */
export type StandingEnd = { kind: 'withdrawn'; model: JudgedModel } | { kind: 'unreachable'; error: Error }

/**
 * Asks the gate again with every new block while a command runs, and now and then without one, and returns why the command has to end. Returns null once the signal is
 * aborted. While the ledger is away, the last answer counts as long as a clearance does.
 *
 * @param models the models that are loaded, also those that came while the command ran
 */
export async function watchStanding(
  gate: GuardGate,
  models: () => readonly OpenedModel[],
  {
    signal,
    pollMilliseconds,
    againMilliseconds = AGAIN_MILLISECONDS,
  }: { signal: AbortSignal; pollMilliseconds: number; againMilliseconds?: number },
): Promise<StandingEnd | null> {
  let block = -1
  let judgedAt = -Infinity
  let isAnswered = false
  const clocks = (): readonly number[] => [gate.now(), performance.now() / 1000]
  let answered = clocks()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Unanswered()), { once: true })
  })
  aborted.catch(() => {})
  while (!signal.aborted) {
    await delay(pollMilliseconds, undefined, { signal }).catch(() => {})
    if (signal.aborted) return null
    try {
      // A node that does not answer must not keep the guard after its command has ended.
      const { provider } = await Promise.race([gate.ledger(), aborted])
      const head = await Promise.race([provider.getBlockNumber(), aborted])
      if (head !== block || performance.now() - judgedAt >= againMilliseconds) {
        for (const opened of models()) {
          const model = await Promise.race([judgeModel(gate, opened), aborted])
          if (!starts(model)) return { kind: 'withdrawn', model }
          if (model.kept && model.decision.outcome === 'start') throw new Unanswered()
        }
        block = head
        judgedAt = performance.now()
      }
      answered = clocks()
      isAnswered = true
    } catch (error) {
      if (signal.aborted) return null
      // By the clock of this machine and by one that nobody can set back.
      const maxAge = gate.maxClearanceAge ?? CLEARANCE_SECONDS
      const isLate = clocks().some((clock, index) => clock - answered[index]! >= maxAge)
      // Started by what was known, it goes on as long as that counts.
      const isOver = !isAnswered && (await isUnknown(gate, models()))
      if (signal.aborted) return null
      // An answer that cannot be had is waited for. One that cannot be given any more, as of weights that became ambiguous, ends it.
      if (isLate || isOver || isAmbiguous(error)) return { kind: 'unreachable', error: error as Error }
    }
  }
  return null
}

/** Whether nothing that is known lets some model run on while the ledger is away. */
async function isUnknown(gate: GuardGate, models: readonly OpenedModel[]): Promise<boolean> {
  const away = { ...gate, ledger: () => Promise.reject(new LedgerAwayError()) }
  for (const opened of models) {
    const known = await judgeModel(away, opened).catch((error: unknown) => error)
    if (known instanceof GateUnreachableError) return true
  }
  return false
}

class Unanswered extends Error {}

/** Stands for a ledger that is not asked. */
export class LedgerAwayError extends StemmaError {
  override name = 'LedgerAwayError'
  override readonly kind = 'unavailable'
  constructor() {
    super('LEDGER_AWAY', 'No node is named, so the ledger cannot be asked. Name one with --rpc or STEMMA_RPC_URL.')
  }
}

function isAmbiguous(error: unknown): boolean {
  return (
    !(error instanceof GateUnreachableError) &&
    !(error instanceof Unanswered) &&
    !isAway(error) &&
    'code' in (error as object) &&
    (error as { code: unknown }).code === 'AMBIGUOUS_MODEL'
  )
}
