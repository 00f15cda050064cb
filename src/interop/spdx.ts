import { ZERO_DIGEST, type ModelId, type TermsId } from '../core/hex.ts'
import { sha256Text } from '../core/sha256.ts'
import type { DraftDataset } from '../documents/draft.ts'
import {
  datasetProperties,
  edgeProperties,
  findingInWords,
  findingsOfDocument,
  ledgerOf,
  propertiesOf,
  verdictProperties,
  property,
  type BomProperty,
} from './cyclonedx.ts'
import {
  documentTime,
  edgeInWords,
  packageUrlOf,
  plainUri,
  uuidOf,
  type DocumentLicense,
  type DocumentModel,
  type LineageDocument,
} from './lineageDocument.ts'
import { isSpdxLicenseId } from './spdxLicenseIds.ts'

/** The address of the JSON-LD context of SPDX 3.0.1. */
export const SPDX_CONTEXT = 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld'
/** What stands where nobody states a license. */
export const NO_ASSERTION_LICENSE = 'expandedlicensing_NoAssertionLicense'

/** A document of SPDX 3.0.1, as JSON-LD. `docs/formats/bom.md` says what its elements mean. */
export type SpdxDocument = { '@context': typeof SPDX_CONTEXT; '@graph': readonly SpdxElement[] }
/** An element of the graph. */
export type SpdxElement = { type: string } & Record<string, unknown>

const CREATION = '_:creation'

/**
 * Writes a lineage as an SPDX 3.0.1 document with the profiles core, software, AI, simple licensing and extension. A registered model is an
 * AIPackage with all properties that the profile demands; an external parent, of which these are not known, is a Package. The same document
 * gives the same bytes: ids are made of the content, and the time is that of the block.
 */
export function spdxDocument(document: LineageDocument): SpdxDocument {
  const uuid = uuidOf(sha256Text(JSON.stringify(graphOf(document, ''))))
  return { '@context': SPDX_CONTEXT, '@graph': graphOf(document, `urn:uuid:${uuid}`) }
}

/** Makes the ids of the elements of one document. */
type IdOf = (name: string) => string

function graphOf(document: LineageDocument, base: string): SpdxElement[] {
  const id: IdOf = (name) => `${base}#${name}`
  const { models, version, blockTime, author } = document
  const [first] = models
  const byId = new Map(models.map((each) => [each.model, each]))
  const datasets = document.datasets ?? []
  const publishers = [...new Set(models.flatMap(({ publisher }) => publisher ?? []))]
  const content = [
    ...publishers.map((publisher) => agentOf(publisher, id)),
    ...models.map((each) => packageOf(each, id)),
    ...models.flatMap((each) => lineageOf(each, byId, id)),
    ...datasets.map((each) => datasetOf(each, id)),
    ...(datasets.length > 0 ? [trainedOn(first, datasets, id)] : []),
    ...licensing(models, datasets, id),
    ...annotationsOf(document, id),
  ]
  const conformance = ['core', 'software', 'ai', 'simpleLicensing', 'extension']
  return [
    {
      type: 'CreationInfo',
      '@id': CREATION,
      specVersion: '3.0.1',
      created: documentTime(blockTime),
      createdBy: [id(author === null ? 'stemma' : 'author')],
      createdUsing: [id('tool')],
    },
    author === null
      ? element('SoftwareAgent', id('stemma'), { name: 'stemma' })
      : element('Agent', id('author'), { name: author }),
    element('Tool', id('tool'), { name: `stemma-${version}` }),
    element('SpdxDocument', id('document'), {
      name: `Lineage of ${first.name}`,
      profileConformance: conformance,
      rootElement: [id('sbom')],
      element: content.map(({ spdxId }) => spdxId),
      comment: `As of block ${document.block} of the ledger ${ledgerOf(document)}`,
    }),
    element('software_Sbom', id('sbom'), {
      profileConformance: conformance,
      rootElement: [modelRef(first.model, id)],
      element: content.map(({ spdxId }) => spdxId),
      software_sbomType: ['analyzed'],
      ...extension([
        property('ledger', ledgerOf(document)),
        property('block', document.block),
        ...verdictProperties(document),
      ]),
    }),
    ...content,
  ]
}

