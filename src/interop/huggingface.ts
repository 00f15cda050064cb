import { isHubId } from '../core/hubId.ts'
import { hasUnsafeCharacters, quoted, utf8Length } from '../core/text.ts'
import { RELATION_NAMES, type Relation } from '../core/vocabulary.ts'
import { readFrontMatter, type FrontMatter, type YamlValue } from './frontMatter.ts'
import { readParentNames, uniqueParents } from './parentName.ts'

/** Most entries in a list of a card that is read. */
export const MAX_CARD_LIST = 1000
/** Longest text of a field that is read, in bytes of UTF-8. */
export const MAX_CARD_TEXT_BYTES = 2048

/** What a Hugging Face model card says about where a model comes from. Fields that the card does not have are empty or null. */
export type ModelCard = {
  /** `base_model`: ids on the Hub, each once; every spelling of `readParentNames` is cut down to the id. */
  baseModels: string[]
  /** What `base_model` names but nobody could read as a model, as it is written there. Such a parent must not get lost. */
  unreadBaseModels: string[]
  /** `base_model_relation`: one of the Hub's four words, or one of our further ones. */
  relation: Relation | null
  /** `license`: one id or expression, or several when the card has a list. */
  licenses: string[]
  /** `license_name`, for the license `other`. */
  licenseName: string | null
  /** `license_link`: an http(s) URL, or a path in the model's repository. */
  licenseLink: string | null
  /** `datasets`: ids on the Hub, or free names, each once. */
  datasets: string[]
  /** `library_name`. */
  libraryName: string | null
  /** `tags`. */
  tags: string[]
  /** `new_version`: the id of the model that replaces this one. */
  newVersion: string | null
  /** What of the card was not understood, or was read in another way than it is written. */
  warnings: string[]
}

/** A relation, and why it is that one. */
export type CardRelation = {
  relation: Relation
  /** Null when the card gives the relation; else what it was inferred from. */
  inferred: string | null
}

/** The card of a model that has none. */
export function emptyCard(warnings: string[] = []): ModelCard {
  return {
    baseModels: [],
    unreadBaseModels: [],
    relation: null,
    licenses: [],
    licenseName: null,
    licenseLink: null,
    datasets: [],
    libraryName: null,
    tags: [],
    newVersion: null,
    warnings,
  }
}

/**
 * Reads the front matter of a Hugging Face model card: YAML between two lines of `---` at the top of a README.md.
 *
 * Never throws. A card is written by anybody, and it counts in the digest, so nobody can correct it without making another model: what is not
 * understood gives a warning, and a base model that cannot be read is kept in `unreadBaseModels`. Every scalar is text, tags are not followed,
 * and aliases cannot multiply without end.
 */
export function parseCard(text: string): ModelCard {
  const { fields, hidden, warnings } = readFrontMatter(
    text,
    (field) => READ_FIELDS.includes(fieldKey(field)) || isBaseField(fieldKey(field)),
  )
  const reader = new CardReader(fields, warnings)
  const bases = reader.baseModels()
  return {
    baseModels: bases.names,
    unreadBaseModels: [...bases.unread, ...hidden],
    relation: reader.relation(),
    licenses: reader.texts('license'),
    licenseName: reader.text('license_name'),
    licenseLink: reader.link('license_link'),
    datasets: reader.texts('datasets', 'datasets/'),
    libraryName: reader.text('library_name'),
    tags: reader.texts('tags'),
    newVersion: reader.text('new_version'),
    warnings,
  }
}

const ADAPTER_TAGS = ['adapter', 'lora', 'peft', 'qlora', 'dora', 'loha', 'lokr']
const QUANTIZED_TAGS = [
  'gguf',
  'gptq',
  'awq',
  'exl2',
  'exl3',
  'hqq',
  'aqlm',
  'quip',
  'quanto',
  'bitsandbytes',
  'quantized',
]
const QUANTIZED_LIBRARIES = ['gguf', 'gptq', 'awq', 'exllamav2', 'exllamav3', 'hqq', 'aqlm', 'ctranslate2']
const MERGE_TAGS = ['merge', 'mergekit', 'lazymergekit']

/**
 * How a model was made from its base models: what the card gives, or else what can be inferred. The Hub infers one of
 * `adapter`, `merge`, `quantized` and `finetune` but does not publish how, so these rules are ours. The first that fits
 * counts: adapter (library, `adapter_config.json` or tags), merge (several base models), quantized (library, `.gguf` files
 * or tags), merge (tags), finetune.
 *
 * @param files names of the files of the model, when they are known
 */
