import { sha256Text } from '../core/sha256.ts'
import { ZERO_ADDRESS, type ModelId } from '../core/hex.ts'
import type { DraftDataset } from '../documents/draft.ts'
import { findingsOf, type SubjectFinding } from './answers.ts'
import {
  documentTime,
  edgeInWords,
  packageUrlOf,
  plainUri,
  uuidOf,
  type DocumentEdge,
  type DocumentEndpoint,
  type DocumentLicense,
  type DocumentModel,
  type LineageDocument,
} from './lineageDocument.ts'
import { isSpdxLicenseId } from './spdxLicenseIds.ts'

/** The versions of CycloneDX that are written. */
export const CYCLONEDX_VERSIONS = ['1.7', '1.6'] as const
/** A member of {@link CYCLONEDX_VERSIONS}. */
export type CyclonedxVersion = (typeof CYCLONEDX_VERSIONS)[number]

/** A name and a value in a bill of materials. All of ours begin with `stemma:`. */
export type BomProperty = { name: string; value: string }

/** A bill of materials of CycloneDX, as JSON. `docs/formats/bom.md` says what its fields mean. */
export type CyclonedxBom = { bomFormat: 'CycloneDX'; specVersion: CyclonedxVersion; serialNumber: string } & Record<
  string,
  unknown
>

/**
 * Writes a lineage as a CycloneDX machine-learning bill of materials. Each model has its direct parents as `pedigree.ancestors`, with relation and
 * evidence grade as properties, and all edges are in `dependencies`. The same document gives the same bytes: the serial number is made of the
 * content, and the time is that of the block.
 */
export function cyclonedxBom(document: LineageDocument, version: CyclonedxVersion = '1.7'): CyclonedxBom {
  const content = contentOf(document)
  const serialNumber = `urn:uuid:${uuidOf(sha256Text(JSON.stringify([version, content])))}`
  return {
    $schema: `http://cyclonedx.org/schema/bom-${version}.schema.json`,
    bomFormat: 'CycloneDX',
    specVersion: version,
    serialNumber,
    version: 1,
    ...content,
  }
}

function contentOf(document: LineageDocument): Record<string, unknown> {
  const { models, endpoints, blockTime, author } = document
  const datasets = document.datasets ?? []
  const byId = new Map(models.map((each) => [each.model, each]))
  const [first, ...ancestors] = models
  const subject = {
    ...componentOf(first, byId),
    ...(datasets.length > 0 && {
      modelCard: { modelParameters: { datasets: datasets.map((each) => ({ ref: datasetRef(each) })) } },
    }),
  }
  const findings = annotationsOf(document)
  return {
    metadata: {
      timestamp: documentTime(blockTime),
      lifecycles: [{ name: 'ledger', description: 'Read from the state of a lineage ledger at one block' }],
      tools: { components: [toolOf(document)] },
      ...(author !== null && { authors: [{ name: author }] }),
      component: subject,
      properties: [
        property('ledger', ledgerOf(document)),
        property('block', document.block),
        ...verdictProperties(document),
      ],
    },
    components: [...ancestors.map((each) => componentOf(each, byId)), ...datasets.map(datasetOf)],
    ...(endpoints.length > 0 && { services: endpoints.map(serviceOf) }),
    dependencies: [
      ...models.map(({ model, parents }) => ({
        ref: model,
        dependsOn: unique([
          ...parents.map((edge) => edge.model),
          ...(model === first.model ? datasets.map(datasetRef) : []),
        ]),
      })),
      ...datasets.map((each) => ({ ref: datasetRef(each), dependsOn: [] })),
      ...endpoints.map((each) => ({ ref: endpointRef(each), dependsOn: [each.model] })),
    ],
    ...(findings.length > 0 && { annotations: findings }),
  }
}

/** The ledger of a document by its CAIP-10 account. */
export function ledgerOf({ chainId, ledger }: Pick<LineageDocument, 'chainId' | 'ledger'>): string {
  return `eip155:${chainId}:${ledger}`
}

