import { isAlias, isMap, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml'

import { StemmaError } from '../core/errors.ts'
import { isHubId } from '../core/hubId.ts'
import { hasUnsafeCharacters, quoted, utf8Length } from '../core/text.ts'
import { RELATION_NAMES, type Relation } from '../core/vocabulary.ts'

/** Longest front matter, in bytes of UTF-8. Cards with thousands of benchmark results stay well below. */
export const MAX_FRONT_MATTER_BYTES = 1024 * 1024
/** Most entries in a list of a card that is read. */
export const MAX_CARD_LIST = 1000
/** Longest text of a field that is read, in bytes of UTF-8. */
export const MAX_CARD_TEXT_BYTES = 2048
/** Most aliases in the front matter. Each may stand for a small part only. */
const MAX_ALIASES = 100

/** What a Hugging Face model card says about where a model comes from. Fields that the card does not have are empty or null. */
export type ModelCard = {
  /** `base_model`: ids on the Hub, each once; a link to the Hub is cut down to the id. */
  baseModels: string[]
  /** `base_model_relation`: one of the Hub's four words, or one of our further ones. */
  relation: Relation | null
  /** `license`: one id, or several when the card has a list. */
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
}

/** A relation, and why it is that one. */
export type CardRelation = {
  relation: Relation
  /** Null when the card gives the relation; else what it was inferred from. */
  inferred: string | null
}

/**
 * Reads the front matter of a Hugging Face model card: YAML between two lines of `---` at the top of a README.md.
 *
 * The YAML is read by the core schema of version 1.2: no tags of its own, no merge keys, each name once, few aliases. Only
 * the fields of {@link ModelCard} are looked at; what else is in it may be anything.
 *
 * @throws {@link CardFrontMatterError} when there is none, when it does not end or is too long
 * @throws {@link CardYamlError} when it is not the YAML that it must be
 * @throws {@link CardFieldError} when a field is not what it must be
 */
export function parseCard(text: string): ModelCard {
  const fields = parseYaml(frontMatterOf(text))
  const textOf = (field: string) => optionalText(field, fields.get(field))
  const relation = textOf('base_model_relation')
  if (relation !== null && !isRelation(relation)) {
    throw new CardFieldError('base_model_relation', `is ${quoted(relation)}`, `one of: ${RELATION_NAMES.join(', ')}`)
  }
  const licenseLink = textOf('license_link')
  if (licenseLink !== null) checkLink('license_link', licenseLink)
  return {
    baseModels: unique(texts('base_model', fields.get('base_model')).flatMap(baseModelsOf)),
    relation,
    licenses: unique(texts('license', fields.get('license'))),
    licenseName: textOf('license_name'),
    licenseLink,
    datasets: unique(texts('datasets', fields.get('datasets')).map((name) => hubIdOf(name, 'datasets/'))),
    libraryName: textOf('library_name'),
    tags: unique(texts('tags', fields.get('tags'), true)),
    newVersion: textOf('new_version'),
  }
}

/**
 * The base model that an `adapter_config.json` of PEFT names: an id on the Hub, also where it is given by a link, or the path of
 * a local folder. Null when it names none or is not such a file.
 */
export function baseModelOfAdapter(text: string): string | null {
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof config !== 'object' || config === null) return null
  const { base_model_name_or_path: base } = config as Record<string, unknown>
  if (typeof base !== 'string' || base.trim() === '' || utf8Length(base) > MAX_CARD_TEXT_BYTES) return null
  return baseModelOf(base.trim())
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

/** Whether a README.md begins with front matter, which need not be valid. */
export function hasFrontMatter(text: string): boolean {
  return /^\ufeff?\s*---[^\S\r\n]*[\r\n]/.test(text.slice(0, 4096))
}

const FRONT_MATTER = /^\ufeff?\s*---[^\S\r\n]*\r?\n/

function frontMatterOf(text: string): string {
  const start = FRONT_MATTER.exec(text.slice(0, 4096))
  if (start === null) {
    throw new CardFrontMatterError(
      'does not begin with a line of "---"',
      'Put the fields (license, base_model, …) between two such lines at the top.',
    )
  }
  const body = text.slice(start[0].length, start[0].length + MAX_FRONT_MATTER_BYTES + 8)
  const end = /^---[^\S\r\n]*$/m.exec(body)
  if (end === null && text.length > start[0].length + MAX_FRONT_MATTER_BYTES) throw tooLong()
  if (end === null) {
    throw new CardFrontMatterError('has no second line of "---"', 'End the front matter with one.')
  }
  const yaml = body.slice(0, end.index)
  if (utf8Length(yaml) > MAX_FRONT_MATTER_BYTES) throw tooLong()
  return yaml
}

function tooLong(): CardFrontMatterError {
  return new CardFrontMatterError(
    `is longer than ${MAX_FRONT_MATTER_BYTES} bytes`,
    'Move what is not about the model itself below it.',
  )
}

/** The fields of the front matter. */
function parseYaml(yaml: string): Map<string, unknown> {
  if (/[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(yaml)) {
    throw new CardYamlError('has a character that YAML does not allow')
  }
  const lineCounter = new LineCounter()
  const document = parseDocument(yaml, {
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    customTags: null,
    strict: true,
    stringKeys: true,
    // The library compares each key with all others; checkTree does it in one pass.
    uniqueKeys: false,
    prettyErrors: false,
    // With "silent" a second document would be ignored and not refused.
    logLevel: 'error',
    lineCounter,
  })
  // A tag that is not of the core schema is a warning to the library.
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined)
    throw new CardYamlError(
      PROBLEMS[problem.code] ?? `cannot be read (${problem.code})`,
      lineCounter.linePos(problem.pos[0]).line,
    )
  checkTree(document, lineCounter)
  if (document.contents === null) return new Map()
  if (!isMap(document.contents)) throw new CardYamlError('is not a list of fields with a name each')
  let value: unknown
  try {
    value = document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES })
  } catch (cause) {
    throw new CardYamlError('has too many aliases, or one that leads nowhere', undefined, { cause })
  }
  return value as Map<string, unknown>
}

