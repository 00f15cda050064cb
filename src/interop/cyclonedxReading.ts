import { quoted } from '../core/text.ts'
import { describeValue, type Fields } from '../documents/fields.ts'
import type { DraftTerms } from '../documents/draft.ts'
import {
  BomModelError,
  cleanText,
  datasetsOf,
  digestOf,
  listAt,
  modelNameAmong,
  MOST_PARTS,
  objectAt,
  objectsAt,
  parentsOf,
  read,
  textAt,
  UnsupportedBomError,
  uriOf,
  valuesOf,
  type BomDataset,
  type BomModel,
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
  const component = chooseModel(about, all, name)
  const byRef = new Map(all.map((each) => [each['bom-ref'], each]))
  const path = 'component'
  const values = componentValues(component, path)
  const called = nameOf(component)
  const { parents, warnings } = parentsOf(ancestorsOf(component), 'pedigree')
  const terms = termsOf(component)
  const weights = digestOf(values, 'weights', path)
  const known = new Set(objectsAt(objectAt(component, 'pedigree', path) ?? {}, 'ancestors', path).map(calledOf))
  return {
    name: called,
    weights,
    tensors: digestOf(values, 'tensors', path),
    uri: uriOf(values, called),
    parents,
    terms: terms.terms,
    datasets: datasetsOf(datasetsIn(component, byRef), path),
    warnings: [...warnings, ...terms.warnings, ...undeclared(bom, component, byRef, known)],
  }
}

/** Components with those that they hold. Only so many are looked at, however deep they are nested. */
function allComponents(components: readonly Fields[]): Fields[] {
  const all = [...components]
  for (let at = 0; at < all.length; at++) {
    for (const each of objectsAt(all[at]!, 'components', 'component')) all.push(each)
    if (all.length > MOST_PARTS) read.fail('components', `${all.length}`, `at most ${MOST_PARTS} components`)
  }
  return all
}

function chooseModel(about: Fields | undefined, all: readonly Fields[], name: string | undefined): Fields {
  const models = all.filter(({ type }) => type === MODEL)
  const named = name === undefined ? undefined : models.find((each) => nameOf(each) === name)
  if (named !== undefined) return named
  if (about?.type === MODEL) return about
  if (models.length === 1) return models[0]!
  throw new BomModelError(models.map(calledOf))
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

function ancestorsOf(component: Fields): { values: BomValues; name: string | null; called: string }[] {
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
    .filter(({ type }) => type === MODEL)
  const names = [...new Set(models.map(calledOf))].filter((each) => !known.has(each)).slice(0, 8)
  return names.map(
    (each) =>
      `The model depends on ${quoted(each)}, which its pedigree does not name. If it was made from it, add it to the parents.`,
  )
}

const NO_TERMS: DraftTerms = { license: null, licenseName: null, licenseLink: null }

function termsOf(component: Fields): { terms: DraftTerms; warnings: string[] } {
  const all = objectsAt(component, 'licenses', 'component').map((each) => licenseOf(each))
  const stated = all.filter(({ license, licenseName }) => license !== null || licenseName !== null)
  if (stated.length === 0) return { terms: NO_TERMS, warnings: ['The bill of materials states no license.'] }
  if (stated.length === 1) return { terms: stated[0]!, warnings: [] }
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
function datasetsIn(component: Fields, byRef: ReadonlyMap<unknown, Fields>): BomDataset[] {
  const card = objectAt(component, 'modelCard', 'component') ?? {}
  const parameters = objectAt(card, 'modelParameters', 'modelCard') ?? {}
  return objectsAt(parameters, 'datasets', 'modelParameters').flatMap((each) => {
    const found = each.ref === undefined ? each : byRef.get(each.ref)
    if (found === undefined) return []
    const terms = termsOf(found).terms
    const hashes = objectsAt(found, 'hashes', 'dataset')
    const sha256 = hashes.find(({ alg }) => alg === 'SHA-256')
    return [
      {
        values: componentValues(found, 'dataset'),
        name: nameOf(found) ?? textAt(found, 'name', 'dataset'),
        license: (terms.license === 'other' ? terms.licenseName : terms.license) ?? undefined,
        sha256: sha256 && textAt(sha256, 'content', 'hashes'),
      },
    ]
  })
}
