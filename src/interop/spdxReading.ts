import type { DraftTerms } from '../documents/draft.ts'
import { describeValue, type Fields } from '../documents/fields.ts'
import {
  BomModelError,
  cleanText,
  datasetsOf,
  digestOf,
  listAt,
  modelNameAmong,
  objectsAt,
  parentsOf,
  read,
  textAt,
  UnsupportedBomError,
  uriOf,
  valuesOf,
  type BomDataset,
  type BomModel,
  type BomParent,
  type BomValues,
} from './bomReading.ts'
import { NO_ASSERTION_LICENSE, SPDX_CONTEXT } from './spdx.ts'
import { isSpdxLicenseId } from './spdxLicenseIds.ts'

const CONTEXTS: readonly unknown[] = [SPDX_CONTEXT, 'https://spdx.org/rdf/3.0.0/spdx-context.jsonld']
const LISTED = 'https://spdx.org/licenses/'

/** The elements of a document, and what relates them. */
type Graph = {
  byId: ReadonlyMap<string, Fields>
  elements: readonly Fields[]
  /** Ids to which an element is related in a way, in the order of the document. */
  related: (from: string, type: string) => { to: string; by: Fields }[]
}

/**
 * Reads an SPDX 3.0.1 document: the model that it is about, what it is a descendant of, its declared license and what it was trained on.
 *
 * @param name chooses a model by its name, where there are several
 */
export function readSpdx(document: Fields, name?: string): BomModel {
  const context = document['@context']
  const contexts: readonly unknown[] = Array.isArray(context) ? context.slice(0, 16) : [context]
  if (!contexts.some((each) => CONTEXTS.includes(each)))
    throw new UnsupportedBomError(`Its context is ${describeValue(contexts[0])}`)
  const graph = graphOf(document)
  const model = chooseModel(graph, name)
  const id = idOf(model)!
  const values = elementValues(model)
  const called = nameOf(model)
  const { parents, warnings } = parentsOf(ancestorsOf(graph, id), 'descendantOf')
  const terms = termsOf(graph, id)
  return {
    name: called,
    weights: digestOf(values, 'weights', 'AIPackage'),
    tensors: digestOf(values, 'tensors', 'AIPackage'),
    uri: uriOf(values, called),
    parents,
    terms,
    datasets: datasetsOf(datasetsIn(graph, id), 'trainedOn'),
    warnings: [...warnings, ...(terms.license === null ? ['The bill of materials states no license.'] : [])],
  }
}

function graphOf(document: Fields): Graph {
  const elements = document['@graph'] === undefined ? [document] : objectsAt(document, '@graph', 'document')
  const byId = new Map(elements.flatMap((each) => (idOf(each) === undefined ? [] : [[idOf(each)!, each] as const])))
  const relations = new Map<string, { to: string; by: Fields }[]>()
  for (const by of elements) {
    const { type, relationshipType } = by
    if (typeof type !== 'string' || !type.endsWith('Relationship') || typeof relationshipType !== 'string') continue
    const [from] = refsOf(by.from)
    for (const to of refsOf(by.to)) {
      const key = `${relationshipType} ${from}`
      const found = relations.get(key) ?? []
      relations.set(key, found)
      found.push({ to, by })
    }
  }
  return { elements, byId, related: (from, type) => relations.get(`${type} ${from}`) ?? [] }
}

function idOf({ spdxId, '@id': id }: Fields): string | undefined {
  if (typeof spdxId === 'string') return spdxId
  return typeof id === 'string' ? id : undefined
}

/** The ids in a reference: one or several, each an id or an element that is written in place. */
function refsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((each: unknown) => {
    if (typeof each === 'string') return [each]
    return typeof each === 'object' && each !== null ? (idOf(each as Fields) ?? []) : []
  })
}

function chooseModel({ elements, byId, related }: Graph, name: string | undefined): Fields {
  const models = elements.filter((each) => each.type === 'ai_AIPackage' && idOf(each) !== undefined)
  const named = name === undefined ? undefined : models.find((each) => nameOf(each) === name)
  if (named !== undefined) return named
  if (models.length === 1) return models[0]!
  const roots = new Set(elements.flatMap(({ rootElement }) => (rootElement === undefined ? [] : refsOf(rootElement))))
  const parents = new Set(models.flatMap((each) => related(idOf(each)!, 'descendantOf').map(({ to }) => to)))
  for (const chosen of [
    models.filter((each) => roots.has(idOf(each)!)),
    models.filter((each) => !parents.has(idOf(each)!)),
  ]) {
    if (chosen.length === 1) return byId.get(idOf(chosen[0]!)!)!
  }
  throw new BomModelError(models.map(calledOf))
}