/** What the codes of the YAML library mean in a card. */
const PROBLEMS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'has a wrong indentation or an unclosed bracket',
  BAD_SCALAR_START: 'has a value without quotes that starts with a reserved character',
  BLOCK_AS_IMPLICIT_KEY: 'has a colon, a list or a map inside a value without quotes',
  MISSING_CHAR: 'has an unclosed quote or bracket, or a colon without a space',
  MULTILINE_IMPLICIT_KEY: 'has a value without a name, or a name of several lines',
  MULTIPLE_DOCS: 'has several YAML documents',
  NON_STRING_KEY: 'has a name that is not text',
  TAB_AS_INDENT: 'has a tab as indentation',
  TAG_RESOLVE_FAILED: 'has a YAML tag (!…)',
  UNEXPECTED_TOKEN: 'has an unexpected character',
}

/** Refuses names that stand twice, and more aliases than there may be. */
function checkTree(document: Document.Parsed, lineCounter: LineCounter): void {
  let aliases = 0
  visit(document, {
    Alias: () => {
      if (++aliases > MAX_ALIASES) throw new CardYamlError(`has more than ${MAX_ALIASES} aliases`)
    },
    Map: (_, map) => {
      const names = new Set<string>()
      for (const { key } of map.items) {
        if (isAlias(key)) throw new CardYamlError('has an alias for a name')
        const name = String(isScalar(key) ? key.value : key)
        if (names.has(name)) {
          const offset = isScalar(key) ? key.range?.[0] : undefined
          throw new CardYamlError(
            `has ${quoted(name)} twice`,
            offset === undefined ? undefined : lineCounter.linePos(offset).line,
          )
        }
        names.add(name)
      }
    },
  })
}

function texts(field: string, value: unknown, allowScalars = false): string[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return texts(field, [value], allowScalars)
  if (value.length > MAX_CARD_LIST)
    throw new CardFieldError(field, `has ${value.length} entries`, `at most ${MAX_CARD_LIST}`)
  return value.flatMap((item: unknown, index) => {
    const isScalarItem = allowScalars && (typeof item === 'number' || typeof item === 'boolean')
    const text = optionalText(value.length > 1 ? `${field}[${index}]` : field, isScalarItem ? String(item) : item)
    return text === null ? [] : [text]
  })
}

