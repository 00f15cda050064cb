import { StemmaError } from './errors.ts'
import { didYouMean, quoted } from './text.ts'

/** How a model was made from a parent. The value is the code that a registration carries (one byte, 1 to 10). */
export const RELATIONS = {
  finetune: 1,
  adapter: 2,
  merge: 3,
  quantized: 4,
  distillation: 5,
  'continued-pretraining': 6,
  'reinforcement-learning': 7,
  conversion: 8,
  copy: 9,
  version: 10,
} as const

/** What of a parent was used. The value is the code that a registration carries beside the relation. */
export const PARTS = {
  whole: 0,
  /** The language model of a multimodal parent. */
  text: 1,
  /** Its vision or audio encoder. */
  encoder: 2,
  /** Its tokenizer and embeddings. */
  embeddings: 3,
  /** Some of its experts. */
  experts: 4,
  /** Its head for speculative decoding. */
  'draft-head': 5,
  other: 6,
} as const

/** What a license may allow. The value is the number of the right's bit in a mask of rights. */
export const RIGHTS = {
  research: 0,
  education: 1,
  personal: 2,
  commercial: 3,
  host: 4,
  modify: 5,
  'commercial-modify': 6,
  redistribute: 7,
  'redistribute-derivatives': 8,
  distill: 9,
  sublicense: 10,
} as const

/** What a license may demand. The value is the number of the obligation's bit in a mask of obligations. */
export const OBLIGATIONS = {
  notice: 0,
  attribution: 1,
  'state-changes': 2,
  'share-alike': 3,
  source: 4,
  'network-source': 5,
  'name-prefix': 6,
  'display-credit': 7,
  'use-restrictions': 8,
  'disclose-base': 9,
  'notify-licensor': 10,
} as const

/** What else a license may say of itself. The value is the number of the flag's bit; bit 0 marks a set of terms. */
export const TERMS_FLAGS = {
  /** The licensor grants to every recipient. */
  'automatic-grant': 1,
  /** It forbids further restrictions on recipients. */
  'forbids-further': 2,
  /** It imposes such restrictions. */
  'imposes-further': 3,
  /** A model distilled from its outputs is a derivative. */
  'students-derive': 4,
  /** An output is a derivative. */
  'outputs-derive': 5,
} as const

/**
 * Licenses that are compatible in the same way, as `outbound` of terms names them: under which licenses a derivative may be passed on. The
 * value is the family's code, and the number of its bit in a mask of families. The order is part of every id: names are only added.
 */
export const FAMILIES = {
  permissive: 1,
  'apache-2.0': 2,
  'mpl-2.0': 3,
  'epl-2.0': 4,
  'eupl-1.2': 5,
  'lgpl-2.1': 6,
  'lgpl-3.0': 7,
  'gpl-2.0': 8,
  'gpl-3.0': 9,
  'agpl-3.0': 10,
  'osl-3.0': 11,
  'ms-pl': 12,
  'artistic-2.0': 13,
  gfdl: 14,
  'cdla-sharing-1.0': 15,
  'odbl-1.0': 16,
  'odc-by-1.0': 17,
  'cc-by': 18,
  'cc-by-sa': 19,
  'cc-by-nc': 20,
  'cc-by-nc-sa': 21,
  'cc-by-nd': 22,
  'cc-by-nc-nd': 23,
  /** Use restrictions to which recipients must be bound. */
  rail: 24,
  /** Other licenses of models that allow commerce. */
  vendor: 25,
  /** Licenses of models for research or without commerce. */
  research: 26,
  proprietary: 27,
  dinov3: 28,
  sam: 29,
  'all-rights-reserved': 30,
  'gpl-2.0-or-later': 31,
  'gpl-3.0-or-later': 32,
  'agpl-3.0-or-later': 33,
  'lgpl-2.1-or-later': 34,
  'lgpl-3.0-or-later': 35,
  'cc-by-sa-3.0': 36,
  'cc-by-nc-sa-3.0': 37,
  'epl-1.0': 38,
  'eupl-1.1': 39,
  'ofl-1.1': 40,
  'lppl-1.3c': 41,
  'lgpl-lr': 42,
  'stability-nc': 43,
  'fair-nc': 44,
} as const

