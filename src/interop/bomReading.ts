import { StemmaError } from '../core/errors.ts'
import { isExternalName, parseExternalName } from '../core/external.ts'
import { isBytes32, ZERO_DIGEST, type Digest } from '../core/hex.ts'
import { isHubId } from '../core/hubId.ts'
import { hubUri } from '../core/modelName.ts'
import { MAX_PARENTS } from '../core/registration.ts'
import { hasUnsafeCharacters, quoted, shortText, utf8Length } from '../core/text.ts'
import { PART_NAMES, RELATION_NAMES } from '../core/vocabulary.ts'
import { describeValue, FieldReader, type Fields } from '../documents/fields.ts'
import {
  MAX_DRAFT_DATASETS,
  namedDatasetDigest,
  type DraftDataset,
  type DraftParent,
  type RegistrationDraft,
} from '../documents/draft.ts'
import { DATASET_SOURCE_NAMES, MAX_DATASET_LICENSE_BYTES } from '../core/datasets.ts'
import { TooManyParentsError, UnreadParentError } from './draftParents.ts'
import { parentKey } from './parentName.ts'

/** What a bill of materials says of one model, in the form of a draft. What it leaves open is null or empty. */
export type BomModel = Pick<RegistrationDraft, 'parents' | 'terms' | 'datasets' | 'uri' | 'warnings'> & {
  /** `owner/name`; null where nothing in it is the name of a model. */
  name: string | null
  /** The model digest: only where the bill states it as such, because the hash of an archive or of one file is another. */
  weights: Digest | null
  tensors: Digest | null
}

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

/** A model that a bill names as what another was made from. */
export type BomParent = {
  /** Its own properties, and those of the edge. */
  values: BomValues
  /** Its name, as {@link modelNameAmong} finds it. */
  name: string | null
  /** What the bill calls it. */
  called: string
}

/** The parents of a draft, each once. No name gets lost. @throws `UnreadParentError` `TooManyParentsError` */
export function parentsOf(named: readonly BomParent[], path: string): { parents: DraftParent[]; warnings: string[] } {
  const parents = new Map<string, DraftParent>()
  const warnings: string[] = []
  for (const { values, name, called } of named) {
    if (values.get('grade') === 'bound') continue
    const model = parentNameOf(values, name)
    if (model === null) throw new UnreadParentError('The bill of materials', called)
    const relation = values.get('relation')
    const part = read.word(values.get('part') ?? 'whole', `${path}.stemma:part`, PART_NAMES)
    const inferred = relation === undefined ? 'the bill of materials does not state it' : null
    if (inferred !== null)
      warnings.push(`How the model was made from ${quoted(model)} is not stated, and taken for "finetune": check it.`)
    if (values.has('external') && isBytes32(model))
      warnings.push(
        `The parent ${model} is external, and its name is not in the bill of materials: name it in the draft as hf:owner/name or tensors:<hex>.`,
      )
    if (parents.has(parentKey(model))) continue
    parents.set(parentKey(model), {
      model,
      relation: read.word(relation ?? 'finetune', `${path}.stemma:relation`, RELATION_NAMES),
      ...(part !== 'whole' && { part }),
      inferred,
    })
  }
  if (parents.size > MAX_PARENTS) throw new TooManyParentsError(parents.size)
  return { parents: [...parents.values()], warnings }
}

/** By what a draft names a parent: the name of an external one, else its id, which means one model on every ledger, else its name. */
function parentNameOf(values: BomValues, name: string | null): string | null {
  const external = values.get('external')
  if (external !== undefined && isExternalName(external)) {
    try {
      return parseExternalName(external)
    } catch {
      return null
    }
  }
  const id = values.get('model')
  return id !== undefined && isBytes32(id) ? id.toLowerCase() : name
}

/** A dataset of a bill. */
export type BomDataset = {
  values: BomValues
  name: string | undefined
  /** An SPDX id or a name. */
  license: string | undefined
  /** 64 hex digits. */
  sha256: string | undefined
}

/** The datasets of a draft, each digest once. */
export function datasetsOf(named: readonly BomDataset[], path: string): DraftDataset[] {
  const datasets = new Map<Digest, DraftDataset>()
  for (const each of named) {
    const dataset = each.values.has('dataset:digest') ? ownDataset(each.values, path) : foreignDataset(each)
    if (dataset !== undefined && !datasets.has(dataset.digest)) datasets.set(dataset.digest, dataset)
  }
  if (datasets.size > MAX_DRAFT_DATASETS)
    read.fail(path, `${datasets.size} datasets`, `at most ${MAX_DRAFT_DATASETS} datasets`)
  return [...datasets.values()]
}

function ownDataset(values: BomValues, path: string): DraftDataset {
  const share = values.get('dataset:share') ?? '0'
  return {
    digest: digestOf(values, 'dataset:digest', path)!,
    license: values.get('dataset:license') ?? '',
    source: read.word(
      values.get('dataset:source') ?? 'unstated',
      `${path}.stemma:dataset:source`,
      DATASET_SOURCE_NAMES,
    ),
    share: /^\d{1,5}$/.test(share) ? Number(share) : read.fail(`${path}.stemma:dataset:share`, share, 'basis points'),
    name: values.get('dataset:name') ?? null,
    named: values.get('dataset:named') === 'true',
  }
}

function foreignDataset({ name, license = '', sha256 }: BomDataset): DraftDataset | undefined {
  const isHashed = sha256 !== undefined && /^[0-9a-f]{64}$/i.test(sha256) && !/^0+$/.test(sha256)
  if (name === undefined && !isHashed) return undefined
  const called = name === undefined ? null : cleanText(name)
  const isShort = license.length <= MAX_DATASET_LICENSE_BYTES && utf8Length(license) <= MAX_DATASET_LICENSE_BYTES
  const known = isShort && !hasUnsafeCharacters(license) ? license : ''
  return {
    digest: isHashed ? (`0x${sha256.toLowerCase()}` as Digest) : namedDatasetDigest(called!),
    license: known,
    source: 'unstated',
    share: 0,
    name: called,
    named: !isHashed,
  }
}

/** Thrown when a field of a bill of materials has another form than its format has. */
export class InvalidBomError extends StemmaError {
  override name = 'InvalidBomError'
  constructor(field: string, value: unknown, expected: string, hint = '') {
    super(
      'INVALID_BOM',
      `Invalid bill of materials: ${quoted(field)} is ${describeValue(value)}, expected ${expected}.${hint} Ask its author for a valid one.`,
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
    super(
      'BOM_MODEL',
      names.length === 0
        ? 'The bill of materials has no model, so there is nothing to draft. Use one with a component of the type machine-learning-model, or an AIPackage.'
        : `The bill of materials has ${names.length} models and does not say which it is about (${listed}${names.length > 8 ? ', …' : ''}). Choose one by its name: --name <owner/name>.`,
    )
  }
}