function element(type: string, spdxId: string, properties: Record<string, unknown>): SpdxElement {
  return { type, spdxId, creationInfo: CREATION, ...properties }
}

function extension(properties: readonly BomProperty[]): Record<string, unknown> {
  if (properties.length === 0) return {}
  return {
    extension: [
      {
        type: 'extension_CdxPropertiesExtension',
        extension_cdxProperty: properties.map(({ name, value }) => ({
          type: 'extension_CdxPropertyEntry',
          extension_cdxPropName: name,
          extension_cdxPropValue: value,
        })),
      },
    ],
  }
}

function modelRef(model: ModelId, id: IdOf): string {
  return id(`model-${model}`)
}

function agentRef(publisher: string, id: IdOf): string {
  return id(`publisher-${publisher}`)
}

function agentOf(publisher: string, id: IdOf): SpdxElement {
  return element('Agent', agentRef(publisher, id), {
    name: publisher,
    externalIdentifier: [
      {
        type: 'ExternalIdentifier',
        externalIdentifierType: 'other',
        identifier: publisher,
        comment: 'Account on the ledger',
      },
    ],
  })
}

function packageOf(entry: DocumentModel, id: IdOf): SpdxElement {
  const { model, name, publisher, weights, registeredAt } = entry
  const purl = packageUrlOf(entry)
  const common = {
    name,
    software_primaryPurpose: 'model',
    ...(weights !== null && {
      verifiedUsing: [
        {
          type: 'Hash',
          algorithm: 'sha256',
          hashValue: weights.slice(2),
          comment: 'Root digest of the OpenSSF Model Signing 1.0 manifest of all files',
        },
      ],
    }),
    ...(purl !== undefined && { software_packageUrl: purl }),
    ...extension(propertiesOf(entry)),
  }
  if (publisher === null) {
    return element('software_Package', modelRef(model, id), {
      ...common,
      ...(plainUri(entry.uri) !== undefined && { software_downloadLocation: plainUri(entry.uri) }),
      comment: 'External: named as a parent, and registered by nobody, so what an AIPackage must state is not known',
    })
  }
  return element('ai_AIPackage', modelRef(model, id), {
    ...common,
    software_packageVersion: weights === null ? model : `sha256:${weights.slice(2)}`,
    software_downloadLocation: plainUri(entry.uri) ?? `urn:stemma:model:${model}`,
    releaseTime: documentTime(registeredAt),
    suppliedBy: agentRef(publisher, id),
    comment: 'releaseTime is when it was registered on the ledger',
  })
}

function relationship(
  name: string,
  [from, type, to]: readonly [string, string, readonly string[]],
  more: Record<string, unknown> = {},
): SpdxElement {
  return element('Relationship', name, { relationshipType: type, from, to, ...more })
}

function lineageOf(
  { model, name, parents }: DocumentModel,
  byId: ReadonlyMap<ModelId, DocumentModel>,
  id: IdOf,
): SpdxElement[] {
  return parents.map((edge, index) =>
    relationship(
      id(`descendant-${model}-${index}`),
      [modelRef(model, id), 'descendantOf', [modelRef(edge.model, id)]],
      {
        description: `${name} is a ${edgeInWords(edge)} of ${byId.get(edge.model)!.name}.`,
        ...extension(edgeProperties(edge)),
      },
    ),
  )
}

function datasetRef({ digest }: DraftDataset, id: IdOf): string {
  return id(`dataset-${digest}`)
}

function datasetOf(dataset: DraftDataset, id: IdOf): SpdxElement {
  const { digest, name, named } = dataset
  return element('dataset_DatasetPackage', datasetRef(dataset, id), {
    name: name ?? digest,
    software_primaryPurpose: 'data',
    dataset_datasetType: ['noAssertion'],
    ...(!named && { verifiedUsing: [{ type: 'Hash', algorithm: 'sha256', hashValue: digest.slice(2) }] }),
    ...extension(datasetProperties(dataset)),
  })
}

function trainedOn({ model }: DocumentModel, datasets: readonly DraftDataset[], id: IdOf): SpdxElement {
  const to = datasets.map((each) => datasetRef(each, id))
  return relationship(id('trained-on'), [modelRef(model, id), 'trainedOn', to])
}

