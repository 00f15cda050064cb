import type { ChainId } from './chainId.ts'
import type { Country } from './countries.ts'
import { DOCS } from './errors.ts'
import type { LicenseFindingCode, Verdict } from './evaluate.ts'
import type { Address, CredentialId, Digest, ModelId, TermsId } from './hex.ts'
import type { AnswerSource } from './ports.ts'
import type { Obligation, Right } from './vocabulary.ts'

/** The version of a report. A field that is added leaves it; a field that goes, or comes to mean something else, raises it. */
export const REPORT_VERSION = 1 as const

/** The page that explains every code of a finding. Each code has an anchor on it. */
export const FINDINGS_PAGE = `${DOCS}/findings.md`

/** The absolute URL of what explains a code of a finding. */
export function findingDocs(code: string): string {
  return `${FINDINGS_PAGE}#${code}`
}

/**
 * What a finding is about, as a waiver names it: its code, its right or obligation, and its fact: `right-withheld/redistribute`. Of a rule of
 * the policy, what the rule asks, and whether it is open: who accepted that it is open has not accepted that it is broken.
 */
export function findingKey({
  code,
  severity,
  right,
  obligation,
  fact,
  asked,
}: Pick<Finding, 'right' | 'obligation' | 'fact' | 'asked'> & { code: string; severity: Severity }): string {
  const ofRule = asked === undefined ? [] : [asked, ...(severity === 'unknown' ? ['open'] : [])]
  return [code, right ?? obligation, fact, ...ofRule].filter((part) => part !== undefined).join('/')
}

/**
 * Why a publisher's word counts: accredited verifiers vouch for it on chain, the reader trusts it, or it proves the name by which the
 * model is asked about. The word of an unverified one can withhold a use, and cannot permit one.
 */
export type Standing = 'accredited' | 'trusted' | 'named' | 'unverified'

/** Codes of findings that `explain` puts into words. */
export type ExplainedCode =
  | Exclude<LicenseFindingCode, 'none'>
  | 'external-known'
  | 'external-replaced'
  | 'binding-changed'
  | 'publisher-denied'
  | 'publisher-untrusted'
  | 'publisher-unverified'
  | 'publisher-left-out'
  | 'own-work-unproved'
  | 'registration-unproved'
  | 'tensors-misstated'
  | 'terms-unproved'

/** Why an answer is what it is: the codes of the license algebra, of trust, of quotas, and of how labels, names and texts stand to each other. */
export type FindingCode =
  | ExplainedCode
  | RuleCode
  | 'quota-exceeded'
  | 'private-agreement'
  | 'relabeled'
  | 'purpose-limited'
  | 'name-prefix-missing'
  | 'text-unread'
  | 'terms-differ'
  | 'license-contradicted'
  | 'parent-contradicted'

/** Codes of findings about the rules of a policy on lineages: what a rule speaks of. */
export const RULE_CODES = [
  'lineage-publisher',
  'lineage-country',
  'lineage-accreditation',
  'lineage-model',
  'lineage-parent',
  'lineage-external',
  'lineage-origin',
] as const
/** A member of {@link RULE_CODES}. */
export type RuleCode = (typeof RULE_CODES)[number]

/** What the profile of a publisher states, for a rule on countries: a statement, and never proof. */
export type StatedCountry = {
  publisher: Address
  /** Null where it is not known. */
  country: Country | null
  /** SHA-256 of the profile; zero where none was set or it is not known. */
  profile: Digest
  /** The accredited account that vouches for the profile, or did until it ended; null where none does. */
  verifier: Address | null
}

/** The answer to one rule of the policy. */
export type RuleAnswer = {
  /** Its place in `lineage` of the policy, from 0. */
  rule: number
  /** What it asks, in words. */
  text: string
  /** Why the reader has it, as the policy says. */
  why?: string
  /** `broken`: the use is not permitted; `unknown`: whether it is kept is not known. The findings with this `rule` say by which models. */
  answer: 'kept' | 'broken' | 'unknown'
  /** Of a rule on countries: what each publisher states. */
  countries?: readonly StatedCountry[]
}

/** What a finding does: forbids the use, leaves it open, lays a duty on the licensee, or is worth knowing. */
export type Severity = 'blocking' | 'unknown' | 'duty' | 'warning'

/** What operators have anchored of the calls under a credential in sum, beside a quota of its tier that it exceeds. */
export type FoundUsage = {
  /** Whose logs it is summed over. */
  operators: readonly Address[]
  credential: CredentialId
  kind: 'calls' | 'tokens'
  used: string
  quota: string
}

/** A private agreement of a licensor with the holder of a credential. */
export type FoundAgreement = {
  licensor: Address
  /** The owner in the name of the licensor's model, in the words of its publisher; only where that publisher's word counts. */
  licensorName?: string
  holder: Address
  credential: CredentialId
  /** SHA-256 of the agreement, as the credential names it; left out where the source cannot know it. */
  digest?: Digest
}

