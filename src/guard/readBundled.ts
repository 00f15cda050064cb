import type { Digest, ModelId } from '../core/hex.ts'
import { ZERO_DIGEST } from '../core/hex.ts'
import type { LedgerReader } from '../core/ports.ts'
import type { ReviewState } from '../core/review.ts'
import { answer } from '../verify/answer.ts'
import type { Standing } from './judgeStart.ts'
import { findingsOf, publisherStandingOf, type StartQuestion } from './readStanding.ts'

/** A bundle whose proofs hold, as `openBundle` gives it. Times are Unix seconds. */
export type ProvenLedger = {
  /** Reads what the proofs show. */
  reader: LedgerReader
  /** The block of the proofs. */
  block: { number: number; timestamp: number }
  /** What the proofs show of each model that was asked about: its claims that hold, and the review of its weights. */
  subjects: readonly {
    model: ModelId
    acceptedClaims: number
    review: { state: ReviewState; requestedAt: number; readyAt: number }
  }[]
}

/**
 * What a bundle proves for and against some weights, all as of its block; undefined where it proves nothing of them, as of weights that nobody
 * registered. Certificates do not count: a bundle does not show whether the certifier is accredited still.
 *
 * @param maxAge how old its block may be, in seconds
 * @throws `StaleNodeError` when it is older
 */
export async function readBundled(
  { reader, block, subjects }: ProvenLedger,
  { weights, tensors }: { weights: Digest; tensors: Digest | null },
  question: StartQuestion,
  maxAge: number,
): Promise<Standing | undefined> {
  const models = await reader.findByWeights(weights)
  const model = question.registration === undefined ? models[0] : models.find((each) => each === question.registration)
  const subject = subjects.find((each) => each.model === model)
  // Of several registrations, which one counts is for a ledger to say.
  if (model === undefined || subject === undefined || (models.length > 1 && question.registration === undefined))
    return undefined
  const { uses, policy, facts = {}, trusted, own, now } = question
  const counting = [...own, ...trusted]
  const asking = policy.trustedPublishers ? { ...policy, trustedPublishers: counting } : policy
  const freshness = { now, maxAge }
  const answered = await answer(reader, { asked: { model }, uses, policy: asking, facts, trusted: counting, freshness })
  const registration = (await reader.readRegistrations([model])).get(model)!
  const { publisher } = registration
  const recalled = await reader.readRecalled?.([{ model, weights, tensors: registration.tensors }])
  const verified = (await reader.readVerifications?.([publisher]))?.has(publisher) ?? false
  const { review, acceptedClaims } = subject
  return {
    block: block.number,
    time: block.timestamp,
    weights,
    tensors,
    registration: {
      model,
      publisher,
      standing: publisherStandingOf(publisher, question, verified),
      license: answered.verdict,
      findings: findingsOf(answered.reports),
      certified: false,
      cleared: review.state === 'cleared' && acceptedClaims === 0,
      shut: false,
      misstated: tensors !== null && registration.tensors !== ZERO_DIGEST && registration.tensors !== tensors,
    },
    recalled: recalled?.has(model) ?? true,
    tensorsShut: false,
    failedBy: [],
    scanned: false,
    review: { ...review, readyBlock: 0 },
    conditions: null,
    timeLeft: 0,
    blocksLeft: 0,
  }
}
