import type { Ledger } from '../sdk/connect.ts'
import { clearReview } from '../sdk/gate/clearReview.ts'
import { requestArtefactReview } from '../sdk/gate/requestArtefactReview.ts'
import { requestReview } from '../sdk/gate/requestReview.ts'
import type { WriteOptions } from '../sdk/transact.ts'
import type { JudgedModel } from './judgeModel.ts'

/** What the guard can do for a review of a model: `request` it, `clear` it, or nothing. */
export function nextStepOf({ decision, standing }: JudgedModel): 'request' | 'clear' | null {
  const rules = decision.missing.map(({ rule }) => rule)
  // A review does not open what it cannot open.
  if (standing === null || rules.includes('quarantined') || rules.includes('recalled')) return null
  if (rules.includes('review-not-requested')) return 'request'
  return rules.includes('review-not-cleared') ? 'clear' : null
}

/**
 * Requests the review of a model that has none, or clears one whose conditions hold. Anybody may do either.
 *
 * @param options `uri`: where scanners can fetch the weights
 * @throws `ContractError` such as when somebody else was faster
 */
export async function advanceReview(
  ledger: Ledger,
  judged: JudgedModel,
  { uri = '', ...write }: WriteOptions & { uri?: string } = {},
): Promise<void> {
  const model = judged.standing?.registration?.model
  const weights = judged.opened.digest
  if (nextStepOf(judged) === 'clear') await clearReview(ledger, { subject: model ?? weights, ...write })
  else if (model === undefined) await requestArtefactReview(ledger, { weights, uri, ...write })
  else await requestReview(ledger, { model, uri, ...write })
}