function nameOf(element: Fields): string | null {
  return modelNameAmong(textAt(element, 'software_packageUrl', 'element'), [textAt(element, 'name', 'element')])
}

function calledOf(element: Fields): string {
  return nameOf(element) ?? cleanText(textAt(element, 'name', 'element') ?? 'an element without a name')
}

function elementValues(element: Fields): BomValues {
  const pairs = listAt(element, 'extension', 'element')
    .flatMap((each) => (typeof each === 'string' ? [] : [read.object(each, 'extension')]))
    .flatMap((each) => objectsAt(each, 'extension_cdxProperty', 'extension'))
    .map(
      (each) =>
        [
          textAt(each, 'extension_cdxPropName', 'extension') ?? '',
          textAt(each, 'extension_cdxPropValue', 'extension') ?? '',
        ] as const,
    )
  return valuesOf(pairs, 'element')
}

function ancestorsOf({ byId, elements, related }: Graph, id: string): BomParent[] {
  const reversed = elements.flatMap((by) =>
    by.relationshipType === 'ancestorOf' && refsOf(by.to).includes(id) ? refsOf(by.from).map((to) => ({ to, by })) : [],
  )
  return [...related(id, 'descendantOf'), ...reversed].map(({ to, by }) => {
    const parent = byId.get(to) ?? { name: to }
    return {
      values: new Map([...elementValues(parent), ...elementValues(by)]),
      name: nameOf(parent),
      called: calledOf(parent),
    }
  })
}

const NO_TERMS: DraftTerms = { license: null, licenseName: null, licenseLink: null }

function termsOf({ byId, related }: Graph, id: string): DraftTerms {
  const [stated] = [...related(id, 'hasDeclaredLicense'), ...related(id, 'hasConcludedLicense')].filter(
    ({ to }) => !/NoAssertion|NoneLicense|NoneElement/.test(to),
  )
  if (stated === undefined || stated.to === NO_ASSERTION_LICENSE) return NO_TERMS
  const element = byId.get(stated.to)
  const expression = element && textAt(element, 'simplelicensing_licenseExpression', 'license')
  if (element === undefined || expression === undefined) {
    const bare = isSpdxLicenseId(stated.to) ? stated.to : undefined
    const listed = stated.to.startsWith(LISTED) ? stated.to.slice(LISTED.length) : bare
    const called = listed ?? (element && textAt(element, 'name', 'license'))
    return called === undefined ? NO_TERMS : { ...NO_TERMS, license: cleanText(called) }
  }
  if (!expression.includes('LicenseRef-')) return { ...NO_TERMS, license: cleanText(expression) }
  const called = textAt(element, 'name', 'license') ?? expression
  if (/\s/.test(expression)) return { ...NO_TERMS, license: cleanText(called) }
  const entry = objectsAt(element, 'simplelicensing_customIdToUri', 'license').find(({ key }) => key === expression)
  const link = entry && textAt(entry, 'value', 'license')
  return { license: 'other', licenseName: cleanText(called), licenseLink: link === undefined ? null : cleanText(link) }
}

function datasetsIn(graph: Graph, id: string): BomDataset[] {
  return graph.related(id, 'trainedOn').flatMap(({ to }) => {
    const element = graph.byId.get(to)
    if (element === undefined) return []
    const terms = termsOf(graph, to)
    const hash = listAt(element, 'verifiedUsing', 'dataset')
      .flatMap((each) => (typeof each === 'string' ? [] : [read.object(each, 'verifiedUsing')]))
      .find(({ algorithm }) => algorithm === 'sha256')
    return [
      {
        values: elementValues(element),
        name: textAt(element, 'name', 'dataset'),
        license: (terms.license === 'other' ? terms.licenseName : terms.license) ?? undefined,
        sha256: hash && textAt(hash, 'hashValue', 'dataset'),
      },
    ]
  })
}
