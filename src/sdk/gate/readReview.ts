import * as abi from '../../abi/reviewGate.ts'
import { VERDICTS } from '../../core/evaluate.ts'
import { parseAddress, parseDigest, type Hex } from '../../core/hex.ts'
import {
  REVIEW_STATES,
  SCAN_VERDICTS,
  type Certification,
  type Review,
  type ReviewConditions,
  type Scan,
  type Subject,
} from '../../core/review.ts'
import { rightsMask, rightsOf, type Right } from '../../core/vocabulary.ts'
import type { ConditionsStructOutput, ReviewStructOutput } from '../../../typechain-types/contracts/gate/ReviewGate.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { NodeAnswerError, reading } from '../nodeErrors.ts'

/**
 * Reads the review of a subject as of one block: its state, scans and certification, the conditions for clearing, the time
 * left, and whether the gate is open.
 *
 * @example
 * const { review, timeLeft, loadable } = await readReview(ledger, { subject: model, uses: ['commercial'] })
 */
export async function readReview(ledger: Ledger, parameters: readReview.Parameters): Promise<readReview.ReturnType> {
  const { subject } = parameters
  const head = await reading(() => ledger.provider.getBlock('latest'))
  if (!head) throw new NodeAnswerError(new Error('there is no latest block'))
  const at = { blockTag: head.number }
  const [state, certification, valid] = await reading(() =>
    Promise.all([
      methodOf(ledger, 'reviewGate', abi.reviewOf)(subject, at),
      methodOf(ledger, 'reviewGate', abi.certificationOf)(subject, at),
      methodOf(ledger, 'reviewGate', abi.isCertified)(subject, at),
    ]),
  )
  const review = reviewOf(state)
  const cleared = review.uses.length > 0 ? review.uses : rightsOf(Number(certification.uses))
  const uses = review.ofModel ? (parameters.uses ?? (cleared.length > 0 ? cleared : DEFAULT_USES)) : []
  // For a subject that the gate does not know, its id is the only digest that scans can be about.
  const weights: Hex = BigInt(review.weights) === 0n ? subject : review.weights
  const [scans, conditions, loadable] = await reading(() =>
    Promise.all([
      methodOf(ledger, 'reviewGate', abi.scansOf)(weights, at),
      review.requestedAt === 0
        ? undefined
        : methodOf(ledger, 'reviewGate', abi.conditionsOf)(subject, rightsMask(uses), at),
      review.ofModel
        ? methodOf(ledger, 'reviewGate', abi.isLoadable)(subject, rightsMask(uses), at)
        : methodOf(ledger, 'reviewGate', abi.isScanned)(subject, at),
    ]),
  )
  return {
    subject,
    review,
    uses,
    certification:
      certification.until === 0n
        ? null
        : {
            certifier: parseAddress(certification.certifier),
            until: Number(certification.until),
            uses: rightsOf(Number(certification.uses)),
            valid,
          },
    scans: scans.map(({ scanner, scannedAt, verdict }) => ({
      scanner: parseAddress(scanner),
      scannedAt: Number(scannedAt),
      verdict: SCAN_VERDICTS[Number(verdict)] ?? 'none',
    })),
    conditions: conditions ? conditionsOf(conditions) : null,
    timeLeft: Math.max(0, review.readyAt - head.timestamp),
    blocksLeft: Math.max(0, review.readyBlock - head.number),
    loadable,
    block: head.number,
    time: head.timestamp,
  }
}

export declare namespace readReview {
  type Parameters = {
    subject: Subject
    /** Intended uses of a model. By default those for which it is cleared or certified, else research. */
    uses?: readonly Right[]
  }
  type ReturnType = {
    subject: Subject
    review: Review
    /** The uses to which `conditions` and `loadable` apply; empty for an artefact. */
    uses: readonly Right[]
    /** Null when there is none. */
    certification: Certification | null
    /** The latest scan of the weights by each scanner, whether it counts for this review or not. */
    scans: Scan[]
    /** Null unless a review was requested. */
    conditions: ReviewConditions | null
    /** Seconds until the review can be decided, by the time of the block. */
    timeLeft: number
    /** Blocks until the review can be decided. */
    blocksLeft: number
    /** Whether the gate is open for `uses`; for an artefact, whether it is scanned (see `isScanned`). */
    loadable: boolean
    /** Number of the block that was read. */
    block: number
    /** Time of the block, in Unix seconds. */
    time: number
  }
}

const DEFAULT_USES: readonly Right[] = ['research']

function reviewOf(value: ReviewStructOutput): Review {
  return {
    weights: parseDigest(value.weights),
    requestedAt: Number(value.requestedAt),
    readyAt: Number(value.readyAt),
    readyBlock: Number(value.readyBlock),
    uses: rightsOf(Number(value.uses)),
    pausedBefore: Number(value.pausedBefore),
    quorum: Number(value.quorum),
    state: REVIEW_STATES[Number(value.state)] ?? 'none',
    ofModel: value.ofModel,
  }
}

function conditionsOf(value: ConditionsStructOutput): ReviewConditions {
  return {
    clockRunning: value.clockRunning,
    passed: Number(value.passed),
    failed: Number(value.failed),
    quorum: Number(value.quorum),
    acceptedClaims: Number(value.acceptedClaims),
    license: VERDICTS[Number(value.license)] ?? 'unknown',
  }
}
