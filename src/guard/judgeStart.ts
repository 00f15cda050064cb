import type { Verdict } from '../core/evaluate.ts'
import { ZERO_DIGEST, type Address, type Digest, type ModelId } from '../core/hex.ts'
import type { Review, ReviewConditions } from '../core/review.ts'
import type { GuardPolicy, StartRule } from '../verify/guardPolicy.ts'

/** Whose word counts for a model without a review: the user's own, a publisher that the user trusts, an accredited one, or nobody's. */
export type PublisherStanding = 'own' | 'trusted' | 'accredited' | 'unverified'

/** What the ledger says of a model that is to be started, all as of one block. Times are Unix seconds. */
export type Standing = {
  block: number
  time: number
  weights: Digest
  tensors: Digest | null
  /** The registration that counts; null where nobody registered the weights. */
  registration: {
    model: ModelId
    publisher: Address
    standing: PublisherStanding
    /** The answer to the uses: of the license algebra, with the policy and its rules. */
    license: Verdict
    /** Why it is not permitted, or not known; at most 8 sentences. */
    findings: readonly string[]
    certified: boolean
    cleared: boolean
    shut: boolean
    misstated: boolean
  } | null
  recalled: boolean
  tensorsShut: boolean
  /** Scanners whose latest scan failed the weights. */
  failedBy: readonly Address[]
  /** Whether the weights themselves were cleared or certified, and nothing shuts them. */
  scanned: boolean
  review: Pick<Review, 'state' | 'requestedAt' | 'readyAt' | 'readyBlock'>
  /** Null where no review was requested. */
  conditions: ReviewConditions | null
  timeLeft: number
  blocksLeft: number
}

/** One thing that a model lacks to be started. */
export type Missing = { rule: StartRule; what: string; remedy: string }

/** Whether a model starts. `held`: it may yet, by a review; `refused`: time does not change it. */
export type StartDecision = {
  outcome: 'start' | 'held' | 'refused'
  /** What verified it; null where it does not start. */
  because: 'publisher' | 'certified' | 'cleared' | null
  missing: readonly Missing[]
  /** What is worth knowing of a model that starts. */
  notes: readonly string[]
}

/** Scanners that a sentence names. */
const MOST_SCANNERS = 4

/** Rules that no review changes. */
const REFUSING: ReadonlySet<StartRule> = new Set([
  'recalled',
  'quarantined',
  'tensors-shut',
  'tensors-misstated',
  'license-not-permitted',
  'license-unknown',
  'adapter-not-allowed',
])

/**
 * Decides whether a model starts at once: registered by a trusted publisher and permitted, or certified, or cleared, and nothing
 * withholds it. Says all that is missing, not only the first.
 */
export function judgeStart(standing: Standing, policy: GuardPolicy = {}): StartDecision {
  const withheld = withheldBy(standing)
  const because = verifiedBy(standing, policy)
  const missing = [...withheld, ...(because === null ? unverified(standing, policy) : [])]
  if (missing.length > 0) {
    const outcome = missing.some(({ rule }) => REFUSING.has(rule)) ? 'refused' : 'held'
    return { outcome, because: null, missing, notes: [] }
  }
  return { outcome: 'start', because, missing: [], notes: notesOf(standing) }
}

/** What withholds a model, even if a publisher vouches for it. */
function withheldBy({ registration, recalled, tensorsShut, review, failedBy }: Standing): Missing[] {
  const missing: Missing[] = []
  if (recalled) {
    missing.push({
      rule: 'recalled',
      what: 'The model, its weights or its tensors were recalled by their publisher or by the authority.',
      remedy: 'Read why with stemma show, and use another version.',
    })
  }
  if (registration?.shut === true || review.state === 'quarantined') {
    missing.push({
      rule: 'quarantined',
      what:
        (review.state === 'quarantined'
          ? 'A quorum of scanners failed the weights, and the gate quarantined them permanently.'
          : 'The gate is shut: a quorum of scanners failed the weights, or they are quarantined.') + listed(failedBy),
      remedy: 'Read the reports that the scanners attested: stemma review status. Use another version.',
    })
  }
  if (tensorsShut) {
    missing.push({
      rule: 'tensors-shut',
      what: 'A quorum of scanners failed these tensors, whatever the folder that they are in.',
      remedy: 'Use another model.',
    })
  }
  if (registration === null) return missing
  if (registration.misstated) {
    missing.push({
      rule: 'tensors-misstated',
      what: 'The registration of these weights states other tensors than the files hold.',
      remedy: 'Ask the publisher for a right registration.',
    })
  }
  const { license, findings } = registration
  if (license === 'not-permitted' || license === 'unknown') {
    const lines = findings.length === 0 ? '' : ` ${findings.join(' ')}`
    missing.push(
      license === 'unknown'
        ? {
            rule: 'license-unknown',
            what: `Whether the license permits the use is not known.${lines}`,
            remedy:
              'State what it depends on (facts, licensee or trusted publishers in the policy); see stemma verify.',
          }
        : {
            rule: 'license-not-permitted',
            what: `The use is not permitted.${lines}`,
            remedy: 'Ask for another use, or obtain a license: stemma verify says which.',
          },
    )
  }
  return missing
}