export function relationOf(card: ModelCard, files: Iterable<string> = []): CardRelation {
  if (card.relation !== null) return { relation: card.relation, inferred: null }
  const names = [...files]
  const library = card.libraryName?.toLowerCase() ?? ''
  const tags = new Set(card.tags.map((tag) => tag.toLowerCase()))
  const tagOf = (candidates: string[]) => candidates.find((tag) => tags.has(tag))
  const because = (relation: Relation, reason: string): CardRelation => ({ relation, inferred: reason })

  if (['peft', 'adapter-transformers', 'adapters'].includes(library))
    return because('adapter', `library_name is ${quoted(library)}`)
  const adapterFile = names.find((name) => name === 'adapter_config.json')
  if (adapterFile !== undefined) return because('adapter', `the model has the file ${quoted(adapterFile)}`)
  const adapterTag = tagOf(ADAPTER_TAGS)
  if (adapterTag !== undefined) return because('adapter', `tags have ${quoted(adapterTag)}`)

  if (card.baseModels.length > 1) return because('merge', `base_model has ${card.baseModels.length} entries`)

  if (QUANTIZED_LIBRARIES.includes(library)) return because('quantized', `library_name is ${quoted(library)}`)
  const ggufFile = names.find((name) => name.toLowerCase().endsWith('.gguf'))
  if (ggufFile !== undefined) return because('quantized', `the model has the file ${quoted(ggufFile)}`)
  const quantizedTag = tagOf(QUANTIZED_TAGS)
  if (quantizedTag !== undefined) return because('quantized', `tags have ${quoted(quantizedTag)}`)

  const mergeTag = tagOf(MERGE_TAGS)
  if (mergeTag !== undefined) return because('merge', `tags have ${quoted(mergeTag)}`)
  return because('finetune', 'nothing says that it is an adapter, a merge or quantized')
}

/** Names of `base_model` in other systems and by other hands, as {@link fieldKey} writes them. */
const BASE_FIELDS = [
  'base_model',
  'base_models',
  'basemodel',
  'base_model_id',
  'base_model_name',
  'base_model_name_or_path',
  'base_model_path',
  'parent_model',
  'parent_models',
  'finetuned_from',
  'fine_tuned_from',
]
/** The other fields that are read. */
const READ_FIELDS = [
  'base_model_relation',
  'license',
  'license_name',
  'license_link',
  'datasets',
  'library_name',
  'tags',
  'new_version',
]
/** Names under which a map holds the model that it is about. */
const NAME_KEYS = [
  'name',
  'id',
  'model',
  'repo',
  'repo_id',
  'repo_url',
  'url',
  'path',
  'model_id',
  'model_name',
  'base_model',
  'source',
  'type',
]
/** Words for our relations that cards use. */
const RELATION_WORDS: Readonly<Record<string, Relation>> = {
  finetuned: 'finetune',
  finetuning: 'finetune',
  sft: 'finetune',
  lora: 'adapter',
  peft: 'adapter',
  adapters: 'adapter',
  merged: 'merge',
  quantization: 'quantized',
  quantize: 'quantized',
  quant: 'quantized',
  quantised: 'quantized',
  distilled: 'distillation',
  distill: 'distillation',
  pretraining: 'continued-pretraining',
  continuedpretraining: 'continued-pretraining',
  rl: 'reinforcement-learning',
  reinforcementlearning: 'reinforcement-learning',
  converted: 'conversion',
}

/** Reads the fields of a card, and warns about what it does not understand. */
class CardReader {
  readonly #fields = new Map<string, YamlValue[]>()
  readonly #warnings: string[]

  constructor(fields: FrontMatter['fields'], warnings: string[]) {
    this.#warnings = warnings
    for (const [name, values] of fields) {
      const key = isBaseField(fieldKey(name)) ? 'base_model' : fieldKey(name)
      if (key === 'base_model' && name !== key)
        warnings.push(`The field ${quoted(name)} of the card was read as base_model.`)
      this.#fields.set(key, [...(this.#fields.get(key) ?? []), ...values])
    }
  }

  /** All models that the card names as a base, in every time that the field stands there. */
  baseModels(): { names: string[]; unread: string[] } {
    const names: string[] = []
    const unread: string[] = []
    const values = this.#fields.get('base_model') ?? []
    if (values.length > 1) this.#warn('base_model', 'stands there more than once', 'All of its values were taken')
    for (const text of values.flatMap((value) => namedIn(value))) {
      const found = readParentNames(text)
      if (found === null) unread.push(text)
      else names.push(...found)
      if (found?.length === 0 && text.trim() !== '')
        this.#warn('base_model', `is ${quoted(text)}`, 'It was read as none')
    }
    return { names: uniqueParents(names), unread: unique(unread) }
  }

