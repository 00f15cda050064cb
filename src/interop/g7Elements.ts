import type { DraftDataset } from '../documents/draft.ts'
import type { DocumentModel, LineageDocument } from './lineageDocument.ts'

/** The formats of bills of materials, by the standard that they are of. */
export type BomStandard = 'cyclonedx' | 'spdx'

/** Where the list of elements is from, and what could not be checked. */
export const G7_SOURCE = {
  title:
    'Software Bill of Materials (SBOM) for Artificial Intelligence - Minimum Elements, G7 Cybersecurity Working Group',
  published: '2026-05-12',
  uri: 'https://www.bsi.bund.de/SharedDocs/Downloads/EN/BSI/KI/SBOM-for-AI_minimum-elements.html',
  listedFrom: 'https://openregtech.github.io/sbom/req/g7ai/g7ai.ttl',
  unchecked:
    'The publication itself was not at hand. Clusters and names of elements are those of a list that others drew from it, compared with what the press reported of it; what each element has to say was not compared with the original.',
} as const

/** The clusters of elements. */
export const G7_CLUSTERS = [
  'Metadata',
  'System level properties',
  'Models',
  'Dataset properties',
  'Infrastructure',
  'Security properties',
  'Key performance indicators',
] as const
/** A member of {@link G7_CLUSTERS}. */
export type G7Cluster = (typeof G7_CLUSTERS)[number]

/** One element of the G7's minimum for AI, and whether a bill of materials has it. */
export type G7Element = {
  cluster: G7Cluster
  element: string
  /** `partly`: of some of the models or datasets that it is about. */
  state: 'filled' | 'partly' | 'missing'
  /** What fills it, or what to do. */
  note: string
  /** Of an element that is filled in part: the models or datasets without it, at most 20. */
  lacking?: readonly string[]
}

/** Most names of what lacks an element. */
const MOST_NAMED = 20

/**
 * Lists the elements of the G7's minimum for an SBOM for AI, and which of them the bill of materials of a lineage fills. A bill is about a model:
 * what is about a system, its infrastructure, its security and its performance is for who builds the system.
 */
export function g7Elements(document: LineageDocument, standard: BomStandard): G7Element[] {
  const datasets = document.datasets ?? []
  return [
    ...metadata(document, standard),
    ...systemLevel(),
    ...models(document),
    ...datasetProperties(datasets),
    ...MISSING.map(([cluster, element, note]): G7Element => ({ cluster, element, state: 'missing', note })),
  ]
}

function filled(cluster: G7Cluster, element: string, note: string): G7Element {
  return { cluster, element, state: 'filled', note }
}

function missing(cluster: G7Cluster, element: string, note: string): G7Element {
  return { cluster, element, state: 'missing', note }
}

function metadata({ author }: LineageDocument, standard: BomStandard): G7Element[] {
  const isCyclonedx = standard === 'cyclonedx'
  const at = (cyclonedx: string, spdx: string): string => (isCyclonedx ? cyclonedx : spdx)
  const cluster = 'Metadata'
  return [
    author === null
      ? missing(cluster, 'SBOM author', 'Nobody is named. Name its author: --author <name>')
      : filled(cluster, 'SBOM author', at('metadata.authors', 'CreationInfo.createdBy')),
    isCyclonedx
      ? filled(cluster, 'SBOM version', 'version; the serial number changes with the content')
      : missing(cluster, 'SBOM version', 'SPDX 3.0.1 has no version of a document; its id changes with the content'),
    filled(cluster, 'SBOM data format name', at('bomFormat', '@context')),
    filled(cluster, 'SBOM data format version', at('specVersion', 'CreationInfo.specVersion')),
    missing(cluster, 'SBOM author signature', 'It is not signed: sign the file'),
    filled(cluster, 'SBOM tool name', at('metadata.tools', 'CreationInfo.createdUsing')),
    filled(cluster, 'SBOM tool version', at('metadata.tools', 'CreationInfo.createdUsing')),
    filled(cluster, 'SBOM generation context', at('metadata.lifecycles', 'software_sbomType')),
    filled(cluster, 'SBOM timestamp', `${at('metadata.timestamp', 'CreationInfo.created')}: the time of the block`),
    filled(cluster, 'SBOM dependency relationship', at('dependencies, pedigree', 'descendantOf, trainedOn')),
  ]
}

