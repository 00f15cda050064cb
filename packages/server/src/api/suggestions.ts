import { FAR, hasUnsafeCharacters, modelNameKey, nearNames, nearness, shortNameOf } from 'stemma/core'
import type { Hit } from './search.ts'
import type { TermsReader } from './licensing/terms.ts'
import type { ModelReader } from './registry/models.ts'

/** Most suggestions. */
const MOST = 5
/** Longest text that is taken for a misspelled name, in UTF-16 units; an owner and a name on the Hub have 96 each. */
const LONGEST = 200
/** Longest name of which all misspellings by one letter are looked up, in UTF-16 units. */
const LONGEST_WORD = 40
/** The letters of names on the Hub. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789-_.'
/** In how many beginnings of the name its neighbors are looked up, from the whole name to its first letters. */
const BEGINNINGS = 4

/**
 * What may have been meant by words that found nothing, or only what begins with them: names of models and of licenses. The work does not grow
 * with the index: it looks up the names that differ by one letter, and the neighbors of the name's beginnings in the order of names.
 */
export async function suggestionsFor(
  { models, terms }: { models: ModelReader; terms: TermsReader },
  words: string,
  hits: readonly Hit[],
): Promise<string[]> {
  if (words.length > LONGEST || hasUnsafeCharacters(words)) return []
  const name = shortNameOf(modelNameKey(words.replaceAll(/\s+/g, '-')))
  const isFound = hits.some(({ model, by }) => by !== 'name' || model.name === name)
  if (isFound) return []
  const [uris, licenses] = await Promise.all([
    models.urisNear(misspellingsOf(name), beginningsOf(name)),
    terms.firstNames(),
  ])
  const hit = new Set(hits.map(({ model }) => model.uri))
  const near = nearNames(
    words.replaceAll(/\s+/g, '-'),
    uris.filter((uri) => !hit.has(uri)),
    MOST,
  )
  const meant = licenses
    .map((license) => [license, nearness(words, license)] as const)
    .filter(([license, distance]) => license !== words && distance < FAR)
    .toSorted(([, one], [, other]) => one - other)
    .map(([license]) => license)
  return [...near, ...meant].slice(0, MOST)
}

/** A name, and all names that differ from it by one letter: dropped, swapped with the next, replaced or inserted. */
export function misspellingsOf(name: string): string[] {
  const letters = [...name]
  if (name.length > LONGEST_WORD) return [name]
  const found = new Set([name])
  for (let at = 0; at <= letters.length; at++) {
    const [before, after] = [letters.slice(0, at).join(''), letters.slice(at + 1).join('')]
    const letter = letters[at] ?? ''
    if (letter !== '') found.add(before + after)
    if (at + 1 < letters.length) found.add(before + letters[at + 1]! + letter + letters.slice(at + 2).join(''))
    for (const other of LETTERS) {
      found.add(before + other + after)
      found.add(before + other + letter + after)
    }
  }
  return [...found]
}

/** Beginnings of a name, longest first, none shorter than two letters. */
function beginningsOf(name: string): string[] {
  const letters = [...name]
  const lengths = Array.from({ length: BEGINNINGS }, (_, at) =>
    Math.ceil((letters.length * (BEGINNINGS - at)) / BEGINNINGS),
  )
  return [...new Set(lengths.filter((length) => length >= 2).map((length) => letters.slice(0, length).join('')))]
}
