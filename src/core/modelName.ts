import { shortText } from './text.ts'

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

/** All spellings of a place on the Hub in lower case and without a final slash, from its key; none for another URI. */
export function hubSpellings(key: string): string[] {
  return key.startsWith(HUB) ? HUB_PREFIXES.map((prefix) => prefix + key.slice(HUB.length)) : []
}

function withoutFinalSlashes(text: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === '/') end -= 1
  return text.slice(0, end)
}
