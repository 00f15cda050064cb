import * as abi from '../../abi/reviewGate.ts'
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
import { rightsOf } from '../../core/vocabulary.ts'
import type { ConditionsStructOutput, ReviewStructOutput } from '../../../typechain-types/contracts/gate/ReviewGate.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { NodeAnswerError, reading } from '../nodeErrors.ts'
import { readBlock } from '../readBlock.ts'

/**
 * Reads the review of a subject as of one block: its state, scans and certification, the conditions for clearing, the time
 * left, and whether the gate is open.
 *
 * @example
 * const { review, timeLeft, open } = await readReview(ledger, { subject: model })
 */
export async function readReview(ledger: Ledger, parameters: readReview.Parameters): Promise<readReview.ReturnType> {
  const { subject } = parameters
  const head = await readBlock(ledger.provider, 'latest')
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
  // For a subject that the gate does not know, its id is the only digest that scans can be about.
  const weights: Hex = BigInt(review.weights) === 0n ? subject : review.weights
  const [scans, conditions, open] = await reading(() =>
    Promise.all([
      methodOf(ledger, 'reviewGate', abi.scansOf)(weights, at),
      review.requestedAt === 0 ? undefined : methodOf(ledger, 'reviewGate', abi.conditionsOf)(subject, at),
      review.ofModel
        ? methodOf(ledger, 'reviewGate', abi.standingOf)(subject, weights, at).then(
            ({ cleared, shut }) => (cleared || valid) && !shut,
          )
        : methodOf(ledger, 'reviewGate', abi.isScanned)(subject, at),
    ]),
  )
  return {
    subject,
    review,
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
    open,
    block: head.number,
    time: head.timestamp,
  }
}

export declare namespace readReview {
  type Parameters = {
    subject: Subject
  }
  type ReturnType = {
    subject: Subject
    review: Review
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
    /**
     * Whether the review is cleared or certified, and nothing of the gate shuts it. Whether a model may be loaded is another
     * question, which asks for its license and recalls too: `checkLoad`.
     */
    open: boolean
    /** Number of the block that was read. */
    block: number
    /** Time of the block, in Unix seconds. */
    time: number
  }
}

function reviewOf(value: ReviewStructOutput): Review {
  return {
    weights: parseDigest(value.weights),
    requestedAt: Number(value.requestedAt),
    readyAt: Number(value.readyAt),
    readyBlock: Number(value.readyBlock),
    pausedBefore: Number(value.pausedBefore),
    quorum: Number(value.quorum),
    state: REVIEW_STATES[Number(value.state)] ?? 'none',
    ofModel: value.ofModel,
    requester: parseAddress(value.requester),
  }
}

function conditionsOf(value: ConditionsStructOutput): ReviewConditions {
  return {
    clockRunning: value.clockRunning,
    passed: Number(value.passed),
    failed: Number(value.failed),
    quorum: Number(value.quorum),
    acceptedClaims: Number(value.acceptedClaims),
  }
}
