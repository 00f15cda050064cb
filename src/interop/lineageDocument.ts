import type { ChainId } from '../core/chainId.ts'
import type { EvidenceGrade } from '../core/claim.ts'
import {
  externalIdOf,
  externalNameOnHub,
  isExternalName,
  parseExternalName,
  type ExternalName,
} from '../core/external.ts'
import { ZERO_ADDRESS, ZERO_DIGEST, type Address, type Digest, type ModelId, type TermsId } from '../core/hex.ts'
import { isHubId } from '../core/hubId.ts'
import { isExternal, type LineageEdge, type LineageModel, type ModelStatus } from '../core/lineage.ts'
import { hubUri } from '../core/modelName.ts'
import type { LedgerReader, TermsLabel } from '../core/ports.ts'
import type { Registration } from '../core/registration.ts'
import type { ServingStatement } from '../core/serving.ts'
import { shortText } from '../core/text.ts'
import type { Part, Relation } from '../core/vocabulary.ts'
import type { DraftDataset } from '../documents/draft.ts'
import { termsIdOfLicense, type LicenseEntry } from '../documents/license.ts'
import type { TrainingDescription } from '../documents/trainingDescription.ts'
import type { AnsweredUse } from './answers.ts'
import { isSpdxLicenseId } from './spdxLicenseIds.ts'

/** A license of a model, by the terms of its registration. */
export type DocumentLicense = {
  terms: TermsId
  /** As its publisher calls it, safe to print; the id of the terms where nothing is known. */
  name: string
  /** Its id on the SPDX list: only where the terms are those of the license library, which has read the text. */
  spdx: string | null
  /** Where the text is said to be; null where no URI is stated. */
  uri: string | null
  /** Whether the terms are exactly those of the license library. */
  inLibrary: boolean
}

/** How a model was made from one of its parents. */
export type DocumentEdge = {
  model: ModelId
  relation: Relation
  /** What of the parent was used; left out for the whole, and where only a claim names the parent. */
  part?: Exclude<Part, 'whole'>
  grade: EvidenceGrade
  /** Whether a claim had to bring it out. */
  undisclosed: boolean
}

/** A model of a lineage, as the writers take it. Words of strangers are safe to print. */
export type DocumentModel = {
  model: ModelId
  /** Its name on the Hub, its URI, or its name as an external parent; its id where nothing is known. */
  name: string
  /** Where its registration says that it is; null where it states no URI. */
  uri: string | null
  /** Null for an external parent: nobody registered it. */
  publisher: Address | null
  /** Unix seconds; 0 for an external parent. */
  registeredAt: number
  status: ModelStatus
  recalled: boolean
  /** SHA-256 model digest; null where no registration is known. */
  weights: Digest | null
  /** The digest of its tensors; null where none is stated. */
  tensors: Digest | null
  /** The root of its datasets; null where none is stated. */
  datasets: Digest | null
  /** The digest of its training description; null where none is stated. */
  method: Digest | null
  terms: TermsId | null
  /** The parts of a set each; empty where the license is not known. */
  licenses: readonly DocumentLicense[]
  parents: readonly DocumentEdge[]
}

/** An endpoint at which a publisher states that the model answers. */
export type DocumentEndpoint = ServingStatement & {
  /** The hash of the statement. */
  statement: Digest
}

/** By what a verdict was reached, beside the ledger. */
export type DocumentPolicy = {
  /** SHA-256 over all that was asked, as a verification summary names it: whose word counts, the licensee, facts and rules. */
  digest: Digest
  /** The file of the policy: its name, safe to print, and the SHA-256 of its bytes; null where none was given. */
  file: { name: string; sha256: Digest } | null
}

/** What is known of a model and of all that it was made from, as of one block: the one input of the writers of bills of materials and statements. */
export type LineageDocument = {
  /** The version of the program. */
  version: string
  /** Who answers for what is written, safe to print; null where nobody is named. */
  author: string | null
  chainId: ChainId
  ledger: Address
  /** Number of the block. */
  block: number
  /** The time of the block, in Unix seconds. */
  blockTime: number
  /** The model that it is about, and then all its ancestors, nearest first. */
  models: readonly [DocumentModel, ...DocumentModel[]]
  /** The datasets of the first model, where its list was read; null where not. */
  datasets: readonly DraftDataset[] | null
  /** The training description of the first model, where it was read; null where not. */
  method: TrainingDescription | null
  /** Endpoints of the first model, in the order of the chain. */
  endpoints: readonly DocumentEndpoint[]
  /** What was answered about the first model, one report for each use; empty where nothing was asked. */
  reports: readonly AnsweredUse[]
  /** By what {@link reports} were reached; null where nothing was asked. */
  policy: DocumentPolicy | null
}

/**
 * Reads the lineage of a model with all that the writers of `stemma/interop` say of it: one walk, then its registrations, names and terms.
 *
 * @throws `UnregisteredModelError` when the model is not registered
 */
export async function readLineageDocument(
  reader: LedgerReader,
  parameters: readLineageDocument.Parameters,
): Promise<LineageDocument> {
  const { model, version, ledger, licenses } = parameters
  const { author = null, datasets = null, method = null, endpoints = [], reports = [], policy = null } = parameters
  const { lineage, chainId, block, timestamp } = await reader.readLineage(model, ZERO_ADDRESS, parameters.block)
  const external = lineage.models.filter(isExternal).map((each) => each.model)
  const [registrations, externals, labels] = await Promise.all([
    reader.readRegistrations(lineage.models.filter((each) => !isExternal(each)).map((each) => each.model)),
    external.length === 0 ? undefined : reader.readExternals?.(external),
    reader.readTermsLabels([...new Set(lineage.models.map(({ terms }) => terms))].filter((id) => BigInt(id) !== 0n)),
  ])
  const library = new Map(licenses.map((entry) => [termsIdOfLicense(entry), entry]))
  const described = describedExternals(method)
  const models = lineage.models.map((entry) =>
    modelOf(
      entry,
      registrations.get(entry.model),
      externals?.get(entry.model)?.name ?? described.get(entry.model),
      (terms) => licensesOf(terms, labels.get(terms), library),
    ),
  )
  return {
    version,
    author,
    chainId,
    ledger,
    block,
    blockTime: timestamp,
    models: models as [DocumentModel, ...DocumentModel[]],
    datasets,
    method,
    endpoints,
    reports,
    policy,
  }
}