function systemLevel(): G7Element[] {
  const names = [
    'System name',
    'System components',
    'System producer',
    'System version',
    'System timestamp',
    'System data flow',
    'System data usage',
    'System input/output properties',
    'Intended application area',
  ]
  return names.map((name) =>
    missing(
      'System level properties',
      name,
      'It is for who builds a system from the model: this bill is about a model',
    ),
  )
}

function models({ models: all, method }: LineageDocument): G7Element[] {
  const cluster = 'Models'
  const of = (element: string, note: string, has: (model: DocumentModel) => boolean): G7Element =>
    stateOf(cluster, element, note, all, has, ({ name }) => name)
  return [
    of('Model name', 'as registered, or as the parent is called', ({ model, name }) => name !== model),
    of('Model identifier', 'the id of the registration', () => true),
    of('Model version', 'the digest of the weights', ({ weights }) => weights !== null),
    of('Model timestamp', 'when it was registered', ({ registeredAt }) => registeredAt > 0),
    of('Model producer', 'the account of its publisher', ({ publisher }) => publisher !== null),
    missing(cluster, 'Model description', 'A registration has none; its card may'),
    of('Model hash value', 'the model digest', ({ weights }) => weights !== null),
    of('Model hash algorithm', 'SHA-256, over an OpenSSF Model Signing manifest', ({ weights }) => weights !== null),
    missing(cluster, 'Model properties', 'A registration does not state architecture or limits'),
    missing(cluster, 'Model input/output properties', 'A registration does not state them'),
    method?.steps?.length
      ? filled(
          cluster,
          'Model training properties',
          'the training description, by its digest, and relations to parents',
        )
      : stateOf(
          cluster,
          'Model training properties',
          'relations to parents; for more, pass the training description: --method <file>',
          all,
          ({ parents, publisher }) => publisher !== null && parents.length > 0,
          ({ name }) => name,
        ),
    of('Model license', 'the terms of its registration', ({ licenses }) => licenses.length > 0),
    of('Model external references', 'the URI of its registration', ({ uri }) => uri !== null),
  ]
}

function datasetProperties(datasets: readonly DraftDataset[]): G7Element[] {
  const cluster = 'Dataset properties'
  const of = (element: string, note: string, has: (dataset: DraftDataset) => boolean): G7Element =>
    datasets.length === 0
      ? missing(cluster, element, 'No list of datasets was given: --datasets <file>')
      : stateOf(cluster, element, note, datasets, has, ({ name, digest }) => name ?? digest)
  return [
    of('Dataset name', 'as the list states it', ({ name }) => name !== null),
    missing(cluster, 'Dataset description', 'A list of datasets has none'),
    missing(cluster, 'Dataset content', 'A list of datasets does not state types or sizes'),
    of('Dataset identifier', 'its digest', () => true),
    of('Dataset hash', 'a digest of its contents', ({ named }) => !named),
    of('Dataset provenance', 'the category of its source', ({ source }) => source !== 'unstated'),
    missing(cluster, 'Dataset statistical properties', 'A list of datasets has only shares'),
    missing(cluster, 'Dataset sensitivity', 'A list of datasets does not state it'),
    of('Dataset dependency relationship', 'what the model was trained on', () => true),
    of('Dataset license', 'as the list states it', ({ license }) => license !== ''),
  ]
}

function stateOf<T>(
  cluster: G7Cluster,
  element: string,
  note: string,
  all: readonly T[],
  has: (each: T) => boolean,
  nameOf: (each: T) => string,
): G7Element {
  const lacking = all.filter((each) => !has(each)).map(nameOf)
  if (lacking.length === 0) return filled(cluster, element, note)
  if (lacking.length === all.length) return missing(cluster, element, `Not stated: ${note}`)
  return { cluster, element, state: 'partly', note, lacking: lacking.slice(0, MOST_NAMED) }
}

/** What a ledger of lineages does not hold. */
const MISSING: readonly (readonly [G7Cluster, string, string])[] = [
  ['Infrastructure', 'Infrastructure software', 'It is for who runs the model'],
  ['Infrastructure', 'Infrastructure hardware', 'It is for who runs the model'],
  ['Security properties', 'Security controls', 'They are for who builds the system'],
  ['Security properties', 'Security compliance', 'It is for who builds the system'],
  ['Security properties', 'Cybersecurity policy information', 'It is for who builds the system'],
  ['Security properties', 'Vulnerability referencing', 'A ledger holds recalls and scans, not vulnerabilities'],
  ['Key performance indicators', 'Security metrics', 'A registration states none'],
  ['Key performance indicators', 'Operational performance KPIs', 'A registration states none'],
]