/** A text without white space around it; null when there is none. */
function optionalText(field: string, value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') {
    const kind = Array.isArray(value)
      ? 'a list'
      : value instanceof Map
        ? 'a map'
        : `the ${typeof value} ${String(value)}`
    throw new CardFieldError(field, `is ${kind}`, 'a text; put it in quotation marks')
  }
  const text = value.trim()
  if (hasUnsafeCharacters(text))
    throw new CardFieldError(
      field,
      `is ${quoted(text)}`,
      'a text without control, zero-width or bidirectional characters',
    )
  if (utf8Length(text) > MAX_CARD_TEXT_BYTES)
    throw new CardFieldError(field, `is ${quoted(text)}`, `at most ${MAX_CARD_TEXT_BYTES} bytes`)
  return text === '' ? null : text
}

/** The base models that a text names: `base+adapter`, as merge tools write it, names two. */
function baseModelsOf(text: string): string[] {
  const named = text.split('+').map((part) => baseModelOf(part.trim()))
  return named.length > 1 && named.every((name) => isHubId(name) && name.includes('/')) ? named : [baseModelOf(text)]
}

/** The id of a base model in every way in which cards write it: as a link to any page of it, with a revision, or with a final slash. */
function baseModelOf(text: string): string {
  const link = /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\/|^hf:(?:\/\/)?/i
  const path = text.replace(link, '').replace(/[?#@].*$/s, '')
  const page = path.replace(/^([^/]+\/[^/]+)\/(?:tree|blob|resolve|commit|raw)\/.*$/s, '$1')
  const id = page.endsWith('/') ? page.slice(0, -1) : page
  return isHubId(id) && (id.includes('/') || link.test(text)) ? id : hubIdOf(text)
}

/** The id in a link to the Hub; another text as it is. */
function hubIdOf(text: string, folder = ''): string {
  const match = /^https?:\/\/(?:www\.)?(?:huggingface\.co|hf\.co)\/(.+?)\/*$/.exec(text)
  if (match === null) return text
  const path = match[1]!
  const id = folder !== '' && path.startsWith(folder) ? path.slice(folder.length) : path
  return isHubId(id) ? id : text
}

function checkLink(field: string, link: string): void {
  if (/^https?:\/\/[^\s/]/i.test(link)) return
  const isPath = !/^[a-z][a-z0-9+.-]*:/i.test(link) && !link.startsWith('//') && !link.split(/[/\\]/).includes('..')
  if (!isPath)
    throw new CardFieldError(field, `is ${quoted(link)}`, 'an http(s) URL or the path of a file in the repository')
}

function isRelation(text: string): text is Relation {
  return (RELATION_NAMES as string[]).includes(text)
}

function unique(values: string[]): string[] {
  return [...new Set(values)]
}

/** Thrown when a card has no front matter, or one that does not end or is too long. */
export class CardFrontMatterError extends StemmaError {
  override name = 'CardFrontMatterError'
  constructor(what: string, remedy: string) {
    super('CARD_FRONT_MATTER', `The model card ${what}. ${remedy}`)
  }
}

/** Thrown when a card's front matter is not YAML, or not YAML that may be used. */
export class CardYamlError extends StemmaError {
  override name = 'CardYamlError'
  constructor(what: string, line?: number, options?: { cause?: unknown }) {
    // The front matter begins after the line of "---".
    const place = line === undefined ? '' : ` in line ${line + 1}`
    super(
      'CARD_YAML',
      `The front matter of the model card ${what}${place}. Expected YAML 1.2 with plain values, each name once, without YAML tags (!…) and with few aliases.`,
      options,
    )
  }
}

/** Thrown when a field of a card is not what it must be. */
export class CardFieldError extends StemmaError {
  override name = 'CardFieldError'
  constructor(field: string, what: string, expected: string) {
    super('CARD_FIELD', `${field} of the model card ${what}. Expected ${expected}.`)
  }
}