/** Who failed the weights, as far as one line has room. */
function listed(scanners: readonly Address[]): string {
  if (scanners.length === 0) return ''
  const more = scanners.length - MOST_SCANNERS
  return ` Failed by ${scanners.slice(0, MOST_SCANNERS).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
}

function verifiedBy({ registration, scanned }: Standing, policy: GuardPolicy): StartDecision['because'] {
  if (registration === null) return scanned && policy.acceptUnregistered !== false ? 'cleared' : null
  const { standing, certified, cleared } = registration
  if (standing === 'own' || standing === 'trusted') return 'publisher'
  if (standing === 'accredited' && policy.acceptAccredited === true) return 'publisher'
  if (certified) return 'certified'
  return cleared ? 'cleared' : null
}

/** Why a model that nothing withholds is not verified: who stands behind it, and where its review is. */
function unverified(standing: Standing, policy: GuardPolicy): Missing[] {
  const { registration, scanned } = standing
  if (registration !== null) {
    const accredited = registration.standing === 'accredited'
    const publisher: Missing = {
      rule: 'publisher-not-trusted',
      what: `Its publisher ${registration.publisher} is ${accredited ? 'accredited, and your policy does not say that this is enough' : 'not one that you trust'}.`,
      remedy: `Have the model reviewed, or trust its publisher: stemma trust${accredited ? ', or guard.acceptAccredited of the policy' : ''}.`,
    }
    return [publisher, ...reviewMissing(standing)]
  }
  const nobody: Missing = {
    rule: 'unregistered',
    what: 'Nobody registered these weights, so no publisher stands behind them.',
    remedy: 'Have them reviewed, or use a registered model.',
  }
  return scanned && policy.acceptUnregistered === false ? [nobody] : [nobody, ...reviewMissing(standing)]
}

/** What the review lacks. */
function reviewMissing(standing: Standing): Missing[] {
  const { review, conditions, timeLeft, blocksLeft, failedBy } = standing
  if (review.state === 'quarantined') return []
  if (review.requestedAt === 0 || conditions === null) {
    return [
      {
        rule: 'review-not-requested',
        what: 'Nobody has requested a review of it.',
        remedy: 'Request one, which starts its clock: stemma review request.',
      },
    ]
  }
  const missing: Missing[] = []
  if (conditions.clockRunning) {
    missing.push({
      rule: 'review-clock',
      what: `The clock of its review runs: ${timeLeft} seconds and ${blocksLeft} blocks are left.`,
      remedy: 'Wait; nobody can shorten it.',
    })
  }
  if (conditions.failed > 0) {
    missing.push({
      rule: 'scan-failed',
      what: `Scanners of ${conditions.failed} organizations failed the weights.${listed(failedBy)}`,
      remedy: 'Read their reports: stemma review status.',
    })
  }
  if (conditions.passed < conditions.quorum) {
    missing.push({
      rule: 'review-scans',
      what: `Scanners of ${conditions.passed} organizations passed the weights, and ${conditions.quorum} are needed.`,
      remedy: 'Wait for the scanners, which need to know where to fetch the weights: stemma review uri.',
    })
  }
  if (conditions.acceptedClaims > 0) {
    missing.push({
      rule: 'review-claims',
      what: `${conditions.acceptedClaims} claims about its lineage wait for a ruling.`,
      remedy: 'Wait for the ruling: stemma claim list.',
    })
  }
  if (missing.length > 0) return missing
  return [
    {
      rule: 'review-not-cleared',
      what: 'All conditions of its review hold, and nobody has cleared it.',
      remedy: 'Clear it, which anybody may: stemma review clear.',
    },
  ]
}

function notesOf({ registration, tensors, conditions }: Standing): string[] {
  return [
    ...(registration === null ? ['Nobody registered these weights, so no license of them was checked.'] : []),
    // Of a format that no reader knows, the digest of no tensors is computed.
    ...(tensors === null || tensors === ZERO_DIGEST
      ? ['Its tensors cannot be read, so recalls and failed scans of tensors were not compared.']
      : []),
    ...((conditions?.failed ?? 0) > 0 ? [`Scanners of ${conditions!.failed} organizations fail the weights.`] : []),
  ]
}