function componentOf(entry: DocumentModel, byId: ReadonlyMap<ModelId, DocumentModel>): Record<string, unknown> {
  const { model, name, licenses, publisher, weights, parents } = entry
  const uri = plainUri(entry.uri)
  return {
    'bom-ref': model,
    ...identityOf(entry),
    ...(publisher !== null && { publisher }),
    ...(weights !== null && { hashes: [{ alg: 'SHA-256', content: weights.slice(2) }] }),
    ...(licenses.length > 0 && { licenses: licenses.map(licenseOf) }),
    ...(parents.length > 0 && { pedigree: pedigreeOf(parents, byId, name) }),
    ...(uri !== undefined && { externalReferences: [{ type: 'distribution', url: uri }] }),
    properties: propertiesOf(entry),
  }
}

/** What a model is called, wherever it is mentioned. */
function identityOf(entry: DocumentModel): Record<string, unknown> {
  const { name, weights } = entry
  const [owner, ...parts] = /^[^/:]+\/[^/]+$/.test(name) ? name.split('/') : []
  const purl = packageUrlOf(entry)
  return {
    type: 'machine-learning-model',
    ...(owner !== undefined && { group: owner }),
    name: parts[0] ?? name,
    ...(weights !== null && { version: `sha256:${weights.slice(2)}` }),
    ...(purl !== undefined && { purl }),
  }
}

function pedigreeOf(
  parents: readonly DocumentEdge[],
  byId: ReadonlyMap<ModelId, DocumentModel>,
  name: string,
): Record<string, unknown> {
  return {
    ancestors: parents.map((edge) => ({
      ...identityOf(byId.get(edge.model)!),
      properties: [property('model', edge.model), ...edgeProperties(edge), ...externalProperty(byId.get(edge.model)!)],
    })),
    notes: parents.map((edge) => `${name} is a ${edgeInWords(edge)} of ${byId.get(edge.model)!.name}.`).join('\n'),
  }
}

/** The properties that say how a model was made from a parent. */
export function edgeProperties({ relation, part, grade, undisclosed }: DocumentEdge): BomProperty[] {
  return [
    property('relation', relation),
    ...(part === undefined ? [] : [property('part', part)]),
    property('grade', grade),
    ...(undisclosed ? [property('undisclosed', true)] : []),
  ]
}

/** The properties that say what the ledger holds of a model. */
export function propertiesOf(entry: DocumentModel): BomProperty[] {
  const { model, publisher, status, recalled, registeredAt, weights, tensors, datasets, method, terms } = entry
  const digests = { weights, tensors, datasets, method, terms }
  return [
    property('model', model),
    ...externalProperty(entry),
    ...(publisher === null ? [] : [property('publisher', publisher), property('status', status)]),
    ...(registeredAt === 0 ? [] : [property('registered', documentTime(registeredAt))]),
    ...(recalled ? [property('recalled', true)] : []),
    ...(entry.uri === null ? [] : [property('uri', entry.uri)]),
    ...Object.entries(digests).flatMap(([name, digest]) => (digest === null ? [] : [property(name, digest)])),
    ...(weights === null ? [] : [property('weights:method', 'OpenSSF Model Signing 1.0 root digest')]),
  ]
}

function externalProperty({ publisher, name }: DocumentModel): BomProperty[] {
  return publisher === null ? [property('external', name)] : []
}

/** The properties that say what was answered, to whom and by what: what one may do, by one policy at one block, says nothing of others. */
export function verdictProperties({ reports, policy, block, chainId }: LineageDocument): BomProperty[] {
  if (reports.length === 0) return []
  const licensees = [...new Set(reports.map(({ licensee }) => (licensee === ZERO_ADDRESS ? 'the public' : licensee)))]
  const { digest, file } = policy ?? { file: null }
  return [
    ...reports.map(({ use, verdict }) => property(`verdict:${use}`, verdict)),
    ...licensees.map((licensee) => property('verdict:licensee', licensee)),
    property('verdict:chain', `eip155:${chainId}`),
    property('verdict:block', block),
    ...(digest === undefined ? [] : [property('verdict:policy', digest)]),
    ...(file === null
      ? []
      : [property('verdict:policy:file', file.name), property('verdict:policy:file:sha256', file.sha256)]),
  ]
}

