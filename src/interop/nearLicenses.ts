import type { LicenseEntry } from '../documents/license.ts'

/** Most names that are proposed. */
const MOST = 3
/** Words that names of licenses have in common, so that they distinguish none. */
const COMMON = /\b(?:the|licen[cs]e[ds]?|agreement|version|terms|of|use|public|model|v(?=\d))\b/g

/**
 * The licenses of the library whose names are near to one that it does not have: the same words in other order or form, a part of them, or
 * a typing error. The nearest first, at most 3. They are for a question only: a near name is another name.
 */
export function nearLicenses(entries: readonly LicenseEntry[], name: string): string[] {
  const linked = entries.find(({ uri, unknown }) => !unknown && withoutEnd(uri) === withoutEnd(name))
  if (linked !== undefined) return [linked.id]
  const wanted = folded(name)
  if (wanted === '') return []
  const near = entries.flatMap((entry) => {
    if (entry.unknown) return []
    const names = [entry.id, entry.name, ...entry.aliases].map(folded).filter((each) => each !== '')
    const distance = Math.min(...names.map((each) => distanceOf(wanted, each)))
    return distance <= 0.4 ? [{ id: entry.id, distance }] : []
  })
  near.sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1))
  const best = near[0]?.distance ?? 0
  return near
    .filter(({ distance }) => distance <= best + 0.15)
    .slice(0, MOST)
    .map(({ id }) => id)
}

/** An address as it is compared: without scheme, `www.`, final slash and the end of a file's name. */
function withoutEnd(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\/(?:www\.)?/, '')
    .replace(/(?:\.(?:txt|html|php))?\/*$/, '')
}

/** A name as it is compared: of a link, its last part; in lower case, without common words, hyphens as spaces. */
function folded(name: string): string {
  const bare = name
    .slice(0, 200)
    .replace(/^https?:\/\/.*?([^/]+?)(?:\.(?:txt|html|md))?\/*$/i, '$1')
    .toLowerCase()
    .replace(/^licenseref-/, '')
    .replace(/[^a-z0-9.+]+/g, ' ')
  const kept = bare.replace(COMMON, ' ').replace(/\s+/g, ' ').trim()
  return kept === '' ? bare.trim() : kept
}

/** How far two names are from each other, from 0 to 1: by letters, or by words where one has all words of the other. */
function distanceOf(a: string, b: string): number {
  const [joinedA, joinedB] = [a.replaceAll(' ', ''), b.replaceAll(' ', '')]
  const letters = editDistance(joinedA, joinedB) / Math.max(joinedA.length, joinedB.length)
  const [wordsA, wordsB] = [new Set(a.split(/[ -]/)), new Set(b.split(/[ -]/))]
  const shared = [...wordsA].filter((word) => wordsB.has(word)).length
  const words = 1 - shared / (wordsA.size + wordsB.size - shared)
  const contained = shared === Math.min(wordsA.size, wordsB.size) ? words * 0.6 : 1
  return Math.min(letters, words, contained)
}

/** Insertions, deletions, changes and swaps of neighbors between two texts. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, before[j - 2]! + 1)
    }
    before = last
    last = row
  }
  return last[b.length]!
}
