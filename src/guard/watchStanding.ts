import { setTimeout as delay } from 'node:timers/promises'

import { CLEARANCE_SECONDS } from './clearances.ts'
import { GateUnreachableError, isAway, judgeModel, starts, type GuardGate, type JudgedModel } from './judgeModel.ts'
import type { OpenedModel } from './openGuarded.ts'

/** Why a command that runs has to end. */
export type StandingEnd = { kind: 'withdrawn'; model: JudgedModel } | { kind: 'unreachable'; error: Error }

/**
 * Asks the gate again with every new block while a command runs, and returns why the command has to end. Returns null once the signal is
 * aborted. While the ledger is away, the last answer counts as long as a clearance does.
 *
 * @param models the models that are loaded, also those that came while the command ran
 */
export async function watchStanding(
  gate: GuardGate,
  models: () => readonly OpenedModel[],
  { signal, pollMilliseconds }: { signal: AbortSignal; pollMilliseconds: number },
): Promise<StandingEnd | null> {
  let block = -1
  let answered = gate.now()
  while (!signal.aborted) {
    await delay(pollMilliseconds, undefined, { signal }).catch(() => {})
    if (signal.aborted) return null
    try {
      const { provider } = await gate.ledger()
      const head = await provider.getBlockNumber()
      if (head !== block) {
        for (const opened of models()) {
          const model = await judgeModel(gate, opened)
          if (!starts(model)) return { kind: 'withdrawn', model }
          if (model.kept) throw new Unanswered()
        }
        block = head
      }
      answered = gate.now()
    } catch (error) {
      if (signal.aborted) return null
      const isLate = gate.now() - answered >= (gate.maxClearanceAge ?? CLEARANCE_SECONDS)
      // An answer that cannot be had is waited for. One that cannot be given any more, as of weights that became ambiguous, ends it.
      if (isLate || isAmbiguous(error)) return { kind: 'unreachable', error: error as Error }
    }
  }
  return null
}

class Unanswered extends Error {}

function isAmbiguous(error: unknown): boolean {
  return (
    !(error instanceof GateUnreachableError) &&
    !(error instanceof Unanswered) &&
    !isAway(error) &&
    'code' in (error as object) &&
    (error as { code: unknown }).code === 'AMBIGUOUS_MODEL'
  )
}
