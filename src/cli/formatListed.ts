import { nameOfUri } from '../core/modelName.ts'
import { shortText } from '../core/text.ts'
import type { ListedModel } from '../sdk/registry/listedModel.ts'
import { shortId } from './format.ts'

/** Widths of the columns in characters; with two blanks between them a line has at most 80. */
const [NAME, LICENSE] = [28, 12]

/** A model as one line of a table: its name, id, publisher, license and status. Long names are cut; `--json` has them whole. */
export function formatListed({ model, uri, publisher, license, status, recalled }: ListedModel): string {
  const name = shortText(nameOfUri(uri), NAME).padEnd(NAME)
  const terms = shortText(license ?? '-', LICENSE).padEnd(LICENSE)
  return `${name}  ${shortId(model)}  ${shortId(publisher)}  ${terms}  ${recalled ? 'recalled' : status}`
}

/** The names of the columns of {@link formatListed}. */
export const LISTED_HEADING = `${'MODEL'.padEnd(NAME)}  ${'ID'.padEnd(11)}  ${'PUBLISHER'.padEnd(11)}  ${'LICENSE'.padEnd(LICENSE)}  STATUS`
