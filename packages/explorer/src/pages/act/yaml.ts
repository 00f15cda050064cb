import { parse } from 'yaml'

/** Most characters of YAML that are read. What it takes to find a name that stands twice grows with their square. */
const MOST = 65_536
/** Most brackets that are open at once, and most lists and maps that begin in one line: the library takes long over more. */
const MOST_OPEN = 200

/**
 * A document in YAML as JSON would have it: hex digits stay text, no name stands twice, and nothing contains itself.
 *
 * @throws Error when it is not YAML, too long, or nested too deeply
 */
export function yamlValue(text: string): unknown {
  if (text.length > MOST) throw new Error(`It has ${text.length} characters; of YAML, at most ${MOST} are read.`)
  if (isTooNested(text)) throw new Error(`It is nested too deeply: at most ${MOST_OPEN} brackets may be open.`)
  const value: unknown = parse(text, {
    maxAliasCount: 100,
    // With "silent", errors would be passed over, and a second document too.
    logLevel: 'error',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.format !== 'HEX'),
  })
  return JSON.parse(JSON.stringify(value) ?? 'null')
}

function isTooNested(text: string): boolean {
  let open = 0
  for (const line of text.split('\n')) {
    open += count(line, /[[{]/g)
    if (open > MOST_OPEN || count(line, /[-?:]\s/g) > MOST_OPEN) return true
    open = Math.max(0, open - count(line, /[\]}]/g))
  }
  return false
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}
