import { quoted } from '../core/text.ts'
import { describeValue, type Fields } from '../documents/fields.ts'
import type { DraftTerms } from '../documents/draft.ts'
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
  MOST_PARTS,
  objectAt,
  objectsAt,
  read,
  textAt,
  UnsupportedBomError,
  valuesOf,
  WHOLE_BOM,
  type BomValues,
} from './bomReading.ts'

const VERSIONS: readonly unknown[] = ['1.4', '1.5', '1.6', '1.7']
const MODEL = 'machine-learning-model'

/**
 * Reads a CycloneDX bill of materials: the model that it is about, its direct ancestors by its pedigree, its licenses and its datasets.
 *
 * @param name chooses a model by its name, where there are several
 */
export function readCyclonedx(bom: Fields, name?: string): BomModel {
  if (!VERSIONS.includes(bom.specVersion))
    throw new UnsupportedBomError(`The version of its CycloneDX is ${describeValue(bom.specVersion)}`)
  const about = objectAt(objectAt(bom, 'metadata', 'bom') ?? {}, 'component', 'metadata')
  const all = allComponents([...(about ? [about] : []), ...objectsAt(bom, 'components', 'bom')])
  const byRef = componentsByRef(bom, all)
  const component = chosenModel(
    all.filter(({ type }) => type === MODEL),
    name,
    { nameOf, calledOf, about: () => [about ? [about] : []] },
  )
  const path = 'component'
  const parents = ancestorsOf(component)
  const terms = termsOf(component)
  const datasets = datasetsIn(component, byRef)
  return bomModelOf({
    path,
    values: componentValues(component, path),
    name: nameOf(component),
    parents,
    terms: terms.terms,
    datasets: datasets.found,
    warnings: [
      ...terms.warnings,
      ...datasets.warnings,
      ...undeclared(bom, component, byRef, new Set(parents.map(({ called }) => called))),
    ],
  })
}

/** Most objects and lists of a bill in which references are looked for. */
const MOST_VALUES = 2_000_000

/** Components with those that they hold. Only so many are looked at, however deep they are nested. */
function allComponents(components: readonly Fields[]): Fields[] {
  const all = [...components]
  for (let at = 0; at < all.length; at++) {
    for (const each of objectsAt(all[at]!, 'components', 'component')) all.push(each)
    if (all.length > MOST_PARTS) read.fail('components', `${all.length}`, `at most ${MOST_PARTS} components`)
  }
  return all
}

/**
 * Components by their references. The standard gives each reference to one part of the whole bill, be it a component, a service or a license,
 * and makes no exception for parts that are alike.
 *
 * @throws {@link DuplicateBomReferenceError}
 */
function componentsByRef(bom: Fields, components: readonly Fields[]): ReadonlyMap<unknown, Fields> {
  const known = new Set<string>()
  const open: object[] = [bom]
  for (let count = 0; open.length > 0; count++) {
    if (count > MOST_VALUES) read.fail(WHOLE_BOM, `${count}`, `at most ${MOST_VALUES} objects and lists`)
    const value = open.pop()!
    const ref: unknown = Reflect.get(value, 'bom-ref')
    if (typeof ref === 'string') {
      if (known.has(ref)) throw new DuplicateBomReferenceError('bom-ref', ref)
      known.add(ref)
    }
    for (const each of Array.isArray(value) ? (value as unknown[]) : Object.values(value))
      if (typeof each === 'object' && each !== null) open.push(each)
  }
  return new Map(components.flatMap((each) => (typeof each['bom-ref'] === 'string' ? [[each['bom-ref'], each]] : [])))
}

function nameOf(component: Fields): string | null {
  const [group, name] = [textAt(component, 'group', 'component'), textAt(component, 'name', 'component')]
  const grouped = group === undefined || name === undefined ? undefined : `${group}/${name}`
  return modelNameAmong(textAt(component, 'purl', 'component'), [grouped, name])
}

function calledOf(component: Fields): string {
  return nameOf(component) ?? cleanText(textAt(component, 'name', 'component') ?? 'a component without a name')
}

