import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = process.env.STANDARDS_DIR ?? join(import.meta.dirname, '../../shared/data/standards')

/**
 * The folder of a standard's own files, which are kept beside the repository and not in it (STANDARDS_DIR). Says in one line
 * that they are absent, as in a clone by itself; tests that need them then have nothing to compare.
 */
export function standardsFolder(name: string): string | undefined {
  const folder = join(root, name)
  if (existsSync(folder)) return folder
  console.log(`      The standard's files are not in ${folder} (STANDARDS_DIR), so they are not compared.`)
  return undefined
}