/** One reason, for people and programs. */
export type Finding = {
  code: FindingCode
  severity: Severity
  /** The right that it is about. */
  right?: Right
  /** The obligation that it is about. */
  obligation?: Obligation
  /** The name of the licensee's fact that it depends on, as in `monthlyRevenueUsd/product`. */
  fact?: string
  /** The model that it lies at. */
  model: ModelId
  /** Ids from the model that was asked about up to `model`, both included. */
  path: readonly ModelId[]
  reason: string
  remedy: string
  /** The absolute URL of what explains the code. */
  docs: string
  /** Of a finding about a rule on lineages: the rule's place in the policy, from 0. */
  rule?: number
  /** Of a finding about a rule on lineages: its field and 16 hex digits that change with what the rule asks, for a waiver to name it by. */
  asked?: string
  /** Of a finding about a quota: what operators have anchored. Counts are decimal strings. */
  usage?: FoundUsage
  /** Of a finding about a private agreement: who made it with whom, and the credential that names its digest. */
  agreement?: FoundAgreement
}

/** What the licensee has to do, or may have to do, when it uses the model so. */
export type ReportedObligation = {
  obligation: Obligation
  /** Whose terms demand it. */
  model: ModelId
  /** Ids from the model that was asked about up to `model`, both included. */
  path: readonly ModelId[]
  /** Whether it holds for certain, or only if a fact that was not given is so. */
  certain: boolean
  /** Whether the policy says that the licensee meets it already. */
  fulfilled: boolean
  /** The terms that ask for it: those of the model, or those of a credential that the licensee needs for it. */
  terms: TermsId
  /** The name of these terms; empty where it is not known. */
  license: string
  /** The uses that raise it, among those that the use in question is at the model. */
  uses: readonly Right[]
  /** Where the text of the license is: as the library has it, else as these terms state it. */
  uri?: string
} & ObligationWords

/** What the license library has of an obligation. Nothing, where the terms are not those of the library. */
export type ObligationWords = {
  /** The clause that asks for it, and what it says in short. */
  clause?: string
  /** The exact words that the license obliges one to display. */
  display?: string
  /** What a name has to begin with. */
  prefix?: string
  /** What else is asked, in words of ours. */
  detail?: string
}

/** A fact of the licensee that was not given, and what follows from its value when all other missing facts are 0. */
export type DecidingFact = {
  /** Its name, as in `monthlyRevenueUsd/product`. */
  fact: string
  /** Rising: each up to `atMost` (a decimal string, included); the last is for all that is above. */
  steps: readonly { atMost: string | null; verdict: Verdict }[]
}

/** A model that a report names. Names and licenses are the words of strangers, cleaned and cut. */
export type ReportedModel = {
  model: ModelId
  /** Its name on the Hub or its URI, or the name of an external parent; empty when it is not known. */
  name: string
  /** The zero address for an external parent: nobody registered it. */
  publisher: Address
  /** Whether the publisher's word about it counts, and why. */
  standing: Standing
  terms: TermsId
  /** The name of its terms; empty when they have none. */
  license: string
  /** SHA-256 model digest of its weights; zero when its registration is not known. */
  weights: Digest
  /** Where its registration says that it is, as it says it; empty when that is not known. */
  uri: string
}

/** A publisher of the lineage, and whether its word counts there, and why. */
export type ReportedPublisher = {
  publisher: Address
  standing: Standing
  /** The domain that its profile states, cleaned: its own word, which accredited verifiers checked. Left out where none is known. */
  domain?: string
}

/** The answer to "may we ship this?". Its JSON form is described in `docs/verify-report.schema.json`. */
export type Report = {
  version: typeof REPORT_VERSION
  verdict: Verdict
  use: Right
  model: ModelId
  /** Who asks; the zero address is the public. */
  licensee: Address
  /** The time that the answer is about, in Unix seconds. */
  at: number
  /**
   * What that time dates: the whole `ledger`, as it stood then, or the `credentials` alone, while everything else is as of the block. The
   * latter is so for a time after the latest block.
   */
  dated: 'ledger' | 'credentials'
  /** Number of the block whose state it was read from. */
  block: number
  /** The time of that block, in Unix seconds. */
  blockTime: number
  chainId: ChainId
  source: AnswerSource
  /** Who registered the model. */
  publisher: Address
  /** Whether the publisher's word counts, and why. */
  publisherStanding: Standing
  /** Every publisher of the lineage, on whose words the answer rests; twice where its words differ in standing. */
  publishers: readonly ReportedPublisher[]
  findings: readonly Finding[]
  /** The answer to each rule of the policy on lineages, in their order; left out where it has none. */
  rules?: readonly RuleAnswer[]
  obligations: readonly ReportedObligation[]
  /** The missing facts of which the verdict depends on the value. */
  deciding: readonly DecidingFact[]
  /**
   * Ancestors that would forbid the use, or leave it open, if they did not have the publisher of their child: that it made both
   * is the publisher's word.
   */
  ownWork: readonly ModelId[]
  /** What the ids of this report stand for: the model itself (first), and every other that the report names. */
  models: readonly ReportedModel[]
}
