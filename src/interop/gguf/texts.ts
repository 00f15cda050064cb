import { GGUF_ARRAY_SAMPLE, type GgufArray } from './reader.ts'

/** The texts of a metadata entry. */
export type GgufTexts = {
  /** Without white space at the ends. A blank one keeps its place, because fields may be lists side by side. */
  texts: string[]
  /** How many values of an array are not text, or were not kept because the array is long. */
  lost: number
}

/**
 * The texts of a metadata entry, which writers store as a string or as an array of strings.
 *
 * @param metadata as `parseGgufMetadata` gives it
 */
export function ggufTexts(metadata: ReadonlyMap<string, unknown>, key: string): GgufTexts {
  const value = metadata.get(key)
  if (typeof value === 'string') return { texts: [value.trim()], lost: 0 }
  return isArray(value) ? textsOf(value) : { texts: [], lost: 0 }
}

function textsOf({ length, first }: GgufArray): GgufTexts {
  const found: GgufTexts = { texts: [], lost: length - first.length }
  for (const value of first) {
    if (typeof value === 'string') found.texts.push(value.trim())
    else if (isArray(value)) {
      const inner = textsOf(value)
      found.texts.push(...inner.texts)
      found.lost += inner.lost
    } else found.lost++
  }
  return found
}

function isArray(value: unknown): value is GgufArray {
  return typeof value === 'object' && value !== null && 'first' in value && Array.isArray(value.first)
}

/** What of an entry was lost, in words; nothing when all was read. */
export function lostTexts(key: string, { lost }: GgufTexts): string[] {
  if (lost === 0) return []
  return [
    `${lost} ${lost === 1 ? 'value' : 'values'} of ${key} that ${lost === 1 ? 'is' : 'are'} not text, or beyond the first ${GGUF_ARRAY_SAMPLE}`,
  ]
}

/** Something that metadata describe by fields: where it is, who made it, and its name. What is not stated is empty. */
export type GgufNamed = { place: string; owner: string; name: string }

/**
 * The base models or datasets that metadata describe: `general.<kind>.<n>.repo_url`, `url`, `organization` and `name`, each a text or a list,
 * and the same fields without a number, as lists side by side.
 */
export function ggufNamed(
  metadata: ReadonlyMap<string, unknown>,
  kind: 'base_model' | 'dataset',
): { named: GgufNamed[]; lost: string[]; numbers: number } {
  const prefix = new RegExp(`^general\\.${kind}\\.(\\d+)\\.`)
  const numbers = new Set([...metadata.keys()].flatMap((key) => prefix.exec(key)?.[1] ?? []))
  const named: GgufNamed[] = []
  const lost: string[] = []
  const ascending = [...numbers].sort((a, b) => Number(a) - Number(b)).map((each) => `${each}.`)
  for (const number of ['', ...ascending]) {
    const fields = ['repo_url', 'url', 'organization', 'name'].map((field) => {
      const key = `general.${kind}.${number}${field}`
      const found = ggufTexts(metadata, key)
      lost.push(...lostTexts(key, found))
      return found.texts
    })
    const [places, pages, owners, names] = fields as [string[], string[], string[], string[]]
    const count = Math.max(...fields.map(({ length }) => length))
    for (let index = 0; index < count; index++) {
      const owner = owners[index] ?? (owners.length === 1 ? owners[0]! : '')
      const one = { place: places[index] || pages[index] || '', owner, name: names[index] ?? '' }
      if (one.place + one.owner + one.name !== '') named.push(one)
    }
  }
  return { named, lost, numbers: numbers.size }
}
