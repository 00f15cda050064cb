import { FAR, nearness, shortText } from './text.ts'

const HUB = 'https://huggingface.co/'
/** The spellings of a place on the Hub: with or without a scheme, by either host, or as `hf:`. */
const HUB_PREFIX = /^(?:(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\/|hf:(?:\/\/)?)/i
const HUB_PREFIXES = ['', 'http://', 'https://']
  .flatMap((scheme) => [scheme, `${scheme}www.`])
  .flatMap((start) => [`${start}huggingface.co/`, `${start}hf.co/`])
  .concat('', 'hf:', 'hf://')
const HUB_NAME = /^[\w-][\w.-]{0,95}(?:\/[\w-][\w.-]{0,95})?$/

/** The URI of a model on the Hugging Face Hub: where `owner/name` is found. */
export function hubUri(name: string): string {
  return `${HUB}${name}`
}

/**
 * The form in which two names of a model are compared. Spellings of one place on the Hub have one key: `owner/name`, its URL with or without
 * a scheme or a final slash, `hf.co/owner/name` and `hf:owner/name`, in any case, because the Hub ignores case. Any other URI is its own
 * key, without final slashes.
 *
 * @example
 * modelNameKey('hf.co/Acme/M30/') === modelNameKey('acme/m30')
 */
export function modelNameKey(text: string): string {
  const bare = withoutFinalSlashes(text)
  const name = bare.replace(HUB_PREFIX, '')
  return HUB_NAME.test(name) && !name.includes('..') ? hubUri(name.toLowerCase()) : bare
}

/** What a publisher calls a model, safe to print: its name on the Hub, or its URI. At most 80 characters. */
export function nameOfUri(uri: string): string {
  return shortText(uri.startsWith(HUB) ? uri.slice(HUB.length) : uri, 80)
}

/**
 * The names among the URIs of models that somebody may have meant by a name that nobody registered: nearest first, each once and as
 * {@link nameOfUri} writes it. With an owner, the owner and the name must both be near; without one, the last part of the URI.
 */
export function nearNames(text: string, uris: Iterable<string>, most = 5): string[] {
  const typed = partsOf(modelNameKey(text))
  const hasOwner = withoutFinalSlashes(text).includes('/')
  const found = new Map<string, number>()
  for (const uri of uris) {
    const [owner, name] = partsOf(modelNameKey(uri))
    const distance = nearness(typed[1], name) + (hasOwner && typed[0] !== owner ? nearness(typed[0], owner) : 0)
    if (distance < FAR) found.set(nameOfUri(uri), distance)
  }
  return [...found]
    .toSorted(([a, one], [b, other]) => one - other || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([name]) => name)
}

/** What stands before and behind the last slash of a name, without the Hub's address. */
function partsOf(key: string): [owner: string, name: string] {
  const name = key.startsWith(HUB) ? key.slice(HUB.length) : key
  const at = name.lastIndexOf('/')
  return [name.slice(0, Math.max(0, at)), name.slice(at + 1)]
}

/** The orders in which models are listed. */
export const MODEL_ORDERS = ['newest', 'oldest', 'name', 'name-descending'] as const
/** An order in which models are listed. */
export type ModelOrder = (typeof MODEL_ORDERS)[number]

/** Longest {@link shortNameOf} in UTF-16 units: PostgreSQL refuses index entries beyond 2,704 bytes. */
const MAX_SHORT_NAME = 200

/** The name by which models are listed: the last part of its URI's path, in lower case, at most 200 UTF-16 units. */
export function shortNameOf(uri: string): string {
  const end = uri.search(/[?#]/)
  let until = end < 0 ? uri.length : end
  while (until > 0 && uri[until - 1] === '/') until -= 1
  const name = uri.slice(uri.lastIndexOf('/', until - 1) + 1, until).toLowerCase()
  return name.slice(0, MAX_SHORT_NAME).replace(/[\ud800-\udbff]$/, '')
}

/** All spellings of a place on the Hub in lower case and without a final slash, from its key; none for another URI. */
export function hubSpellings(key: string): string[] {
  return key.startsWith(HUB) ? HUB_PREFIXES.map((prefix) => prefix + key.slice(HUB.length)) : []
}

function withoutFinalSlashes(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '/') end -= 1
  return text.slice(0, end)
}