/** A property of ours. */
export function property(name: string, value: string | number | boolean): BomProperty {
  return { name: `stemma:${name}`, value: String(value) }
}

function licenseOf({ spdx, name, uri, terms }: DocumentLicense): Record<string, unknown> {
  const url = plainUri(uri)
  return {
    license: {
      ...(spdx === null ? { name } : { id: spdx }),
      acknowledgement: 'declared',
      ...(url !== undefined && { url }),
      properties: [property('terms', terms)],
    },
  }
}

function datasetRef({ digest }: DraftDataset): string {
  return `dataset:${digest}`
}

function datasetOf(dataset: DraftDataset): Record<string, unknown> {
  const { digest, license, name, named } = dataset
  return {
    'bom-ref': datasetRef(dataset),
    type: 'data',
    name: name ?? digest,
    ...(!named && { hashes: [{ alg: 'SHA-256', content: digest.slice(2) }] }),
    ...(license !== '' && { licenses: [{ license: isSpdxLicenseId(license) ? { id: license } : { name: license } }] }),
    data: [{ type: 'dataset', name: name ?? digest }],
    properties: datasetProperties(dataset),
  }
}

/** The properties that say what the list of datasets holds of one. */
export function datasetProperties({ digest, license, source, share, name, named }: DraftDataset): BomProperty[] {
  return [
    property('dataset:digest', digest),
    property('dataset:named', named),
    property('dataset:source', source),
    property('dataset:share', share),
    ...(license === '' ? [] : [property('dataset:license', license)]),
    ...(name === null ? [] : [property('dataset:name', name)]),
  ]
}

function endpointRef({ statement }: DocumentEndpoint): string {
  return `endpoint:${statement}`
}

function serviceOf(endpoint: DocumentEndpoint): Record<string, unknown> {
  const { publisher, origin, name, from, until, grade } = endpoint
  const uri = plainUri(origin)
  return {
    'bom-ref': endpointRef(endpoint),
    provider: { name: publisher },
    name,
    ...(uri !== undefined && { endpoints: [uri] }),
    properties: [
      property('endpoint:origin', origin),
      property('endpoint:grade', grade),
      property('endpoint:from', from),
      property('endpoint:until', until),
      property('endpoint:statement', endpoint.statement),
    ],
  }
}

/** The findings of a document about its first model, each once for all its uses. */
export function findingsOfDocument({ models: [first], ledger, reports }: LineageDocument): SubjectFinding[] {
  if (reports.length === 0) return []
  return findingsOf({ subject: first.name, place: { file: 'README.md' }, ledger, passed: true, reports })
}

/** A finding in one text, as an annotation has it. */
export function findingInWords({ finding, uses }: SubjectFinding): string {
  const { code, severity, reason, remedy } = finding
  return `${code} (${severity}; ${uses.join(', ')}): ${reason} ${remedy}`
}

function annotationsOf(document: LineageDocument): Record<string, unknown>[] {
  const known = new Set<string>(document.models.map(({ model }) => model))
  return findingsOfDocument(document).map((found, index) => ({
    'bom-ref': `finding:${index}`,
    subjects: [known.has(found.finding.model) ? found.finding.model : document.models[0].model],
    annotator: { component: toolOf(document) },
    timestamp: documentTime(document.blockTime),
    text: findingInWords(found),
  }))
}

function toolOf({ version }: LineageDocument): Record<string, unknown> {
  return { type: 'application', name: 'stemma', version }
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}
