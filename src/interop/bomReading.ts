import { StemmaError } from '../core/errors.ts'
import { ZERO_DIGEST, type Digest } from '../core/hex.ts'
import { isHubId } from '../core/hubId.ts'
import { hubUri } from '../core/modelName.ts'
import { hasUnsafeCharacters, quoted, shortText, utf8Length } from '../core/text.ts'
import { describeValue, FieldReader, type Fields } from '../documents/fields.ts'

/** Most components, elements and properties that are looked at. */
export const MOST_PARTS = 100_000
/** Longest text that is taken from a bill, in characters. */
const MOST_CHARACTERS = 500
/** Longest name or URI, in bytes. */
const MOST_BYTES = 2048

/** Reads the fields of a bill of materials. Fields that are not needed are passed over. */
export const read = new FieldReader((...fault) => new InvalidBomError(...fault))

/** An object of a bill; undefined where the field is left out. */
export function objectAt(fields: Fields, name: string, path: string): Fields | undefined {
  return fields[name] === undefined || fields[name] === null ? undefined : read.object(fields[name], `${path}.${name}`)
}

/** The items of a list of a bill; none where the field is left out. */
export function listAt(fields: Fields, name: string, path: string): readonly unknown[] {
  const value = fields[name]
  // Array.from: a hole, which no JSON has, is undefined.
  return value === undefined || value === null ? [] : Array.from(read.list(value, `${path}.${name}`, MOST_PARTS))
}

/** The objects of a list of a bill. */
export function objectsAt(fields: Fields, name: string, path: string): Fields[] {
  return listAt(fields, name, path).map((each, index) => read.object(each, `${path}.${name}[${index}]`))
}

/** A text of a bill; undefined where the field is left out or empty. */
export function textAt(fields: Fields, name: string, path: string): string | undefined {
  const value = fields[name]
  if (value === undefined || value === null || value === '') return undefined
  return read.text(value, `${path}.${name}`)
}

/** A text of a bill that stays as it is: short, on one line. */
function exactText(value: string, path: string): string {
  if (value.length <= MOST_BYTES && !hasUnsafeCharacters(value) && utf8Length(value) <= MOST_BYTES) return value
  return read.fail(path, value, `text of at most ${MOST_BYTES} bytes without control characters`)
}

/** A text of a stranger in a draft: cut, and safe to print. */
export function cleanText(text: string): string {
  // Cut twice: the first looks at units, and does not read a long text.
  return shortText(text.slice(0, 2 * MOST_CHARACTERS), MOST_CHARACTERS)
}

/** Our own properties of a part of a bill, by their names without `stemma:`; each once. */
export type BomValues = ReadonlyMap<string, string>

/** Our properties among name and value pairs. */
export function valuesOf(pairs: Iterable<readonly [name: string, value: string]>, path: string): BomValues {
  const values = new Map<string, string>()
  for (const [name, value] of pairs) {
    if (!name.startsWith('stemma:')) continue
    const key = name.slice('stemma:'.length)
    if (values.has(key)) read.fail(`${path}.properties`, name, 'each property of Stemma once')
    values.set(key, exactText(value, `${path}.properties`))
  }
  return values
}

/** A digest among our properties; null where it is not stated. */
export function digestOf(values: BomValues, name: string, path: string): Digest | null {
  const value = values.get(name)
  if (value === undefined) return null
  const digest = read.digest(value, `${path}.stemma:${name}`)
  return digest === ZERO_DIGEST ? read.fail(`${path}.stemma:${name}`, value, 'a digest that is not zero') : digest
}

/** The URI of a registration as a draft has it: left out for a name on the Hub, which stands for it. */
export function uriOf(values: BomValues, name: string | null): string {
  const uri = values.get('uri') ?? ''
  return name !== null && uri === hubUri(name) ? '' : uri
}

/** What a model is called in a bill: the first of some texts that is a name on the Hub with its owner, else the first that is one. */
export function modelNameAmong(purl: string | undefined, names: readonly (string | undefined)[]): string | null {
  const found = /^pkg:huggingface\/([^@?#]{1,400})/i.exec(purl ?? '')?.[1]
  const texts = [decoded(found), ...names].flatMap((each) => (each !== undefined && isHubId(each) ? [each] : []))
  return texts.find((each) => each.includes('/')) ?? texts[0] ?? null
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** What errors call the whole of a bill of materials. */
export const WHOLE_BOM = 'the file'

/** Thrown when a field of a bill of materials has another form than its format has. */
export class InvalidBomError extends StemmaError {
  override name = 'InvalidBomError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_BOM',
      `Invalid bill of materials: ${field === WHOLE_BOM ? field : quoted(field)} is ${describeValue(value)}, expected ${expected}.${hint} Ask its author for a valid one.`,
    )
  }
}

/** Thrown when a file is a bill of materials of another format or version, or none. */
export class UnsupportedBomError extends StemmaError {
  override name = 'UnsupportedBomError'
  constructor(what: string) {
    super(
      'UNSUPPORTED_BOM',
      `${what}. CycloneDX 1.4 to 1.7 in JSON and SPDX 3.0.1 in JSON-LD are read: convert the file to one of them.`,
    )
  }
}

/** Thrown when a bill of materials has no model, or does not say which of its models it is about. */
export class BomModelError extends StemmaError {
  override name = 'BomModelError'
  constructor(names: readonly string[]) {
    const listed = names.slice(0, 8).map(quoted).join(', ')
    const several = `The bill of materials has ${names.length} models and does not say which it is about (${listed}${names.length > 8 ? ', …' : ''}).`
    const remedy =
      new Set(names).size === 1
        ? 'They have one name: ask its author for a bill of one model, or take the others out.'
        : 'Choose one by its name: --name <owner/name>.'
    super(
      'BOM_MODEL',
      names.length === 0
        ? 'The bill of materials has no model, so there is nothing to draft. Use one with a component of the type machine-learning-model, or an AIPackage.'
        : `${several} ${remedy}`,
    )
  }
}

/** Thrown when a bill of materials has several parts of one reference, so that a reader would choose which of them is meant. */
export class DuplicateBomReferenceError extends StemmaError {
  override name = 'DuplicateBomReferenceError'
  constructor(field: string, reference: string) {
    super(
      'DUPLICATE_BOM_REFERENCE',
      `The bill of materials gives the ${field} ${quoted(reference)} to several parts, and readers would disagree about which is meant. Ask its author for a valid one.`,
    )
  }
}
