import { modelNameKey, nameOfUri, nearNames, skeletonOf } from 'stemma/core'
import { misspellingsOf } from '../suggestions.ts'
import type { Readers } from '../readers.ts'
import type { ModelRow } from './models.ts'

/** Most models that are named. */
const MOST = 3
/** Most names that are compared. */
const MOST_COMPARED = 20
/** Longest name that is compared, in UTF-16 units. */
const LONGEST = 200

/** Models of other publishers from which more were made, and whose names may be taken for that of a model: by letters that look alike, or by one or two others. */
export async function lookAlikesOf({ models, family }: Readers, row: ModelRow): Promise<ModelRow[]> {
  const name = nameOfUri(row.uri)
  if (name.length > LONGEST) return []
  const skeleton = skeletonOf(name)
  const short = skeletonOf(row.name)
  const uris = await models.urisNear([...new Set([...misspellingsOf(row.name), ...misspellingsOf(short)])], [])
  const own = modelNameKey(row.uri)
  const others = uris.filter((uri) => modelNameKey(uri) !== own)
  const alike = others.filter((uri) => skeletonOf(nameOfUri(uri)) === skeleton)
  const near = [
    ...new Set([...alike, ...nearNames(name, others, MOST_COMPARED), ...nearNames(skeleton, others, MOST_COMPARED)]),
  ]
  const madeFrom = (key: number): Promise<number> => family.relatives(key, 'down', { first: 0 }).count()
  const found: ModelRow[] = []
  const made = await madeFrom(row.n)
  for (const uri of near.slice(0, MOST_COMPARED)) {
    const [other] = await models.findByUri(uri, 1)
    if (!other || other.publisher === row.publisher || found.some(({ n }) => n === other.n)) continue
    if ((await madeFrom(other.n)) > made) found.push(other)
    if (found.length === MOST) break
  }
  return found
}
