import { canonicalJson } from '../core/canonicalJson.ts'
import type { DraftTerms } from '../documents/draft.ts'
import { describeValue, type Fields } from '../documents/fields.ts'
import {
  bomModelOf,
  chosenModel,
  missingDataset,
  NO_TERMS,
  type BomDataset,
  type BomModel,
  type BomParent,
} from './bomModel.ts'
import {
  cleanText,
  DuplicateBomReferenceError,
  listAt,
  modelNameAmong,
  objectsAt,
  read,
  textAt,
  UnsupportedBomError,
  valuesOf,
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
  related: (from: string, type: string) => Edge[]
}

type Edge = { to: string; by: Fields }

/**
 * Reads an SPDX 3.0.1 document: the model that it is about, what it is a descendant of, its declared license and what it was trained on.
 *
 * @param name chooses a model by its name, where there are several
 */
export function readSpdx(document: Fields, name?: string): BomModel {
  const context = document['@context']
  const contexts: readonly unknown[] = Array.isArray(context) ? context : [context]
  // A context of its own could give each name another meaning, which other readers would follow.
  const other = contexts.findIndex((each) => !CONTEXTS.includes(each))
  if (contexts.length === 0 || other >= 0)
    throw new UnsupportedBomError(`Its context is ${describeValue(contexts[other])}`)
  const graph = graphOf(document)
  const model = chooseModel(graph, name)
  const id = idOf(model)!
  requireNoCycle(graph, id)
  const trainedOn = graph.related(id, 'trainedOn').map(({ to }) => to)
  return bomModelOf({
    path: 'AIPackage',
    values: elementValues(model),
    name: nameOf(model),
    parents: graph.related(id, 'descendantOf').map((edge) => parentOf(graph, edge)),
    terms: termsOf(graph, id),
    datasets: trainedOn.filter((to) => graph.byId.has(to)).map((to) => datasetOf(graph, to)),
    warnings: trainedOn
      .filter((to) => !graph.byId.has(to))
      .slice(0, 8)
      .map((to) => missingDataset(describeValue(to))),
  })
}

function graphOf(document: Fields): Graph {
  const stated = document['@graph'] === undefined ? [document] : objectsAt(document, '@graph', 'document')
  const { byId, elements } = uniqueElements(stated)
  const relations = new Map<string, Edge[]>()
  const add = (key: string, edge: Edge): void => {
    const found = relations.get(key) ?? []
    relations.set(key, found)
    found.push(edge)
  }
  for (const by of elements) {
    const { type, relationshipType } = by
    if (typeof type !== 'string' || !type.endsWith('Relationship') || typeof relationshipType !== 'string') continue
    const [from, ...others] = refsOf(by.from)
    if (from === undefined) continue
    if (others.length > 0) read.fail('from', by.from, 'one element')
    for (const to of refsOf(by.to)) {
      if (relationshipType === 'ancestorOf') add(`descendantOf ${to}`, { to: from, by })
      else add(`${relationshipType} ${from}`, { to, by })
    }
  }
  return { elements, byId, related: (from, type) => relations.get(`${type} ${from}`) ?? [] }
}

/**
 * The elements, each once. JSON-LD may write an element several times, and their statements add up: the same ones add nothing. Elements of one
 * id that say different things are refused, because an element has one name, one license, and so on.
 *
 * @throws {@link DuplicateBomReferenceError}
 */
function uniqueElements(stated: readonly Fields[]): Pick<Graph, 'byId' | 'elements'> {
  const byId = new Map<string, Fields>()
  const texts = new Map<string, string>()
  const elements = stated.filter((each) => {
    const { spdxId, '@id': also } = each
    if (spdxId !== undefined && also !== undefined && spdxId !== also)
      read.fail('spdxId', spdxId, `the same as its "@id", ${describeValue(also)}`)
    const id = idOf(each)
    if (id === undefined) return true
    const known = byId.get(id)
    if (known === undefined) {
      byId.set(id, each)
      return true
    }
    const text = texts.get(id) ?? canonicalJson(known)
    texts.set(id, text)
    if (text !== canonicalJson(each)) throw new DuplicateBomReferenceError('spdxId', id)
    return false
  })
  return { byId, elements }
}

/** Refuses a model that was made from itself, whatever is between. */
function requireNoCycle(graph: Graph, id: string): void {
  const reached = new Set(graph.related(id, 'descendantOf').map(({ to }) => to))
  for (const each of reached) {
    if (each === id) read.fail('descendantOf', id, 'other models than the one that was made from them')
    for (const { to } of graph.related(each, 'descendantOf')) reached.add(to)
  }
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

function chooseModel({ elements, related }: Graph, name: string | undefined): Fields {
  const models = elements.filter((each) => each.type === 'ai_AIPackage' && idOf(each) !== undefined)
  return chosenModel(models, name, {
    nameOf,
    calledOf,
    about: () => {
      const roots = new Set(elements.flatMap(({ rootElement }) => refsOf(rootElement)))
      const parents = new Set(models.flatMap((each) => related(idOf(each)!, 'descendantOf').map(({ to }) => to)))
      return [models.filter((each) => roots.has(idOf(each)!)), models.filter((each) => !parents.has(idOf(each)!))]
    },
  })
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

function parentOf({ byId }: Graph, { to, by }: Edge): BomParent {
  const parent = byId.get(to) ?? { name: to }
  return {
    values: new Map([...elementValues(parent), ...elementValues(by)]),
    name: nameOf(parent),
    called: calledOf(parent),
  }
}

function termsOf({ byId, related }: Graph, id: string): DraftTerms {
  const licensesBy = (type: string): string[] => [
    ...new Set(
      related(id, type)
        .map(({ to }) => to)
        .filter((to) => !/NoAssertion|NoneLicense|NoneElement/.test(to)),
    ),
  ]
  const [declared, concluded] = [licensesBy('hasDeclaredLicense'), licensesBy('hasConcludedLicense')]
  for (const each of [declared, concluded])
    if (each.length > 1)
      read.fail('hasDeclaredLicense', each[1], `one license, and ${describeValue(each[0])} is another`)
  const [stated] = [...declared, ...concluded]
  if (stated === undefined || stated === NO_ASSERTION_LICENSE) return NO_TERMS
  const element = byId.get(stated)
  const expression = element && textAt(element, 'simplelicensing_licenseExpression', 'license')
  if (element === undefined || expression === undefined) {
    const bare = isSpdxLicenseId(stated) ? stated : undefined
    const listed = stated.startsWith(LISTED) ? stated.slice(LISTED.length) : bare
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

function datasetOf(graph: Graph, id: string): BomDataset {
  const element = graph.byId.get(id)!
  const terms = termsOf(graph, id)
  const hash = listAt(element, 'verifiedUsing', 'dataset')
    .flatMap((each) => (typeof each === 'string' ? [] : [read.object(each, 'verifiedUsing')]))
    .find(({ algorithm }) => algorithm === 'sha256')
  return {
    values: elementValues(element),
    name: textAt(element, 'name', 'dataset'),
    license: (terms.license === 'other' ? terms.licenseName : terms.license) ?? undefined,
    sha256: hash && textAt(hash, 'hashValue', 'dataset'),
  }
}
