import { keccakText, keccakWords, type Digest, type TermsId } from './hex.ts'
import { keccakJoined } from './registration.ts'
import { measureName, parseMeasure } from './topics.ts'
import {
  ALL_OBLIGATIONS,
  ALL_RIGHTS,
  FAMILIES,
  FAMILY_NAMES,
  familyName,
  OBLIGATION_NAMES,
  OBLIGATIONS,
  obligationsMask,
  obligationsOf,
  parseWord,
  RIGHT_NAMES,
  RIGHTS,
  rightsMask,
  rightsOf,
  SET_FLAGS,
  TERMS_FLAGS,
  termsFlagsMask,
  termsFlagsOf,
  THRESHOLD_FLAGS,
  type Obligation,
  type Right,
  type TermsFlag,
} from './vocabulary.ts'

/** Most thresholds that one terms template may have. */
export const MAX_THRESHOLDS = 8

/** The highest family of terms. */
export const LAST_FAMILY = 125

/** What terms demand, and the uses that raise it. An obligation that is left out is not demanded. */
export type Duties = { readonly [obligation in Obligation]?: readonly Right[] }

/** What changes for a licensee whose measure exceeds the limit. */
export type Threshold = {
  /** The name of the measure, as facts have it: `monthlyRevenueUsd/product`. See `topics.ts`. */
  measure: string
  /** In the metric's own unit: persons, or whole US dollars. Less than 2^128. */
  limit: bigint
  /** Rights that such a licensee does not have. */
  withdraws: readonly Right[]
  /** Obligations that such a licensee has on top. */
  adds: readonly Obligation[]
  /** The uses that raise `adds`. None by default. */
  uses?: readonly Right[]
  /** Above the limit, the rights are uncertain and not withdrawn. */
  doubtful?: boolean
}

/** The families under which a derivative may be passed on: these alone, or all but these. A family that has no name yet is `#` and its code. */
export type Outbound = { readonly only: readonly string[] } | { readonly except: readonly string[] }

/** A license in machine-readable form. Its struct hash is the id of the terms. */
export type Terms = {
  /** SPDX id, or the name by which the license is known. At most 64 bytes of UTF-8. */
  name: string
  /** Where the text is. */
  uri: string
  /** SHA-256 of the license's text, zero when no text was at hand. */
  text: Digest
  rights: readonly Right[]
  /** None by default. */
  flags?: readonly TermsFlag[]
  /** A name of {@link FAMILIES}, or `#` and a code up to {@link LAST_FAMILY}. None is stated by default. */
  family?: string
  /** When left out, the license sets no limit. */
  outbound?: Outbound
  duties: Duties
  /** At most {@link MAX_THRESHOLDS}. */
  thresholds: readonly Threshold[]
}

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

const LANE = 16n

const THRESHOLD_TYPE =
  'Threshold(uint8 metric,uint8 subject,uint128 limit,uint16 withdraws,uint16 adds,uint16 uses,uint32 param,uint8 flags)'
