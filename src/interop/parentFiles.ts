import { isHubId } from '../core/hubId.ts'
import type { Relation } from '../core/vocabulary.ts'
import { ggufNamed, ggufTexts, lostTexts } from './gguf/texts.ts'
import { readYaml, type YamlValue } from './frontMatter.ts'
import { readParentNames, uniqueParents } from './parentName.ts'

/** What a file of a model says about what the model was made from. */
export type ParentSource = {
  /** The file, and the field where it has several, safe to print. */
  origin: string
  /** The models that it names, each once. */
  parents: string[]
  /** What it names but nobody could read as a model, as it is written there. */
  unread: string[]
  /** How a model was made from one that such a file names; null when the file does not say. */
  relation: Relation | null
  /** Whether it only hints: a tool wrote there what it loaded last, which may be anything. */
  hint: boolean
}

/** The base model that an `adapter_config.json` of PEFT, Adapters or MLX names. @param origin the file's name */
export function parentsOfAdapterConfig(text: string, origin: string): ParentSource {
  const config = objectOf(text)
  if (config === undefined)
    return sourceOf(origin, [], 'adapter', /base_model|model/.test(text) ? ['a text that is not JSON'] : [])
  const named = ['base_model_name_or_path', 'model_name', 'model', 'base_model'].flatMap((key) =>
    textsOf(config?.[key]),
  )
  return sourceOf(origin, named, 'adapter')
}

/** The model that `config.json` or `model_index.json` says it was loaded from. @param origin the file's name */
export function parentsOfConfig(text: string, origin: string): ParentSource {
  const named = textsOf(objectOf(text)?._name_or_path)
  return { ...sourceOf(`_name_or_path of ${origin}`, named, null), hint: true }
}

/**
 * The models that a configuration of mergekit names: `base_model`, and `model`, `source_model` and `lora` in models, slices, experts and
 * modules. A name that another document of the file gives to its own result is not a parent.
 *
 * @param origin the file's name
 */
export function parentsOfMergeConfig(text: string, origin: string): ParentSource {
  const documents = readYaml(text)
  if (documents === null) return sourceOf(origin, [], 'merge', ['a text that is not YAML'])
  const results = new Set(
    documents.flatMap((each) =>
      each instanceof Map && typeof each.get('name') === 'string' ? [each.get('name') as string] : [],
    ),
  )
  const named = documents.flatMap((document) => mergedModels(document, false)).filter((name) => !results.has(name))
  return sourceOf(origin, named, 'merge')
}

const MODEL_KEYS = ['base_model', 'model', 'source_model', 'lora']

function mergedModels(value: YamlValue, isModel: boolean): string[] {
  if (typeof value === 'string') return isModel ? [value] : []
  if (value === null) return []
  if (Array.isArray(value)) return value.flatMap((each) => mergedModels(each, isModel))
  return [...value].flatMap(([key, each]) =>
    mergedModels(each, MODEL_KEYS.includes(key) || (isModel && key === 'path')),
  )
}

/** Where a GGUF file says what it was converted from, the nearest first; the second key is misspelled as old programs write it. */
const GGUF_SOURCES = ['huggingface.repository', 'hugginface.repository', 'repo_url', 'url'].map(
  (field) => `general.source.${field}`,
)

/**
 * What the metadata of a GGUF file says: what the model was converted from, and what that was made from. Every field may be a text or a list;
 * lists of one model's fields stand side by side.
 */
export function parentsOfGguf(metadata: ReadonlyMap<string, unknown>, origin: string): ParentSource[] {
  const sourceKey = GGUF_SOURCES.find((key) => {
    const { texts, lost } = ggufTexts(metadata, key)
    return lost > 0 || texts.some((text) => text !== '')
  })
  const converted = sourceKey === undefined ? { texts: [], lost: 0 } : ggufTexts(metadata, sourceKey)
  const source = sourceOf(
    `general.source of ${origin}`,
    converted.texts.filter((text) => text !== ''),
    'quantized',
    lostTexts(sourceKey ?? '', converted),
  )
  const lists = ['general.base_model', 'general.base_models'].map((key) => ({ key, ...ggufTexts(metadata, key) }))
  const listed = lists.flatMap(({ texts }) => texts.filter((text) => text !== ''))
  const { named, lost, numbers } = ggufNamed(metadata, 'base_model')
  const broken = [...lists.flatMap((list) => lostTexts(list.key, list)), ...lost]
  const bases = sourceOf(`general.base_model of ${origin}`, listed, null, broken)
  for (const { place, ...words } of named) {
    const [owner, name] = [words.owner, words.name].map((each) => each.replace(/\s+/g, '-'))
    const text = place || (owner === '' ? name! : `${owner}/${name}`)
    const read = readParentNames(text)
    // A bare name is for people: "Qwen2.5 7B" need not be the name of a repository.
    if (read === null || (place === '' && (owner === '' || !isHubId(text)))) bases.unread.push(text)
    else bases.parents.push(...read)
  }
  const count = metadata.get('general.base_model.count')
  const found = Math.max(numbers, named.length + listed.length)
  if (typeof count === 'number' && count > found && count < 1000)
    bases.unread.push(`general.base_model.count ${count}, of which ${found} are there`)
  bases.parents = uniqueParents(bases.parents)
  return [source, bases].filter(({ parents, unread }) => parents.length + unread.length > 0)
}

function sourceOf(
  origin: string,
  named: readonly string[],
  relation: Relation | null,
  broken: string[] = [],
): ParentSource {
  const read = named.map((text) => ({ text, names: readParentNames(text) }))
  return {
    origin,
    parents: uniqueParents(read.flatMap(({ names }) => names ?? [])),
    unread: [...broken, ...read.flatMap(({ text, names }) => (names === null ? [text] : []))],
    relation,
    hint: false,
  }
}

/** The object that a text of JSON is; null when it is something else, undefined when it is not JSON. */
function objectOf(text: string): Record<string, unknown> | null | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return undefined
  }
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsOf)
  return typeof value === 'string' && value.trim() !== '' ? [value] : []
}
