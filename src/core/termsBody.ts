import { keccakText, keccakWords, type Digest, type TermsId } from './hex.ts'
import { keccakJoined } from './registration.ts'
import { ALL_RIGHTS, RIGHTS, SET_FLAGS, TERMS_FLAGS } from './vocabulary.ts'

/** Terms by component: a license of the code says nothing about the weights. Zero means that none is stated. */
export type TermsSet = { weights: TermsId; code: TermsId; outputs: TermsId }

/** A threshold as the chain keeps it: words as masks and codes. */
export type ThresholdBody = {
  metric: number
  subject: number
  limit: bigint
  withdraws: number
  adds: number
  uses: number
  param: number
  flags: number
}

/** The part of terms that an evaluation reads, as masks. A set of terms has one too: see {@link bodyOfSet}. */
export type TermsBody = {
  rights: number
  /** Rights of which nothing is known, neither that they are granted nor that they are withheld. */
  unstated: number
  /** Bit 0 marks a set; the others are {@link TERMS_FLAGS}. */
  flags: number
  family: number
  /** Bit n for family n. */
  outbound: bigint
  /** 16 lanes of 16 bits: lane n is the mask of the obligations that the use of bit n raises. */
  duties: bigint
  thresholds: readonly ThresholdBody[]
}

/** Terms as they are hashed: what they are called and where the text is, with their body. Those of a set have no name. */
export type NamedBody = {
  /** SPDX id, or the name by which the license is known. */
  name: string
  /** Where the text is. */
  uri: string
  /** SHA-256 of the license's text, zero when no text was at hand. */
  text: Digest
  body: TermsBody
}

const THRESHOLD_TYPE =
  'Threshold(uint8 metric,uint8 subject,uint128 limit,uint16 withdraws,uint16 adds,uint16 uses,uint32 param,uint8 flags)'
const THRESHOLD_TYPEHASH = keccakText(THRESHOLD_TYPE)
const TERMS_TYPEHASH = keccakText(
  `Terms(string name,string uri,bytes32 text,uint16 rights,uint16 flags,uint8 family,uint128 outbound,uint256 duties,Threshold[] thresholds)${THRESHOLD_TYPE}`,
)
const TERMS_SET_TYPEHASH = keccakText('TermsSet(bytes32 weights,bytes32 code,bytes32 outputs)')

/** The id of terms by their body: see `termsIdOf`. */
export function termsIdOfBody({ name, uri, text, body }: NamedBody): TermsId {
  return keccakWords([
    TERMS_TYPEHASH,
    keccakText(name),
    keccakText(uri),
    text,
    body.rights,
    body.flags,
    body.family,
    body.outbound,
    body.duties,
    keccakJoined(
      body.thresholds.map(({ metric, subject, limit, withdraws, adds, uses, param, flags }) =>
        keccakWords([THRESHOLD_TYPEHASH, metric, subject, limit, withdraws, adds, uses, param, flags]),
      ),
    ),
  ]) as TermsId
}

/** The id of a set of terms: its EIP-712 struct hash. */
export function termsSetIdOf(set: TermsSet): TermsId {
  return keccakWords([TERMS_SET_TYPEHASH, set.weights, set.code, set.outputs]) as TermsId
}

const DISTILL = 1 << RIGHTS.distill

/** Terms that nobody stated: no right is granted, and none is known to be withheld. */
export const UNSTATED_BODY: TermsBody = {
  rights: 0,
  unstated: ALL_RIGHTS,
  flags: 0,
  family: 0,
  outbound: 0n,
  duties: 0n,
  thresholds: [],
}

const SET_FLAG = 1 << SET_FLAGS.set
const WITHOUT_COMMERCE = 1 << SET_FLAGS['students-without-commerce']
const COMMERCIAL_MODIFY = 1 << RIGHTS['commercial-modify']
const BOTH_FLAGS = 1 << TERMS_FLAGS['automatic-grant']
const EITHER_FLAGS = (1 << TERMS_FLAGS['forbids-further']) | (1 << TERMS_FLAGS['imposes-further'])
const OUTPUT_FLAGS = (1 << TERMS_FLAGS['students-derive']) | (1 << TERMS_FLAGS['outputs-derive'])

/**
 * What a set of terms means for the model. The terms of the weights give every right but `distill` (to train another
 * model on what this one puts out), which is the outputs' to give; the duties of both hold. The code's terms give no right
 * to the model. Where no terms are stated for the outputs, those of the weights speak for them too. A set grants automatically if
 * both do, and has the restrictions of both; whether students and outputs derive, and may be used in commerce, is the outputs' to say;
 * the families are the weights'.
 */
export function bodyOfSet(weights: TermsBody | undefined, outputs: TermsBody | undefined): TermsBody {
  const ofWeights = weights ?? UNSTATED_BODY
  if (outputs === undefined) return { ...ofWeights, flags: ofWeights.flags | SET_FLAG }
  return {
    rights: (ofWeights.rights & ~DISTILL) | (outputs.rights & DISTILL),
    unstated: (ofWeights.unstated & ~DISTILL) | (outputs.unstated & DISTILL),
    flags:
      SET_FLAG |
      (ofWeights.flags & outputs.flags & BOTH_FLAGS) |
      ((ofWeights.flags | outputs.flags) & EITHER_FLAGS) |
      (outputs.flags & OUTPUT_FLAGS) |
      ((outputs.rights | outputs.unstated) & COMMERCIAL_MODIFY ? 0 : WITHOUT_COMMERCE),
    family: ofWeights.family,
    outbound: ofWeights.outbound,
    duties: ofWeights.duties | outputs.duties,
    thresholds: [...narrowed(ofWeights.thresholds, ALL_RIGHTS & ~DISTILL), ...narrowed(outputs.thresholds, DISTILL)],
  }
}

/** The thresholds as far as they touch some rights or add duties; one that does neither any more is left out. */
function narrowed(thresholds: TermsBody['thresholds'], rights: number): TermsBody['thresholds'] {
  return thresholds
    .map((threshold) => ({ ...threshold, withdraws: threshold.withdraws & rights }))
    .filter(({ withdraws, adds }) => withdraws !== 0 || adds !== 0)
}
