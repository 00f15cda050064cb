import type { Address, CredentialId, ModelId } from '../../core/hex.ts'
import type { Registration } from '../../core/registration.ts'
import type { Relation, Right } from '../../core/vocabulary.ts'
import type { DraftDataset } from '../../documents/draft.ts'
import type { DescribedParent, TrainingDescription } from '../../documents/trainingDescription.ts'
import type { Severity } from '../../core/report.ts'

/** The profiles that a verification can ask for. */
export const PROFILE_NAMES = ['deployment', 'eu-gpai', 'cn-filing'] as const
/** A member of {@link PROFILE_NAMES}. */
export type ProfileName = (typeof PROFILE_NAMES)[number]

/** What a finding about the documents of a registration, or of a profile, is. */
export const DISCLOSURE_CODES = [
  'origin-not-stated',
  'origin-contradicted',
  'method-missing',
  'datasets-missing',
  'terms-missing',
  'document-unretrievable',
  'base-credential-missing',
  'parent-not-described',
  'parent-not-named',
  'credential-unmatched',
  'data-non-commercial',
  'data-no-derivatives',
  'data-share-alike',
  'data-license-unknown',
  'eu-provider',
  'eu-not-provider',
  'eu-undecided',
  'cn-filing',
  'cn-registration',
  'cn-undecided',
] as const
/** A member of {@link DISCLOSURE_CODES}. */
export type DisclosureCode = (typeof DISCLOSURE_CODES)[number]

/**
 * What is said of the documents of a registration. `duty`: something is lacking, or something follows; `unknown`: it cannot be said;
 * `warning`: worth knowing.
 */
export type DisclosureFinding = {
  code: DisclosureCode
  severity: Exclude<Severity, 'blocking'>
  /** The profile that it belongs to; left out where it holds without one. */
  profile?: ProfileName
  /** The field that it follows from, such as `method.compute` or `registration.datasets`. */
  field: string
  model: ModelId
  /** Ids from the model that was asked about up to `model`, both included. */
  path: readonly ModelId[]
  reason: string
  remedy: string
}

/** Where a document was looked for, and why it was not found there. */
export type Attempt = { place: string; problem: string }

/**
 * What came of looking for a document of a registration: `not-registered`, as the registration has no digest of it; `not-read`, as nobody
 * looked; `read`, and checked against the digest where there is one; or `not-found`.
 */
export type DocumentReading<T> =
  | { state: 'not-registered' }
  | { state: 'not-read' }
  | { state: 'read'; value: T; from: string }
  | { state: 'not-found'; tried: readonly Attempt[] }

/** The documents behind a registration. No digest of the card is registered, beside that of the whole folder. */
export type ModelDocuments = {
  method: DocumentReading<TrainingDescription>
  datasets: DocumentReading<readonly DraftDataset[]>
  card: DocumentReading<string>
}

/** Where a model comes from, by its registration and its training description. */
export type StatedOrigin = {
  /** `not-read`: a description is registered, which is not at hand. */
  stated: 'parents' | 'from-scratch' | 'not-stated' | 'not-read'
  /** The field that says so, or would. */
  field: 'registration.parents' | 'method.origin' | 'method'
}

/** A parent of the model, with what its training description says of it. */
export type DisclosedParent = {
  model: ModelId
  /** For people: its name, or the beginning of its id. */
  name: string
  relation: Relation
  /** Whether it has the publisher of the model. */
  isOwn: boolean
  described?: DescribedParent
  /** Where the description speaks of it, such as `method.parents[0]`; where it would, when it does not. */
  field: string
}

/** An ancestor whose terms withhold rights that commercial use needs, and which offers tiers. */
export type GatedBase = {
  model: ModelId
  name: string
  /** What is withheld. */
  rights: readonly Right[]
  path: readonly ModelId[]
  tiers: readonly { name: string; open: boolean }[]
}

/** All that a profile looks at. */
export type ProfileSubject = {
  model: ModelId
  name: string
  publisher: Address
  registration: Registration
  origin: StatedOrigin
  parents: readonly DisclosedParent[]
  documents: ModelDocuments
  /** The description, when it was read. */
  method: TrainingDescription | undefined
  /** Only filled for a profile that asks about credentials. */
  gated: readonly GatedBase[]
  /** Credentials for ancestors that the licensee or a publisher of the lineage holds. */
  credentials: ReadonlySet<CredentialId>
  /** What the licenses of the training data say. */
  data: readonly DisclosureFinding[]
}

/** A rule of law or of practice that a profile follows, with its place. */
export type ProfileSource = { title: string; place: string; uri: string }

/** What a profile is: its sources, and its rules. */
export type Profile = {
  name: ProfileName
  title: string
  sources: readonly ProfileSource[]
  /** Whether it has to know the credentials and tiers of ancestors. */
  asksForCredentials: boolean
  /** The documents that it looks for. */
  documents: readonly (keyof ModelDocuments)[]
  /** What it finds about a model. */
  findings(subject: ProfileSubject): DisclosureFinding[]
}

/** Makes findings of a profile about the model itself, or about one of its parents. */
export function findingsOf(profile: ProfileName, { model }: Pick<ProfileSubject, 'model'>) {
  return (
    code: DisclosureCode,
    severity: DisclosureFinding['severity'],
    field: string,
    words: { reason: string; remedy: string },
    at: { model: ModelId; path?: readonly ModelId[] } = { model },
  ): DisclosureFinding => ({
    code,
    severity,
    profile,
    field,
    model: at.model,
    path: at.path ?? (at.model === model ? [model] : [model, at.model]),
    ...words,
  })
}

/** A statement that can only be made in a new registration, and how. */
export function inNewRegistration(what: string): string {
  return `A registration cannot be changed: ${what}, register the model again (stemma register <folder> --method method.json), and name it as the successor (stemma model supersede <model> <successor>).`
}

/** Why a document is not at hand, place by place. */
export function triedIn(reading: { tried: readonly Attempt[] }): string {
  return reading.tried.map(({ place, problem }) => `${place}: ${problem}`).join('; ')
}
