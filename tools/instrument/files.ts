/** The files in which an instrumented build and its runs leave their results. */
import { join } from 'node:path'

/** What the contracts are instrumented for. */
export type Mode = 'coverage' | 'mutation'

/** The repository. */
export const root = join(import.meta.dirname, '../..')

/** The folder of an instrumented build. */
export function folderOf(mode: Mode): string {
  return join(root, 'cache', mode)
}

/** Where the points or mutants of the last build are listed, as JSON. */
export function listOf(mode: Mode): string {
  return join(folderOf(mode), 'points.json')
}

/** Where the points that the last run reached are listed, as JSON. */
export function hitsOf(mode: Mode): string {
  return join(folderOf(mode), 'hits.json')
}
