import { methodDigest, NotCanonicalJsonError, type JsonValue } from '../core/canonicalJson.ts'
import { datasetsRoot, parseDatasetEntry, sortDatasets, type DatasetEntry } from '../core/datasets.ts'
import { StemmaError } from '../core/errors.ts'
import { isExternalName, parseExternalName, type ExternalName } from '../core/external.ts'
import { isBytes32, ZERO_DIGEST, type Digest } from '../core/hex.ts'
import { isHubId } from '../core/hubId.ts'
import { hubUri } from '../core/modelName.ts'
import { MAX_PARENTS, MAX_URI_BYTES, type Registration } from '../core/registration.ts'
import { sha256Text } from '../core/sha256.ts'
import { hasUnsafeCharacters, quoted, utf8Length } from '../core/text.ts'
import { PART_NAMES, RELATION_NAMES, type Part, type Relation } from '../core/vocabulary.ts'
import { checkDescribedParents, parseTrainingDescription, type TrainingDescription } from './trainingDescription.ts'

/** Most datasets in a draft. */
export const MAX_DRAFT_DATASETS = 10_000
/** Longest name of a dataset, and longest license text of a draft, in bytes of UTF-8. */
export const MAX_DRAFT_TEXT_BYTES = 2048

/** A parent as a draft names it; registering resolves it to a model on the ledger. */
export type DraftParent = {
  /** `owner/name` on the Hub, a model id (0x and 64 hex digits), or the name of an external parent (see `parseExternalName`). */
  model: string
  relation: Relation
  /** What of the parent was used; left out for the whole. */
  part?: Exclude<Part, 'whole'>
  /** Why the relation was inferred; null when it was given. */
  inferred: string | null
}

/** A dataset of a draft. */
export type DraftDataset = DatasetEntry & {
  /** The dataset's name, or null. */
  name: string | null
  /** Whether `digest` is only that of the name (see {@link namedDatasetDigest}), not of the contents. */
  named: boolean
}

/** The license that a draft states, in the words of the card. */
export type DraftTerms = {
  /** SPDX id or the Hub's id of the license, `other`, or null when none is stated. */
  license: string | null
  licenseName: string | null
  licenseLink: string | null
}

/** A description of the method in a form of one's own: it becomes a digest, and nothing reads it. */
export type OtherMethod = { readonly [key: string]: JsonValue }

/** Whether a draft's method is a training description, by its version. */
export function isTrainingDescription(method: TrainingDescription | OtherMethod): method is TrainingDescription {
  return 'version' in method
}

/**
 * Everything that a registration needs except the publisher, in a JSON file that people can read and correct before it is
 * sent. `docs/formats/draft.md` describes it.
 */
export type RegistrationDraft = {
  version: 1
  /** `owner/name`. It informs only, as a registration has no name. */
  name: string
  /** SHA-256 model digest. */
  weights: Digest
  /** SHA-256 of the tensor list (version 1); zero when not stated. A draft may leave it out. */
  tensors: Digest
  /** SHA-256 of the annex; zero when there is none. A draft may leave it out. */
  annex: Digest
  /** Where the documents behind the digests will be; empty when unknown. */
  uri: string
  parents: DraftParent[]
  terms: DraftTerms
  datasets: DraftDataset[]
  /** The training description, or null. */
  method: TrainingDescription | OtherMethod | null
  /** What a person should check before registering the draft. */
  warnings: string[]
}

/**
 * Parses and checks an untrusted draft.
 *
 * @throws {@link DraftFieldError} naming the first invalid field, `InvalidDatasetEntryError` for one of a dataset,
 * `DuplicateDatasetError`, `DatasetSharesError`, and `TrainingDescriptionError` for a field of the method
 */
export function parseDraft(value: unknown): RegistrationDraft {
  const draft = recordOf(value, '', [
    'version',
    'name',
    'weights',
    'tensors',
    'annex',
    'uri',
    'parents',
    'terms',
    'datasets',
    'method',
    'warnings',
  ])
  if (draft.version !== 1) throw new DraftFieldError('version', draft.version, '1')
  const weights = textOf(draft.weights, 'weights')
  if (!isBytes32(weights) || BigInt(weights) === 0n) {
    throw new DraftFieldError('weights', weights, 'the model digest: 0x and 64 hex digits, not all zero')
  }
  const result: RegistrationDraft = {
    version: 1,
    name: nameOf(draft.name, 'name'),
    weights: weights.toLowerCase() as Digest,
    tensors: optionalDigest(draft.tensors, 'tensors'),
    annex: optionalDigest(draft.annex, 'annex'),
    uri: uriOf(draft.uri),
    parents: parentsOf(draft.parents),
    terms: termsOf(draft.terms),
    datasets: parseDatasets(draft.datasets),
    method: methodOf(draft.method),
    warnings: listOf(draft.warnings ?? [], 'warnings', MAX_DRAFT_DATASETS).map((warning, index) =>
      textOf(warning, `warnings[${index}]`),
    ),
  }
  if (result.method && isTrainingDescription(result.method)) {
    checkDescribedParents(
      result.method,
      result.parents.map(({ model }) => model),
    )
  }
  return result
}

