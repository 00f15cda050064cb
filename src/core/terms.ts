import type { Digest, TermsId } from './hex.ts'
import { termsIdOfBody, type TermsBody, type ThresholdBody } from './termsBody.ts'
import { measureName, parseMeasure } from './topics.ts'
import {
  ALL_OBLIGATIONS,
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

const LANE = 16n

/** The id of a terms template: its EIP-712 struct hash, the same on every chain. */
export function termsIdOf(terms: Terms): TermsId {
  const { name, uri, text } = terms
  return termsIdOfBody({ name, uri, text, body: bodyOf(terms) })
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
