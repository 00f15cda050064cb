import { nameOfUri } from '../core/modelName.ts'
import { shortText } from '../core/text.ts'
import type { ListedModel } from '../sdk/registry/listedModel.ts'
import { shortId } from './format.ts'

/**
 * Fewest and most characters of the columns of names and licenses: with two blanks between them a line has at most 80 characters where
 * the names are short, and at most 100.
 */
const [NAME, LICENSE] = [
  [28, 46],
  [12, 14],
] as const

/** Models as a table: name, id, publisher, license and status. Names are cut beyond 46 characters; `--json` has them whole. */
export function formatListed(models: readonly ListedModel[]): string[] {
  const names = columnOf(['MODEL', ...models.map(({ uri }) => nameOfUri(uri))], NAME)
  const licenses = columnOf(['LICENSE', ...models.map(({ license }) => license ?? '-')], LICENSE)
  const others = models.map(({ model, publisher, status, recalled }) => ({
    ids: `${shortId(model)}  ${shortId(publisher)}`,
    status: recalled ? 'recalled' : status,
  }))
  const rows = [{ ids: `${'ID'.padEnd(11)}  ${'PUBLISHER'.padEnd(11)}`, status: 'STATUS' }, ...others]
  return rows.map(({ ids, status }, row) => `${names[row]}  ${ids}  ${licenses[row]}  ${status}`)
}

/** Texts that are equally wide: as the longest, within bounds. */
function columnOf(texts: readonly string[], [least, most]: readonly [number, number]): string[] {
  const width = Math.min(most, Math.max(least, ...texts.map((text) => [...text].length)))
  return texts.map((text) => shortText(text, width).padEnd(width))
}