/**
 * The digest that stands for a dataset known by name only: SHA-256 of a URI in UTF-8. The URI is `hf://datasets/<id>` for an
 * id on the Hub, else `urn:stemma:dataset:` and the name in Unicode form NFC, percent-encoded. Equal names have equal
 * digests in every registration, whatever the contents.
 */
export function namedDatasetDigest(name: string): Digest {
  const uri = isHubId(name)
    ? `hf://datasets/${name}`
    : `urn:stemma:dataset:${encodeURIComponent(name.normalize('NFC'))}`
  return sha256Text(uri)
}

/** Computes the two digests of a registration that follow from a draft's documents. */
export function draftDigests(draft: RegistrationDraft): { datasets: Digest; method: Digest } {
  return {
    datasets: draft.datasets.length === 0 ? ZERO_DIGEST : datasetsRoot(draft.datasets),
    method: methodDigest(draft.method),
  }
}

/** The registration that a draft becomes, with what the draft leaves open: in whose name, by which terms, from which parents. */
export function registrationOf(
  draft: RegistrationDraft,
  { publisher, terms, parents }: Pick<Registration, 'publisher' | 'terms' | 'parents'>,
): Registration {
  const { weights, tensors, annex } = draft
  const uri = draft.uri || hubUri(draft.name)
  return { publisher, weights, tensors, annex, ...draftDigests(draft), terms, parents, uri }
}

/** A digest that a draft may leave out; zero then. */
function optionalDigest(value: unknown, path: string): Digest {
  if (value === undefined || value === null) return ZERO_DIGEST
  const digest = textOf(value, path)
  if (!isBytes32(digest)) throw new DraftFieldError(path, digest, 'a digest: 0x and 64 hex digits')
  return digest.toLowerCase() as Digest
}

function parentsOf(value: unknown): DraftParent[] {
  const models = new Set<string>()
  return listOf(value, 'parents', MAX_PARENTS).map((each, index) => {
    const path = `parents[${index}]`
    const parent = recordOf(each, path, ['model', 'relation', 'part', 'inferred'])
    let model = textOf(parent.model, `${path}.model`)
    if (isBytes32(model)) model = model.toLowerCase()
    else if (isExternalName(model)) model = externalOf(model, `${path}.model`)
    else if (!isHubId(model))
      throw new DraftFieldError(
        `${path}.model`,
        model,
        'owner/name, a model id of 0x and 64 hex digits, hf:owner/name, or tensors: and 64 hex digits',
      )
    // The Hub ignores case, and hf: names the same place.
    const key = model.toLowerCase().replace(/^hf:/, '')
    if (models.has(key)) throw new DraftFieldError(`${path}.model`, model, 'each parent once')
    models.add(key)
    const relation = textOf(parent.relation, `${path}.relation`)
    if (!(RELATION_NAMES as string[]).includes(relation)) {
      throw new DraftFieldError(`${path}.relation`, relation, `one of: ${RELATION_NAMES.join(', ')}`)
    }
    const part = PART_NAMES.find((name) => name === (parent.part ?? 'whole'))
    if (part === undefined) {
      throw new DraftFieldError(`${path}.part`, parent.part, `one of: ${PART_NAMES.join(', ')}`)
    }
    return {
      model,
      relation: relation as Relation,
      ...(part !== 'whole' && { part }),
      inferred: optionalTextOf(parent.inferred, `${path}.inferred`),
    }
  })
}

function externalOf(text: string, path: string): ExternalName {
  try {
    return parseExternalName(text)
  } catch (cause) {
    throw new DraftFieldError(path, text, 'hf:owner/name, or tensors: and 64 hex digits', { cause })
  }
}

function termsOf(value: unknown): DraftTerms {
  const terms = recordOf(value, 'terms', ['license', 'licenseName', 'licenseLink'])
  return {
    license: optionalTextOf(terms.license, 'terms.license'),
    licenseName: optionalTextOf(terms.licenseName, 'terms.licenseName'),
    licenseLink: optionalTextOf(terms.licenseLink, 'terms.licenseLink'),
  }
}

