/** Names of members that hold what a model wrote. */
const WRITTEN = {
  'chat/completions': ['content', 'reasoning_content', 'reasoning', 'refusal', 'arguments'],
  completions: ['text'],
  messages: ['text', 'thinking', 'partial_json'],
  responses: ['text', 'refusal', 'arguments'],
  events: ['delta', 'content'],
}
const PATTERNS = new Map(Object.entries(WRITTEN).map(([name, names]) => [name, patternOf(names)]))
const TEXT = patternOf(['text'])

function patternOf(names: readonly string[]): RegExp {
  return new RegExp(`"(?:${names.join('|')})" ?: ?"`, 'g')
}

/**
 * Where a model's words stand in the answers of a route. Events of `responses` and of audio repeat the whole text at the end, so of
 * those only the deltas count.
 */
export function writtenIn(route: string, isStream: boolean): RegExp {
  const isRepeated = route === 'responses' || route.startsWith('audio/')
  return PATTERNS.get(isStream && isRepeated ? 'events' : route) ?? TEXT
}

/**
 * How many bytes a model's words take in a JSON text, as they are escaped there.
 *
 * @param text bytes as Latin-1, so that its length is theirs; it may be cut anywhere
 */
export function textBytes(text: string, written: RegExp, start = 0): number {
  let bytes = 0
  written.lastIndex = start
  while (written.test(text)) {
    const from = written.lastIndex
    const end = endOfJsonString(text, from)
    bytes += end - from
    written.lastIndex = end
  }
  return bytes
}

/** Where the quote stands that ends a JSON string whose content starts at `start`; the end of the text when there is none. */
export function endOfJsonString(text: string, start: number): number {
  for (let from = start; ;) {
    const quote = text.indexOf('"', from)
    if (quote < 0) return text.length
    let slashes = 0
    while (quote - slashes > start && text.charCodeAt(quote - slashes - 1) === 0x5c) slashes++
    if (slashes % 2 === 0) return quote
    from = quote + 1
  }
}