const THRESHOLD_TYPEHASH = keccakText(THRESHOLD_TYPE)
const TERMS_TYPEHASH = keccakText(
  `Terms(string name,string uri,bytes32 text,uint16 rights,uint16 flags,uint8 family,uint128 outbound,uint256 duties,Threshold[] thresholds)${THRESHOLD_TYPE}`,
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

/** The part of terms that an evaluation reads. */
export function bodyOf(terms: Terms): TermsBody {
  return {
    rights: rightsMask(terms.rights),
    unstated: 0,
    flags: termsFlagsMask(terms.flags ?? []),
    family: terms.family === undefined ? 0 : familyCode(terms.family),
    outbound: terms.outbound ? outboundMask(terms.outbound) : 0n,
    duties: dutiesWord(terms.duties),
    thresholds: terms.thresholds.map(thresholdBodyOf),
  }
}

function thresholdBodyOf({ measure, limit, withdraws, adds, uses = [], doubtful }: Threshold): ThresholdBody {
  const { metric, subject, param } = parseMeasure(measure)
  return {
    metric,
    subject,
    limit,
    withdraws: rightsMask(withdraws),
    adds: obligationsMask(adds),
    uses: rightsMask(uses),
    param,
    flags: doubtful ? 1 << THRESHOLD_FLAGS.doubtful : 0,
  }
}

/** The words of a body, for people and JSON: masks become lists of names. */
export function describeBody(
  body: TermsBody,
): Pick<Terms, 'rights' | 'duties' | 'thresholds' | 'family' | 'outbound'> & Required<Pick<Terms, 'flags'>> {
  return {
    rights: rightsOf(body.rights),
    flags: termsFlagsOf(body.flags),
    ...(body.family !== 0 && { family: familyWord(body.family) }),
    ...(body.outbound !== 0n && { outbound: outboundOf(body.outbound) }),
    duties: dutiesOf(body.duties),
    thresholds: body.thresholds.map(({ limit, withdraws, adds, uses, flags, ...codes }) => ({
      measure: measureName(codes),
      limit,
      withdraws: rightsOf(withdraws),
      adds: obligationsOf(adds),
      uses: rightsOf(uses),
      ...((flags & (1 << THRESHOLD_FLAGS.doubtful)) !== 0 && { doubtful: true }),
    })),
  }
}

/** Duties in one word, as the chain keeps them: see {@link TermsBody}. */
export function dutiesWord(duties: Duties): bigint {
  let word = 0n
  for (const obligation of OBLIGATION_NAMES) {
    for (const use of duties[obligation] ?? []) {
      word |= 1n << (LANE * BigInt(RIGHTS[use]) + BigInt(OBLIGATIONS[obligation]))
    }
  }
  return word
}

/** The duties of a word, in the order of the bits. What is not defined is left out. */
export function dutiesOf(word: bigint): Duties {
  const lanes = RIGHT_NAMES.map((_, use) => Number((word >> (LANE * BigInt(use))) & LANE_MASK))
  return Object.fromEntries(
    OBLIGATION_NAMES.flatMap((obligation) => {
      const uses = RIGHT_NAMES.filter((_, use) => lanes[use]! & (1 << OBLIGATIONS[obligation]))
      return uses.length > 0 ? [[obligation, uses]] : []
    }),
  )
}

/** The mask of the obligations that at least one of some uses, a mask of rights, raises. */
export function raisedBy(word: bigint, uses: number): number {
  let obligations = 0
  for (let use = 0; uses >> use !== 0; ++use) {
    if (uses & (1 << use)) obligations |= Number((word >> (LANE * BigInt(use))) & LANE_MASK)
  }
  return obligations & ALL_OBLIGATIONS
}

const LANE_MASK = (1n << LANE) - 1n

/** The mask of the families that a derivative may be passed on under: bit n for family n. */
function outboundMask(outbound: Outbound): bigint {
  if ('only' in outbound) return familiesMask(outbound.only)
  return ALL_FAMILIES & ~familiesMask(outbound.except)
}

/** What a mask of families says in words. One that allows the last family, which has no name, excludes some. */
function outboundOf(mask: bigint): Outbound {
  const isOpen = (mask >> BigInt(LAST_FAMILY)) & 1n
  const listed = isOpen ? ALL_FAMILIES & ~mask : mask
  const words = Array.from({ length: LAST_FAMILY }, (_, index) => index + 1)
    .filter((family) => (listed >> BigInt(family)) & 1n)
    .map(familyWord)
  return isOpen ? { except: words } : { only: words }
}

function familiesMask(families: readonly string[]): bigint {
  return families.reduce((mask, family) => mask | (1n << BigInt(familyCode(family))), 0n)
}

function familyWord(code: number): string {
  return familyName(code) ?? `#${code}`
}

/** The code of a family. @throws {@link UnknownWordError} */
function familyCode(family: string): number {
  const code = Number(/^#([1-9]\d{0,2})$/.exec(family)?.[1])
  return code <= LAST_FAMILY ? code : FAMILIES[parseWord('family', FAMILY_NAMES, family)]
}

/** Every family that a mask of families can hold. Bit 0 is not a family. */
export const ALL_FAMILIES = 2n ** BigInt(LAST_FAMILY + 1) - 2n

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
