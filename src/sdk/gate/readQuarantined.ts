import { reviewOf } from '../../abi/reviewGate.ts'
import { REVIEW_STATES, type Subject } from '../../core/review.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/** Reads which of some models or weights the gate has quarantined, as of a block. The calls go out together. */
export async function readQuarantined(
  ledger: Ledger,
  parameters: { subjects: readonly Subject[]; block?: number },
): Promise<Set<Subject>> {
  const { subjects, block } = parameters
  const at = block === undefined ? {} : { blockTag: block }
  const states = await reading(() =>
    Promise.all(
      [...new Set(subjects)].map(async (subject) => {
        const { state } = await methodOf(ledger, 'reviewGate', reviewOf)(subject, at)
        return [subject, REVIEW_STATES[Number(state)]] as const
      }),
    ),
  )
  return new Set(states.flatMap(([subject, state]) => (state === 'quarantined' ? [subject] : [])))
}
