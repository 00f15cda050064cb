import type { Verdict } from '../core/evaluate.ts'
import { ZERO_ADDRESS, type Address, type Digest, type ModelId } from '../core/hex.ts'
import { shortText } from '../core/text.ts'
import type { Right } from '../core/vocabulary.ts'
import type { Report } from '../core/report.ts'
import type { Facts } from '../core/topics.ts'
import type { Ledger } from '../sdk/connect.ts'
import { askVerdict } from '../sdk/compliance/askVerdict.ts'
import { checkArtefact } from '../sdk/gate/checkArtefact.ts'
import { checkLoad } from '../sdk/gate/checkLoad.ts'
import { loadWordsOf } from '../sdk/gate/loadWords.ts'
import { readReview } from '../sdk/gate/readReview.ts'
import { ledgerAsOf } from '../sdk/ledgerAsOf.ts'
import { NodeAnswerError } from '../sdk/nodeErrors.ts'
import { readBlock } from '../sdk/readBlock.ts'
import { readRegistrations, type RegisteredModel } from '../sdk/registry/readRegistrations.ts'
import { AmbiguousModelError, countedAmong } from '../sdk/registry/resolveModel.ts'
import { readVerifications } from '../sdk/registry/readVerifications.ts'
import { requireFresh } from '../verify/freshness.ts'
import type { GuardPolicy } from '../verify/guardPolicy.ts'
import type { TrustPolicy } from '../verify/policy.ts'
import type { ProveNames } from '../verify/standing.ts'
import type { PublisherStanding, Standing } from './judgeStart.ts'

/** What is asked of a ledger about a model that is to be started. */
export type StartQuestion = {
  uses: readonly Right[]
  policy: TrustPolicy & { guard?: GuardPolicy }
  facts?: Facts
  /** Publishers whose models start without a review: those of the policy, and those that the user trusts. */
  trusted: readonly Address[]
  /** Accounts of the user's own keys. */
  own: readonly Address[]
  /** Which of several registrations is meant. */
  registration?: ModelId | undefined
  /** Checks which publisher proves a name. */
  prove?: ProveNames | undefined
  /** The clock, in Unix seconds; the head may not be older than the deployment allows. */
  now: number
  /** How old the head may be, in seconds; by default as the deployment says, 0 for any age. */
  maxHeadAge?: number | undefined
}

const MOST_FINDINGS = 8

/**
 * Asks the ledger what stands for and against some weights, all as of its latest block.
 *
 * @throws `StaleNodeError` when the latest block is too old
 * @throws `AmbiguousModelError` when several registrations of the weights count, and none is named
 * @throws what the node's failures throw
 */
export async function readStanding(
  live: Ledger,
  { weights, tensors }: { weights: Digest; tensors: Digest | null },
  question: StartQuestion,
): Promise<Standing> {
  const head = await readBlock(live.provider, 'latest')
  if (!head) throw new NodeAnswerError(new Error('there is no latest block'))
  const maxAge = question.maxHeadAge ?? live.deployment.maxAge ?? 3600
  requireFresh({ ...head, block: head.number, chainId: live.deployment.chainId }, 'node', { now: question.now, maxAge })
  const ledger = ledgerAsOf(live, head.number)
  const [found, artefact] = await Promise.all([
    readRegistrations(ledger, { weights }),
    checkArtefact(ledger, { weights, tensors }),
  ])
  const chosen = await chosenAmong(ledger, weights, found, question)
  const [registration, review, ofWeights] = await Promise.all([
    chosen && registered(ledger, chosen, tensors, head, question),
    readReview(ledger, { subject: chosen?.model ?? weights }),
    readReview(ledger, { subject: weights }),
  ])
  return {
    block: head.number,
    time: head.timestamp,
    weights,
    tensors,
    registration: registration?.facts ?? null,
    recalled: artefact.recalled || (registration?.recalled ?? false),
    tensorsShut: artefact.tensorsShut,
    failedBy: ofWeights.scans.flatMap(({ scanner, verdict }) => (verdict === 'failed' ? [scanner] : [])),
    scanned: ofWeights.open,
    // The weights of a registered model may be quarantined by a review of their own.
    review: ofWeights.review.state === 'quarantined' ? ofWeights.review : review.review,
    conditions: review.conditions,
    timeLeft: review.timeLeft,
    blocksLeft: review.blocksLeft,
  }
}

