import { parse } from 'yaml'

/** Most characters of YAML that are read. What it takes to find a name that stands twice grows with their square. */
const MOST = 65_536

/** A document in YAML as JSON would have it: hex digits stay text, and no name stands twice. @throws Error when it is not YAML, or too long */
export function yamlValue(text: string): unknown {
  if (text.length > MOST) throw new Error(`It has ${text.length} characters; of YAML, at most ${MOST} are read.`)
  return parse(text, {
    maxAliasCount: 100,
    logLevel: 'silent',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.format !== 'HEX'),
  })
}