/**
 * The licenses: exactly one declared and one concluded for each registered model. Concluded is what the license library has read of a model
 * that was made from no other. Of any other text nothing is concluded, and neither of what has parents: their terms count too, and no
 * expression of licenses states what stays.
 */
function licensing(models: readonly DocumentModel[], datasets: readonly DraftDataset[], id: IdOf): SpdxElement[] {
  const expressions = new Map<string, SpdxElement>()
  const expressionOf = (licenses: readonly DocumentLicense[]): string => {
    if (licenses.length === 0) return NO_ASSERTION_LICENSE
    const names = licenses.map((license) => [licenseRef(license), plainUri(license.uri)] as const)
    const custom = names.filter(([name]) => !isSpdxLicenseId(name))
    const text = [...new Set(names.map(([name]) => name))].join(' AND ')
    const spdxId = id(`license-${sha256Text(JSON.stringify(names)).slice(2, 34)}`)
    expressions.set(
      spdxId,
      element('simplelicensing_LicenseExpression', spdxId, {
        ...(custom.length > 0 && { name: licenses.map(({ name }) => name).join(' AND ') }),
        simplelicensing_licenseExpression: text,
        ...(custom.some(([, uri]) => uri !== undefined) && {
          simplelicensing_customIdToUri: custom
            .filter(([, uri]) => uri !== undefined)
            .map(([key, value]) => ({ type: 'DictionaryEntry', key, value })),
        }),
      }),
    )
    return spdxId
  }
  const relations = models
    .filter(({ publisher }) => publisher !== null)
    .flatMap(({ model, licenses, parents }) => {
      const isConcluded = parents.length === 0 && licenses.every(({ inLibrary }) => inLibrary)
      return [
        relationship(id(`declared-${model}`), [modelRef(model, id), 'hasDeclaredLicense', [expressionOf(licenses)]]),
        relationship(
          id(`concluded-${model}`),
          [modelRef(model, id), 'hasConcludedLicense', [isConcluded ? expressionOf(licenses) : NO_ASSERTION_LICENSE]],
          parents.length === 0 ? {} : { comment: 'It was made from others, whose terms count too' },
        ),
      ]
    })
  const ofData = datasets
    .filter(({ license }) => license !== '')
    .map((dataset) => {
      const license = { name: dataset.license, spdx: isSpdxLicenseId(dataset.license) ? dataset.license : null }
      const to = expressionOf([{ ...license, uri: null, inLibrary: false, terms: ZERO_DIGEST as string as TermsId }])
      return relationship(id(`declared-${dataset.digest}`), [datasetRef(dataset, id), 'hasDeclaredLicense', [to]])
    })
  return [...expressions.values(), ...relations, ...ofData]
}

/**
 * The id of a license in an expression: its own on the SPDX list, else a reference that only this document explains. Others may give many
 * terms one name, or names that differ only in characters that a reference cannot have; a digest tells which of them is meant.
 */
function licenseRef({ spdx, name, terms, inLibrary }: DocumentLicense): string {
  const called = `LicenseRef-${name.replaceAll(/[^A-Za-z0-9.-]+/g, '-').slice(0, 200)}`
  return spdx ?? (inLibrary ? called : `${called}-${sha256Text(JSON.stringify([name, terms])).slice(2, 10)}`)
}

function annotationsOf(document: LineageDocument, id: IdOf): SpdxElement[] {
  const known = new Set<string>(document.models.map(({ model }) => model))
  const findings = findingsOfDocument(document).map((found, index) =>
    element('Annotation', id(`finding-${index}`), {
      annotationType: 'review',
      subject: modelRef(known.has(found.finding.model) ? found.finding.model : document.models[0].model, id),
      statement: findingInWords(found),
    }),
  )
  const endpoints = document.endpoints.map((endpoint, index) =>
    element('Annotation', id(`endpoint-${index}`), {
      annotationType: 'other',
      subject: modelRef(document.models[0].model, id),
      statement: `The publisher ${endpoint.publisher} states (${endpoint.grade}) that the model answers at ${endpoint.origin} as ${endpoint.name}.`,
    }),
  )
  return [...findings, ...endpoints]
}