export declare namespace readLineageDocument {
  type Parameters = Pick<LineageDocument, 'version' | 'ledger'> &
    Partial<Pick<LineageDocument, 'author' | 'datasets' | 'method' | 'endpoints' | 'reports' | 'policy'>> & {
      model: ModelId
      /** The license library. */
      licenses: readonly LicenseEntry[]
      /** The block to read; the latest by default. */
      block?: number
    }
}

/** The names of external parents that a training description gives. Each proves itself: the id follows from it. */
function describedExternals(method: TrainingDescription | null): Map<ModelId, ExternalName> {
  const names = (method?.parents ?? []).flatMap(({ model }) => {
    if (isHubId(model)) return [externalNameOnHub(model)]
    return isExternalName(model) ? [parseExternalName(model)] : []
  })
  return new Map(names.map((name) => [externalIdOf(name), name]))
}

function modelOf(
  entry: LineageModel,
  registration: Registration | undefined,
  external: string | undefined,
  licenses: (terms: TermsId) => DocumentLicense[],
): DocumentModel {
  const { model, publisher, registeredAt, status, recalled, terms } = entry
  const name = external ?? nameOf(registration?.uri ?? '')
  return {
    model,
    name: name === '' ? model : name,
    uri: registration?.uri ? shortText(registration.uri, 2048) : hubUriOf(external),
    publisher: isExternal(entry) ? null : publisher,
    registeredAt,
    status,
    recalled,
    weights: stated(registration?.weights),
    tensors: stated(registration?.tensors),
    datasets: stated(registration?.datasets),
    method: stated(registration?.method),
    terms: BigInt(terms) === 0n ? null : terms,
    licenses: BigInt(terms) === 0n ? [] : licenses(terms),
    parents: entry.parents.map((edge) => edgeOf(edge, registration)),
  }
}

function edgeOf(
  { model, relation, grade, undisclosed }: LineageEdge,
  registration: Registration | undefined,
): DocumentEdge {
  const part = grade === 'declared' ? registration?.parents.find((parent) => parent.model === model)?.part : undefined
  return { model, relation, ...(part && { part }), grade, undisclosed }
}

/** The licenses that terms stand for: one, or those of the parts of a set. */
function licensesOf(
  terms: TermsId,
  label: TermsLabel | undefined,
  library: ReadonlyMap<TermsId, LicenseEntry>,
): DocumentLicense[] {
  const parts = label && label.parts.length > 0 ? label.parts : [{ ...label, id: terms }]
  return parts.map(({ id, name, uri }) => {
    const entry = library.get(id)
    const known = entry?.unknown ? undefined : entry
    const at = known?.uri.startsWith('https://') ? known.uri : uri
    return {
      terms: id,
      name: known?.id ?? (shortText(name ?? '', 200) || id),
      spdx: known && isSpdxLicenseId(known.id) ? known.id : null,
      uri: at ? shortText(at, 2048) : null,
      inLibrary: known !== undefined,
    }
  })
}

const HUB = hubUri('')

function nameOf(uri: string): string {
  const place = uri.startsWith(HUB) ? uri.slice(HUB.length) : ''
  return isHubId(place) ? place : shortText(uri, 200)
}

function hubUriOf(external: string | undefined): string | null {
  return external !== undefined && isExternalName(external) && external.startsWith('hf:')
    ? hubUri(external.slice('hf:'.length))
    : null
}

function stated(digest: Digest | undefined): Digest | null {
  return digest === undefined || digest === ZERO_DIGEST ? null : digest
}

/** A URI that a format takes as it is: ASCII, without what a parser could take for the end of it; undefined for any other text. */
export function plainUri(text: string | null): string | undefined {
  if (text === null || !/^[a-z][a-z0-9+.-]*:[!-~]+$/i.test(text) || /["<>\\^`{|}]|%(?![0-9a-f]{2})|#.*#/i.test(text))
    return undefined
  return URL.canParse(text) ? text : undefined
}

/** The package URL of a model on the Hugging Face Hub; undefined for one that is elsewhere. */
export function packageUrlOf({ uri }: Pick<DocumentModel, 'uri'>): string | undefined {
  const place = uri?.startsWith(HUB) ? uri.slice(HUB.length) : ''
  return isHubId(place) && place.includes('/') ? `pkg:huggingface/${place}` : undefined
}

/** A time of the ledger as RFC 3339 writes it in UTC, to the second. */
export function documentTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

/** A UUID (version 8 of RFC 9562) that is made of a digest: the same content has the same one. */
export function uuidOf(digest: Digest): string {
  const hex = digest.slice(2)
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-')
}

/** How a model was made from a parent and how this is known, in words: `finetune (countersigned)`. */
export function edgeInWords({ relation, part, grade, undisclosed }: Omit<DocumentEdge, 'model'>): string {
  const of = part === undefined ? '' : ` of ${part === 'other' ? 'a part' : `the ${part}`}`
  return `${relation}${of} (${undisclosed ? 'undisclosed, ' : ''}${grade})`
}
