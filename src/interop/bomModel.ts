import { DATASET_SOURCE_NAMES, MAX_DATASET_LICENSE_BYTES } from '../core/datasets.ts'
import { isExternalName, parseExternalName } from '../core/external.ts'
import { isBytes32, type Digest } from '../core/hex.ts'
import { MAX_PARENTS } from '../core/registration.ts'
import { hasUnsafeCharacters, quoted, utf8Length } from '../core/text.ts'
import { PART_NAMES, RELATION_NAMES } from '../core/vocabulary.ts'
import {
  MAX_DRAFT_DATASETS,
  namedDatasetDigest,
  type DraftDataset,
  type DraftParent,
  type DraftTerms,
  type RegistrationDraft,
} from '../documents/draft.ts'
import type { Fields } from '../documents/fields.ts'
import { BomModelError, cleanText, digestOf, read, uriOf, type BomValues } from './bomReading.ts'
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

/** Terms of which a bill says nothing. */
export const NO_TERMS: DraftTerms = { license: null, licenseName: null, licenseLink: null }

/** What a bill says of a model by the words of its format. */
export type BomParts = {
  /** Where the model stands in the bill, for messages. */
  path: string
  values: BomValues
  name: string | null
  parents: readonly BomParent[]
  terms: DraftTerms
  datasets: readonly BomDataset[]
  warnings: readonly string[]
}

/** Reads what a bill says of a model, whatever its format. @throws `UnreadParentError` `TooManyParentsError` `InvalidBomError` */
export function bomModelOf({ path, values, name, terms, datasets, ...parts }: BomParts): BomModel {
  const own = values.get('model')?.toLowerCase()
  const { parents, warnings } = parentsOf(parts.parents, path)
  const itself = parents.find(({ model }) => model === own || (name !== null && parentKey(model) === parentKey(name)))
  if (itself !== undefined)
    read.fail(`${path}.parents`, itself.model, 'other models than the one that was made from them')
  return {
    name,
    weights: digestOf(values, 'weights', path),
    tensors: digestOf(values, 'tensors', path),
    uri: uriOf(values, name),
    parents,
    terms,
    datasets: datasetsOf(datasets, path),
    warnings: [
      ...warnings,
      ...parts.warnings,
      ...(terms.license === null && terms.licenseName === null ? ['The bill of materials states no license.'] : []),
    ],
  }
}

/**
 * The model that a bill is about: the one that is called so, else the only one.
 *
 * @param about says which models the bill itself is about, where there are several
 * @throws {@link BomModelError} when that is not one
 */
export function chosenModel(
  models: readonly Fields[],
  name: string | undefined,
  {
    nameOf,
    calledOf,
    about,
  }: {
    nameOf: (model: Fields) => string | null
    calledOf: (model: Fields) => string
    about: () => readonly (readonly Fields[])[]
  },
): Fields {
  const named = models.filter((each) => name !== undefined && nameOf(each) === name)
  const among = named.length > 0 ? named : models
  if (among.length === 1) return among[0]!
  for (const each of about()) {
    const chosen = each.filter((model) => among.includes(model))
    if (chosen.length === 1) return chosen[0]!
  }
  throw new BomModelError(among.map(calledOf))
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

/** The parents of a draft, each once. No name gets lost. @throws `UnreadParentError` `TooManyParentsError` `InvalidBomError` */
function parentsOf(named: readonly BomParent[], path: string): { parents: DraftParent[]; warnings: string[] } {
  const parents = new Map<string, DraftParent>()
  const warnings: string[] = []
  for (const { values, name, called } of named) {
    if (values.get('grade') === 'bound') continue
    const model = parentNameOf(values, name)
    if (model === null) throw new UnreadParentError('The bill of materials', called, true)
    if (values.has('external') && isBytes32(model))
      warnings.push(
        `The parent ${model} is external, and its name is not in the bill of materials: name it in the draft as hf:owner/name or tensors:<hex>.`,
      )
    const parent = parentOf(model, values, path)
    const known = parents.get(parentKey(model))
    if (known === undefined || (known.inferred !== null && parent.inferred === null)) {
      parents.set(parentKey(model), parent)
    } else if (parent.inferred === null && (known.relation !== parent.relation || known.part !== parent.part)) {
      read.fail(`${path}.parents`, model, 'each parent with one relation and part')
    }
  }
  for (const { model, inferred } of parents.values()) {
    if (inferred === null) continue
    warnings.push(`How the model was made from ${quoted(model)} is not stated, and taken for "finetune": check it.`)
  }
  if (parents.size > MAX_PARENTS) throw new TooManyParentsError(parents.size)
  return { parents: [...parents.values()], warnings }
}

function parentOf(model: string, values: BomValues, path: string): DraftParent {
  const relation = values.get('relation')
  const part = read.word(values.get('part') ?? 'whole', `${path}.stemma:part`, PART_NAMES)
  return {
    model,
    relation: read.word(relation ?? 'finetune', `${path}.stemma:relation`, RELATION_NAMES),
    ...(part !== 'whole' && { part }),
    inferred: relation === undefined ? 'the bill of materials does not state it' : null,
  }
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

/** Says that a bill refers to a dataset that it does not hold. @param called the reference, safe to print */
export function missingDataset(called: string): string {
  return `The model was trained on ${called}, which the bill of materials does not hold. Add it to the datasets of the draft.`
}

/** The datasets of a draft, each digest once. @throws `InvalidBomError` when a bill says two things of one */
function datasetsOf(named: readonly BomDataset[], path: string): DraftDataset[] {
  const datasets = new Map<Digest, DraftDataset>()
  for (const each of named) {
    const dataset = each.values.has('dataset:digest') ? ownDataset(each.values, path) : foreignDataset(each)
    if (dataset === undefined) continue
    const known = datasets.get(dataset.digest)
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(dataset))
      read.fail(`${path}.datasets`, dataset.name ?? dataset.digest, 'each dataset with one name, license and share')
    datasets.set(dataset.digest, dataset)
  }
  if (datasets.size > MAX_DRAFT_DATASETS)
    read.fail(`${path}.datasets`, `${datasets.size} datasets`, `at most ${MAX_DRAFT_DATASETS} datasets`)
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
