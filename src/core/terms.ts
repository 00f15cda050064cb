import { keccakText, keccakWords, type Digest, type TermsId } from './hex.ts'
import { keccakJoined } from './registration.ts'
import {
  ALL_RIGHTS,
  METRICS,
  metricName,
  obligationsMask,
  obligationsOf,
  RIGHTS,
  rightsMask,
  rightsOf,
  type Metric,
  type Obligation,
  type Right,
} from './vocabulary.ts'

/** Most thresholds that one terms template may have. */
export const MAX_THRESHOLDS = 8

/** What changes for a licensee whose metric exceeds the limit. */
export type Threshold = {
  metric: Metric
  /** In the metric's own unit: persons, or whole US dollars. Less than 2^128. */
  limit: bigint
  /** Rights that such a licensee does not have. */
  withdraws: readonly Right[]
  /** Obligations that such a licensee has on top. */
  adds: readonly Obligation[]
}

/** A license in machine-readable form. Its struct hash is the id of the terms. */
export type Terms = {
  /** SPDX id, or the name by which the license is known. At most 64 bytes of UTF-8. */
  name: string
  /** Where the text is. */
  uri: string
  /** SHA-256 of the license's text, zero when no text was at hand. */
  text: Digest
  rights: readonly Right[]
  obligations: readonly Obligation[]
  /** At most {@link MAX_THRESHOLDS}. */
  thresholds: readonly Threshold[]
}

/** Terms by component: a license of the code says nothing about the weights. Zero means that none is stated. */
export type TermsSet = { weights: TermsId; code: TermsId; outputs: TermsId }

/** The part of terms that an evaluation reads, as masks. A set of terms has one too: see {@link bodyOfSet}. */
export type TermsBody = {
  rights: number
  /** Rights of which nothing is known, neither that they are granted nor that they are withheld. */
  unstated: number
  obligations: number
  thresholds: readonly { metric: number; limit: bigint; withdraws: number; adds: number }[]
}

const THRESHOLD_TYPE = 'Threshold(uint8 metric,uint128 limit,uint32 withdraws,uint32 adds)'
const THRESHOLD_TYPEHASH = keccakText(THRESHOLD_TYPE)
const TERMS_TYPEHASH = keccakText(
  `Terms(string name,string uri,bytes32 text,uint32 rights,uint32 obligations,Threshold[] thresholds)${THRESHOLD_TYPE}`,
)
const TERMS_SET_TYPEHASH = keccakText('TermsSet(bytes32 weights,bytes32 code,bytes32 outputs)')

/** The id of a terms template: its EIP-712 struct hash, the same on every chain. */
export function termsIdOf(terms: Terms): TermsId {
  const body = bodyOf(terms)
  return keccakWords([
    TERMS_TYPEHASH,
    keccakText(terms.name),
    keccakText(terms.uri),
    terms.text,
    body.rights,
    body.obligations,
    keccakJoined(
      body.thresholds.map(({ metric, limit, withdraws, adds }) =>
        keccakWords([THRESHOLD_TYPEHASH, metric, limit, withdraws, adds]),
      ),
    ),
  ]) as TermsId
}

/** The id of a set of terms: its EIP-712 struct hash. */
export function termsSetIdOf(set: TermsSet): TermsId {
  return keccakWords([TERMS_SET_TYPEHASH, set.weights, set.code, set.outputs]) as TermsId
}

/** The part of terms that an evaluation reads. */
export function bodyOf(terms: Terms): TermsBody {
  return {
    rights: rightsMask(terms.rights),
    unstated: 0,
    obligations: obligationsMask(terms.obligations),
    thresholds: terms.thresholds.map(({ metric, limit, withdraws, adds }) => ({
      metric: METRICS[metric],
      limit,
      withdraws: rightsMask(withdraws),
      adds: obligationsMask(adds),
    })),
  }
}

/** The words of a body, for people and JSON: masks become lists of names. */
export function describeBody(body: TermsBody): Pick<Terms, 'rights' | 'obligations' | 'thresholds'> {
  return {
    rights: rightsOf(body.rights),
    obligations: obligationsOf(body.obligations),
    thresholds: body.thresholds.flatMap(({ metric, limit, withdraws, adds }) => {
      const name = metricName(metric)
      return name ? [{ metric: name, limit, withdraws: rightsOf(withdraws), adds: obligationsOf(adds) }] : []
    }),
  }
}

const DISTILL = 1 << RIGHTS.distill

/** Terms that nobody stated: no right is granted, and none is known to be withheld. */
export const UNSTATED_BODY: TermsBody = { rights: 0, unstated: ALL_RIGHTS, obligations: 0, thresholds: [] }

/**
 * What a set of terms means for the model. The terms of the weights give every right but `distill` (to train another
 * model on what this one puts out), which is the outputs' to give; the duties of both hold. The code's terms give no right
 * to the model. Where no terms are stated for the outputs, those of the weights speak for them too.
 */
export function bodyOfSet(weights: TermsBody | undefined, outputs: TermsBody | undefined): TermsBody {
  const ofWeights = weights ?? UNSTATED_BODY
  if (outputs === undefined) return ofWeights
  return {
    rights: (ofWeights.rights & ~DISTILL) | (outputs.rights & DISTILL),
    unstated: (ofWeights.unstated & ~DISTILL) | (outputs.unstated & DISTILL),
    obligations: ofWeights.obligations | outputs.obligations,
    thresholds: [...narrowed(ofWeights.thresholds, ALL_RIGHTS & ~DISTILL), ...narrowed(outputs.thresholds, DISTILL)],
  }
}

/** The thresholds as far as they touch some rights or add duties; one that does neither any more is left out. */
function narrowed(thresholds: TermsBody['thresholds'], rights: number): TermsBody['thresholds'] {
  return thresholds
    .map((threshold) => ({ ...threshold, withdraws: threshold.withdraws & rights }))
    .filter(({ withdraws, adds }) => withdraws !== 0 || adds !== 0)
}