/** Flags that only a set of terms has. The value is the number of the flag's bit. */
export const SET_FLAGS = {
  /** The terms are a set. */
  set: 0,
  /** The terms of the outputs withhold commerce, so that a model that is distilled from them may not be used in it. */
  'students-without-commerce': 6,
} as const

/** The families whose licenses demand share-alike. A license that claims one without the duty is taken to state no family. */
export const ALIKE_FAMILIES = [
  'mpl-2.0',
  'epl-2.0',
  'eupl-1.2',
  'lgpl-2.1',
  'lgpl-3.0',
  'gpl-2.0',
  'gpl-3.0',
  'agpl-3.0',
  'osl-3.0',
  'gfdl',
  'cdla-sharing-1.0',
  'odbl-1.0',
  'cc-by-sa',
  'cc-by-nc-sa',
  'dinov3',
  'sam',
  'gpl-2.0-or-later',
  'gpl-3.0-or-later',
  'agpl-3.0-or-later',
  'lgpl-2.1-or-later',
  'lgpl-3.0-or-later',
  'cc-by-sa-3.0',
  'cc-by-nc-sa-3.0',
  'epl-1.0',
  'eupl-1.1',
  'ofl-1.1',
  'lgpl-lr',
  'stability-nc',
  'fair-nc',
] as const satisfies readonly (keyof typeof FAMILIES)[]

/** What a threshold may change beyond its rights and obligations. The value is the number of the flag's bit. */
export const THRESHOLD_FLAGS = {
  /** Above the limit the rights are uncertain and not withdrawn. */
  doubtful: 0,
} as const

/** What an operator may do for a publisher. The value is the number of the scope's bit in a mask of scopes. */
export const SCOPES = {
  /** Register models, or sign registrations. */
  register: 0,
  /** Anchor batches of registrations. */
  anchor: 1,
  /** Offer and withdraw tiers; issue, offer, accept, change and revoke credentials, and issue others under them. */
  grant: 2,
  /** Anchor usage logs. */
  audit: 3,
  /** State which model an endpoint serves. */
  deploy: 4,
} as const

/** A name of {@link RELATIONS}. */
export type Relation = keyof typeof RELATIONS
/** A name of {@link PARTS}. */
export type Part = keyof typeof PARTS
/** A name of {@link RIGHTS}. */
export type Right = keyof typeof RIGHTS
/** A name of {@link OBLIGATIONS}. */
export type Obligation = keyof typeof OBLIGATIONS
/** A name of {@link TERMS_FLAGS}. */
export type TermsFlag = keyof typeof TERMS_FLAGS
/** A name of {@link FAMILIES}. */
export type Family = keyof typeof FAMILIES
/** A name of {@link SCOPES}. */
export type Scope = keyof typeof SCOPES

/** Every right, in the order of the bits. */
export const RIGHT_NAMES = /* @__PURE__ */ Object.keys(RIGHTS) as Right[]
/** Every obligation, in the order of the bits. */
export const OBLIGATION_NAMES = /* @__PURE__ */ Object.keys(OBLIGATIONS) as Obligation[]
/** Every relation, in the order of the codes. */
export const RELATION_NAMES = /* @__PURE__ */ Object.keys(RELATIONS) as Relation[]
/** Every part, in the order of the codes. */
export const PART_NAMES = /* @__PURE__ */ Object.keys(PARTS) as Part[]
/** Every flag of terms, in the order of the bits. */
export const TERMS_FLAG_NAMES = /* @__PURE__ */ Object.keys(TERMS_FLAGS) as TermsFlag[]
/** Every family, in the order of the codes. */
export const FAMILY_NAMES = /* @__PURE__ */ Object.keys(FAMILIES) as Family[]
/** Every scope, in the order of the bits. */
export const SCOPE_NAMES = /* @__PURE__ */ Object.keys(SCOPES) as Scope[]

/** The mask in which every defined right is set. */
export const ALL_RIGHTS = /* @__PURE__ */ allOf(RIGHT_NAMES)
/** The mask in which every defined obligation is set. */
export const ALL_OBLIGATIONS = /* @__PURE__ */ allOf(OBLIGATION_NAMES)