  /** The relation in a word of ours, or one that can mean nothing else. */
  relation(): Relation | null {
    const text = this.text('base_model_relation')
    if (text === null) return null
    const folded = text.toLowerCase().replace(/[\s_-]+/g, '')
    const read = RELATION_NAMES.find((name) => name.replaceAll('-', '') === folded) ?? relationWordOf(folded)
    if (read === undefined)
      this.#warn(
        'base_model_relation',
        `is ${quoted(text)}`,
        `Expected one of: ${RELATION_NAMES.join(', ')}. It was not used`,
      )
    else if (read !== text)
      this.#warn('base_model_relation', `is ${quoted(text)}`, `Did you mean ${quoted(read)}? It was read as that`)
    return read ?? null
  }

  /** The texts of a field, each once. A map gives what it names. */
  texts(field: string, folder = ''): string[] {
    const values = (this.#fields.get(field) ?? []).flatMap((value) => leaves(value))
    if (values.length > MAX_CARD_LIST)
      this.#warn(field, `has ${values.length} entries`, `Only the first ${MAX_CARD_LIST} were read`)
    const texts = values.slice(0, MAX_CARD_LIST).flatMap((text) => this.#checked(field, text) ?? [])
    return unique(folder === '' ? texts : texts.map((text) => hubIdOf(text, folder)))
  }

  /** The one text of a field; null when there is none, or more than one. */
  text(field: string): string | null {
    const texts = this.texts(field)
    if (texts.length < 2) return texts[0] ?? null
    this.#warn(field, `has ${texts.length} values (${texts.slice(0, 3).map(quoted).join(', ')})`, 'It was not used')
    return null
  }

  /** A link that a reader may follow: http(s), or the path of a file in the repository. */
  link(field: string): string | null {
    const link = this.text(field)
    if (link === null || isLink(link)) return link
    this.#warn(
      field,
      `is ${quoted(link)}`,
      'Expected an http(s) URL or the path of a file in the repository. It was not used',
    )
    return null
  }

  #checked(field: string, value: string): string | null {
    const text = value.trim()
    if (hasUnsafeCharacters(text) || text.includes('\ufffd'))
      return this.#warn(
        field,
        `has ${quoted(text)}`,
        'It has control, zero-width or bidirectional characters and was not used',
      )
    if (utf8Length(text) > MAX_CARD_TEXT_BYTES)
      return this.#warn(field, `has ${quoted(text)}`, `It is longer than ${MAX_CARD_TEXT_BYTES} bytes and was not used`)
    return text === '' ? null : text
  }

  #warn(field: string, what: string, result: string): null {
    this.#warnings.push(`${field} of the model card ${what}. ${result}.`)
    return null
  }
}

/** The name of a field as it is compared: without case, zero-width characters and the choice of hyphen, space or underscore. */
function fieldKey(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
}

function isBaseField(key: string): boolean {
  return BASE_FIELDS.includes(key)
}

function relationWordOf(folded: string): Relation | undefined {
  return Object.hasOwn(RELATION_WORDS, folded) ? RELATION_WORDS[folded] : undefined
}

/** The texts of a value, lists in lists too. Of a map, what it names; all of it when it names nothing. */
function leaves(value: YamlValue): string[] {
  if (value === null) return []
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(leaves)
  const named = NAME_KEYS.map((key) => value.get(key)).find((each) => typeof each === 'string')
  return named === undefined ? [...value.values()].flatMap(leaves) : [named as string]
}

/**
 * What a value of `base_model` may name. Of a map, what stands under the name of a model; and whatever else in it, name or value, has the form
 * of an id with an owner. A map without either is kept whole, as a text that nobody can read as a model.
 */
function namedIn(value: YamlValue): string[] {
  if (value === null) return []
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(namedIn)
  const found: string[] = []
  for (const [key, each] of value) {
    if (looksOwned(key)) found.push(key)
    if (typeof each === 'string' ? NAME_KEYS.includes(fieldKey(key)) || looksOwned(each) : each !== null)
      found.push(...namedIn(each))
  }
  return found.length > 0 || value.size === 0
    ? found
    : [`{${[...value].map(([key, each]) => `${key}: ${String(each)}`).join(', ')}}`]
}

function looksOwned(text: string): boolean {
  return /^\S+\/\S+$/.test(text.trim())
}

/** The id of a data set in a link to the Hub; another text as it is. */
export function hubIdOf(text: string, folder: string): string {
  const match = /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\/([^?#]+?)\/*(?:[?#].*)?$/i.exec(text)
  if (match === null) return text
  const path = match[1]!
  const id = (path.startsWith(folder) ? path.slice(folder.length) : path).replace(/\/(?:tree|blob|viewer)\/.*$/s, '')
  return isHubId(id) ? id : text
}

function isLink(link: string): boolean {
  if (/^https?:\/\/[^\s/]/i.test(link)) return true
  return !/^[a-z][a-z0-9+.-]*:/i.test(link) && !link.startsWith('//') && !link.split(/[/\\]/).includes('..')
}

function unique(values: string[]): string[] {
  return [...new Set(values)]
}