/** The registration that is asked about; undefined where nobody registered the weights. */
async function chosenAmong(
  ledger: Ledger,
  weights: Digest,
  found: readonly RegisteredModel[],
  { registration, trusted, own }: StartQuestion,
): Promise<RegisteredModel | undefined> {
  const named = registration === undefined ? found : found.filter(({ model }) => model === registration)
  if (named.length < 2) return named[0] ?? found[0]
  const counted = await countedAmong(ledger, named, { trusted: [...own, ...trusted] })
  if (counted.length > 1) throw new AmbiguousModelError(weights, counted)
  // Nobody vouches for any of them: the oldest is asked about, of which the license is unknown.
  return counted[0] ?? named[0]
}

async function registered(
  ledger: Ledger,
  { model, registration }: RegisteredModel,
  tensors: Digest | null,
  head: { number: number; timestamp: number },
  question: StartQuestion,
): Promise<{ facts: NonNullable<Standing['registration']>; recalled: boolean }> {
  const { uses, policy, facts = {}, trusted, own, prove } = question
  const licensee = policy.licensee ?? ZERO_ADDRESS
  const counting = { trusted: [...own, ...trusted], ...(prove && { prove }) }
  // A policy that names publishers names all whose words count; the user's own keys are the user's.
  const asking = policy.trustedPublishers ? { ...policy, trustedPublishers: counting.trusted } : policy
  const [words, verified, answer] = await Promise.all([
    loadWordsOf(ledger, { model, licensee, ...counting }),
    readVerifications(ledger, [registration.publisher]),
    askVerdict(ledger, { asked: { model }, uses, policy: asking, facts, ...counting, now: question.now, maxAge: 0 }),
  ])
  const asked = { model, registration, tensors, uses, head, licensee, facts: { ...policy.facts, ...facts }, ...words }
  const load = await checkLoad(ledger, asked)
  const { publisher } = registration
  const { certified, cleared, shut, misstated, recalled } = load
  return {
    recalled,
    facts: {
      model,
      publisher,
      standing: publisherStandingOf(publisher, question, verified.has(publisher)),
      license: worse(load.license, answer.verdict),
      findings: findingsOf(answer.reports),
      certified,
      cleared,
      shut,
      misstated,
    },
  }
}

/** Whose word a publisher's is. @param verified whether accredited verifiers vouch for it */
export function publisherStandingOf(
  publisher: Address,
  { own, trusted }: Pick<StartQuestion, 'own' | 'trusted'>,
  verified: boolean,
): PublisherStanding {
  if (own.includes(publisher)) return 'own'
  if (trusted.includes(publisher)) return 'trusted'
  return verified ? 'accredited' : 'unverified'
}

/** Why a use is not permitted, or not known, in sentences. */
export function findingsOf(reports: readonly Pick<Report, 'findings'>[]): readonly string[] {
  const findings = reports
    .flatMap((report) => report.findings)
    .filter(({ severity }) => severity === 'blocking' || severity === 'unknown')
    .map(({ reason, code }) => shortText(`${code}: ${reason}`, 300))
  return [...new Set(findings)].slice(0, MOST_FINDINGS)
}

const ORDER: readonly Verdict[] = ['permitted', 'conditional', 'unknown', 'not-permitted']

/** Both have to permit a use: the contract, which asks about the load, and the policy with its rules. */
function worse(one: Verdict, other: Verdict): Verdict {
  return ORDER[Math.max(ORDER.indexOf(one), ORDER.indexOf(other))] ?? 'unknown'
}