/** The mask with the bit of each name, when the bits are numbered from 0 without a gap. */
function allOf(names: readonly string[]): number {
  return 2 ** names.length - 1
}

/** The mask of some rights. */
export function rightsMask(rights: Iterable<Right>): number {
  let mask = 0
  for (const right of rights) mask |= 1 << RIGHTS[right]
  return mask
}

/** The rights of a mask, in the order of the bits. Bits that are not defined are left out. */
export function rightsOf(mask: number): Right[] {
  return RIGHT_NAMES.filter((right) => mask & (1 << RIGHTS[right]))
}

/** The mask of some obligations. */
export function obligationsMask(obligations: Iterable<Obligation>): number {
  let mask = 0
  for (const obligation of obligations) mask |= 1 << OBLIGATIONS[obligation]
  return mask
}

/** The obligations of a mask, in the order of the bits. Bits that are not defined are left out. */
export function obligationsOf(mask: number): Obligation[] {
  return OBLIGATION_NAMES.filter((obligation) => mask & (1 << OBLIGATIONS[obligation]))
}

/** The mask of some scopes. */
export function scopesMask(scopes: Iterable<Scope>): number {
  let mask = 0
  for (const scope of scopes) mask |= 1 << SCOPES[scope]
  return mask
}

/** The scopes of a mask, in the order of the bits. Bits that are not defined are left out. */
export function scopesOf(mask: number): Scope[] {
  return SCOPE_NAMES.filter((scope) => mask & (1 << SCOPES[scope]))
}

/** The mask of some flags of terms. */
export function termsFlagsMask(flags: Iterable<TermsFlag>): number {
  let mask = 0
  for (const flag of flags) mask |= 1 << TERMS_FLAGS[flag]
  return mask
}

/** The flags of a mask, in the order of the bits. The mark of a set, and bits that are not defined, are left out. */
export function termsFlagsOf(mask: number): TermsFlag[] {
  return TERMS_FLAG_NAMES.filter((flag) => mask & (1 << TERMS_FLAGS[flag]))
}

/** The name of a relation's code, or undefined when the code is not defined. */
export function relationName(code: number): Relation | undefined {
  return RELATION_NAMES[code - 1]
}

/** The name of a family's code, or undefined when the code is not defined. */
export function familyName(code: number): Family | undefined {
  return FAMILY_NAMES[code - 1]
}

/** Parses a right's name. @throws {@link UnknownWordError} */
export function parseRight(value: string): Right {
  return parseWord('right', RIGHT_NAMES, value)
}

/** Parses a relation's name. @throws {@link UnknownWordError} */
export function parseRelation(value: string): Relation {
  return parseWord('relation', RELATION_NAMES, value)
}

/** Parses a part's name. @throws {@link UnknownWordError} */
export function parsePart(value: string): Part {
  return parseWord('part', PART_NAMES, value)
}

/** Parses an obligation's name. @throws {@link UnknownWordError} */
export function parseObligation(value: string): Obligation {
  return parseWord('obligation', OBLIGATION_NAMES, value)
}

/** Parses a scope's name. @throws {@link UnknownWordError} */
export function parseScope(value: string): Scope {
  return parseWord('scope', SCOPE_NAMES, value)
}

/** Finds a word in a list. @throws {@link UnknownWordError} */
export function parseWord<T extends string>(kind: string, words: readonly T[], value: string): T {
  const word = words.find((candidate) => candidate === value)
  if (word === undefined) throw new UnknownWordError(kind, value, words)
  return word
}

/** Thrown when a string is not a right, a relation, a part, an obligation, a word of a measure or a scope. */
export class UnknownWordError extends StemmaError {
  override name = 'UnknownWordError'
  /** The text that was refused. */
  readonly value: string

  constructor(kind: string, value: string, words: readonly string[]) {
    super(
      'UNKNOWN_WORD',
      `Invalid ${kind} ${quoted(value)}: use one of ${words.join(', ')}.${didYouMean(value, words)}`,
    )
    this.value = value
  }
}