/**
 * Reads a list of datasets: what a draft has, or the document that is published beside a model. Name and `named` may be left out.
 *
 * @throws {@link DraftFieldError} `InvalidDatasetEntryError` `DuplicateDatasetError` `DatasetSharesError`
 */
export function parseDatasets(value: unknown): DraftDataset[] {
  const datasets = listOf(value, 'datasets', MAX_DRAFT_DATASETS).map(datasetOf)
  sortDatasets(datasets)
  return datasets
}

function datasetOf(value: unknown, index: number): DraftDataset {
  const path = `datasets[${index}]`
  const { name, named, ...entry } = recordOf(value, path, ['digest', 'license', 'source', 'share', 'name', 'named'])
  const dataset = parseDatasetEntry(entry, path)
  const text = optionalTextOf(name, `${path}.name`)
  if (named !== undefined && typeof named !== 'boolean')
    throw new DraftFieldError(`${path}.named`, named, 'true or false')
  if (named === true && (text === null || dataset.digest !== namedDatasetDigest(text))) {
    throw new DraftFieldError(`${path}.named`, named, 'false, as the digest is not the one of the name')
  }
  return { ...dataset, name: text, named: named ?? false }
}

/** What states a version is read as a training description; all else is kept as it is. */
function methodOf(value: unknown): RegistrationDraft['method'] {
  if (value === undefined || value === null) return null
  if (typeof value !== 'object' || Array.isArray(value)) throw new DraftFieldError('method', value, 'an object or null')
  if ('version' in value) return parseTrainingDescription(value)
  try {
    methodDigest(value as Record<string, unknown>)
  } catch (cause) {
    if (cause instanceof NotCanonicalJsonError) throw new DraftFieldError('method', value, 'plain JSON', { cause })
    throw cause
  }
  return value as OtherMethod
}

function uriOf(value: unknown): string {
  const uri = textOf(value ?? '', 'uri', MAX_URI_BYTES)
  if (uri !== '' && !/^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(uri))
    throw new DraftFieldError('uri', uri, 'a URI such as https://… or ipfs://…, or an empty string')
  return uri
}

function nameOf(value: unknown, path: string): string {
  const name = textOf(value, path)
  if (!isHubId(name)) throw new DraftFieldError(path, name, 'owner/name, of letters, digits, ".", "_" and "-"')
  return name
}

function recordOf(value: unknown, path: string, fields: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DraftFieldError(path || 'The draft', value, 'an object')
  }
  const unknown = Object.keys(value).find((key) => !fields.includes(key))
  if (unknown !== undefined) {
    // A misspelled field would be ignored in silence.
    throw new DraftFieldError(
      path === '' ? unknown : `${path}.${unknown}`,
      undefined,
      `only these fields: ${fields.join(', ')}`,
    )
  }
  return value as Record<string, unknown>
}

function listOf(value: unknown, path: string, most: number): unknown[] {
  if (!Array.isArray(value)) throw new DraftFieldError(path, value, 'a list')
  if (value.length > most) throw new DraftFieldError(path, `${value.length} entries`, `at most ${most}`)
  return Array.from(value)
}

function textOf(value: unknown, path: string, maximum = MAX_DRAFT_TEXT_BYTES): string {
  if (typeof value !== 'string') throw new DraftFieldError(path, value, 'a string')
  if (hasUnsafeCharacters(value))
    throw new DraftFieldError(path, value, 'a string without control, zero-width or bidirectional characters')
  if (utf8Length(value) > maximum) throw new DraftFieldError(path, value, `at most ${maximum} bytes`)
  return value
}

function optionalTextOf(value: unknown, path: string): string | null {
  return value === undefined || value === null || value === '' ? null : textOf(value, path)
}

function describe(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (value === undefined) return 'missing or unknown'
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : String(value)
}

/** Thrown when a field of a draft is missing or invalid. */
export class DraftFieldError extends StemmaError {
  override name = 'DraftFieldError'
  constructor(path: string, value: unknown, expected: string, options?: { cause?: unknown }) {
    const field = path.length > 100 ? `${path.slice(0, 100)}…` : path
    const safe = hasUnsafeCharacters(field) ? quoted(field) : field
    super(
      'DRAFT_FIELD',
      `${safe} is ${describe(value)}. Expected ${expected}. Correct it; docs/formats/draft.md describes it.`,
      options,
    )
  }
}
