import { hasUnsafeCharacters, quoted, utf8Length } from '../core/text.ts'
import { ggufNamed, ggufTexts, lostTexts } from './gguf/texts.ts'
import { hubIdOf, MAX_CARD_TEXT_BYTES } from './huggingface.ts'
import type { LicenseSource } from './licenseContradictions.ts'

/** Most warnings about the datasets of one file. */
const MOST_WARNINGS = 8

/** The datasets that the metadata of a file names. */
export type DatasetSource = {
  /** The file, safe to print. */
  origin: string
  /** Ids on the Hub, or free names, each once. */
  datasets: string[]
  /** What was not understood. */
  warnings: string[]
}

/**
 * The licenses that the metadata of a GGUF file names, one source for each: `general.license`, with `general.license.name` and `.link`, or
 * lists of them side by side.
 *
 * @param origin the file, safe to print
 */
export function licensesOfGguf(metadata: ReadonlyMap<string, unknown>, origin: string): LicenseSource[] {
  const [licenses, names, links] = ['general.license', 'general.license.name', 'general.license.link'].map(
    (key) => ggufTexts(metadata, key).texts,
  ) as [string[], string[], string[]]
  const count = Math.max(licenses.length, names.length)
  const at = (texts: string[], index: number): string | null => texts[index] || null
  // A name or a link alone belongs to the license that is "other".
  const beside = (texts: string[], index: number): string | null =>
    texts.length === 1 && licenses[index]?.toLowerCase() === 'other' ? at(texts, 0) : at(texts, index)
  return Array.from({ length: count }, (_, index) => ({
    license: at(licenses, index),
    licenseName: beside(names, index),
    licenseLink: beside(links, index),
  }))
    .filter(({ license, licenseName }) => license !== null || licenseName !== null)
    .map((named) => ({ origin: `general.license of ${origin}`, named }))
}

/**
 * The datasets that the metadata of a GGUF file names: the list `general.datasets`, and `general.dataset.<n>.repo_url`, `url`, or organization
 * and name.
 *
 * @param origin the file, safe to print
 */
export function datasetsOfGguf(metadata: ReadonlyMap<string, unknown>, origin: string): DatasetSource[] {
  const lists = ['general.datasets', 'general.dataset'].map((key) => ({ key, ...ggufTexts(metadata, key) }))
  const described = ggufNamed(metadata, 'dataset')
  const lost = [...lists.flatMap((list) => lostTexts(list.key, list)), ...described.lost]
  const warnings = lost.map((what) => `${origin} has ${what}. They were not read.`)
  const named = [
    ...lists.flatMap(({ texts }) => texts),
    ...described.named.map(({ place, owner, name }) => {
      const whole = owner === '' || name === '' ? name : `${owner}/${name}`.replace(/\s+/g, '-')
      return place || whole
    }),
  ]
  const datasets = named
    .filter((name) => name !== '')
    .flatMap((name) => {
      const isSafe = !hasUnsafeCharacters(name) && !name.includes('\ufffd') && utf8Length(name) <= MAX_CARD_TEXT_BYTES
      if (!isSafe)
        warnings.push(`${origin} names the dataset ${quoted(name)}, which cannot be a name. It was not used.`)
      return isSafe ? [hubIdOf(name, 'datasets/')] : []
    })
  if (datasets.length + warnings.length === 0) return []
  const more = warnings.length - MOST_WARNINGS
  if (more > 0) warnings.splice(MOST_WARNINGS, more, `${origin} has ${more} more such entries about datasets.`)
  return [{ origin, datasets: [...new Set(datasets)], warnings }]
}