function componentValues(component: Fields, path: string): BomValues {
  const pairs = objectsAt(component, 'properties', path).map(
    (each) => [textAt(each, 'name', path) ?? '', textAt(each, 'value', path) ?? ''] as const,
  )
  return valuesOf(pairs, path)
}

function ancestorsOf(component: Fields): BomParent[] {
  return objectsAt(objectAt(component, 'pedigree', 'component') ?? {}, 'ancestors', 'pedigree').map((each, index) => ({
    values: componentValues(each, `pedigree.ancestors[${index}]`),
    name: nameOf(each),
    called: calledOf(each),
  }))
}

/** Says which models the model depends on that its pedigree does not name. */
function undeclared(
  bom: Fields,
  component: Fields,
  byRef: ReadonlyMap<unknown, Fields>,
  known: ReadonlySet<string>,
): string[] {
  const own = objectsAt(bom, 'dependencies', 'bom').filter(
    ({ ref }) => ref !== undefined && ref === component['bom-ref'],
  )
  const models = own
    .flatMap((each) => listAt(each, 'dependsOn', 'dependencies'))
    .map((ref) => byRef.get(ref))
    .filter((each) => each !== undefined)
    .filter((each) => each.type === MODEL && each !== component)
  const names = [...new Set(models.map(calledOf))].filter((each) => !known.has(each)).slice(0, 8)
  return names.map(
    (each) =>
      `The model depends on ${quoted(each)}, which its pedigree does not name. If it was made from it, add it to the parents.`,
  )
}

function termsOf(component: Fields): { terms: DraftTerms; warnings: string[] } {
  const all = objectsAt(component, 'licenses', 'component').map((each) => licenseOf(each))
  const stated = all.filter(({ license, licenseName }) => license !== null || licenseName !== null)
  if (stated.length <= 1) return { terms: stated[0] ?? NO_TERMS, warnings: [] }
  const names = stated.map(({ license, licenseName }) => (license === 'other' ? licenseName! : license!))
  return {
    terms: { ...NO_TERMS, license: cleanText([...new Set(names)].join(' AND ')) },
    warnings: ['The bill of materials states several licenses, and all are taken to apply. Check that.'],
  }
}

function licenseOf(choice: Fields): DraftTerms {
  const expression = textAt(choice, 'expression', 'licenses')
  if (expression !== undefined) return { ...NO_TERMS, license: cleanText(expression) }
  const license = objectAt(choice, 'license', 'licenses') ?? {}
  const id = textAt(license, 'id', 'license')
  if (id !== undefined) return { ...NO_TERMS, license: cleanText(id) }
  const name = textAt(license, 'name', 'license')
  const url = textAt(license, 'url', 'license')
  if (name === undefined) return NO_TERMS
  return { license: 'other', licenseName: cleanText(name), licenseLink: url === undefined ? null : cleanText(url) }
}

/** The datasets of a model card: components that it refers to, or what it says itself. */
function datasetsIn(
  component: Fields,
  byRef: ReadonlyMap<unknown, Fields>,
): { found: BomDataset[]; warnings: string[] } {
  const card = objectAt(component, 'modelCard', 'component') ?? {}
  const parameters = objectAt(card, 'modelParameters', 'modelCard') ?? {}
  const stated = objectsAt(parameters, 'datasets', 'modelParameters')
  const missing = stated.filter(({ ref }) => ref !== undefined && !byRef.has(ref))
  return {
    found: stated.flatMap((each) => {
      const found = each.ref === undefined ? each : byRef.get(each.ref)
      return found === undefined ? [] : [datasetOf(found)]
    }),
    warnings: missing.slice(0, 8).map(({ ref }) => missingDataset(describeValue(ref))),
  }
}

function datasetOf(component: Fields): BomDataset {
  const { terms } = termsOf(component)
  const sha256 = objectsAt(component, 'hashes', 'dataset').find(({ alg }) => alg === 'SHA-256')
  return {
    values: componentValues(component, 'dataset'),
    name: nameOf(component) ?? textAt(component, 'name', 'dataset'),
    license: (terms.license === 'other' ? terms.licenseName : terms.license) ?? undefined,
    sha256: sha256 && textAt(sha256, 'content', 'hashes'),
  }
}
