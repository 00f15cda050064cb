import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { StemmaError } from '../core/errors.ts'
import { compareCodePoints, quoted } from '../core/text.ts'
import { parseStrictJson } from '../core/json.ts'
import { parseSketchIndex, type KnownText } from '../interop/licenseSketch.ts'
import { InvalidLicenseError, parseLicense, type LicenseEntry } from '../documents/license.ts'

/** Name of the schema's file, the only one in the folder that is not a license. */
const SCHEMA = 'schema.json'

/**
 * Loads the license library: every license in a folder, sorted by id. Without a folder, the library of the package.
 *
 * @example
 * const terms = (await loadLicenses()).map(termsOfLicense)
 *
 * @throws `InvalidJsonError` when a file is not JSON
 * @throws `InvalidLicenseError` when a file does not match `licenses/schema.json`
 * @throws {@link DuplicateLicenseError} when two files share an id or alias
 */
export async function loadLicenses(folder: string = licensesFolder()): Promise<LicenseEntry[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json') && file !== SCHEMA)
  const entries = await Promise.all(files.map((file) => readLicense(folder, file)))
  const owners = new Map<string, string>()
  for (const { id, aliases } of entries)
    for (const name of [id.toLowerCase(), ...aliases]) {
      const other = owners.get(name)
      if (other !== undefined) throw new DuplicateLicenseError(name, other, id)
      owners.set(name, id)
    }
  for (const { id, shared = [], links = [], models = [] } of entries) {
    if (shared.length > 0 && links.length + models.length === 0)
      throw new InvalidLicenseError(`${id.toLowerCase()}.json`, 'shared', 'beside links or models that decide')
    if (shared.length === 0 && models.length > 0)
      throw new InvalidLicenseError(
        `${id.toLowerCase()}.json`,
        'models',
        'beside a shared name about which they decide',
      )
  }
  return entries.sort((a, b) => compareCodePoints(a.id, b.id))
}

/** The folder of the package's own library: beside `src/` in a checkout, else beside the compiled code. */
export function licensesFolder(): string {
  const folders = ['../../licenses', '../../../licenses'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return folders.find((folder) => existsSync(join(folder, SCHEMA))) ?? (folders[0] as string)
}

/** Where the index of license texts is, which `tools/license-sketches.ts` writes. */
export function sketchIndexPath(): string {
  return join(licensesFolder(), 'texts', 'index.json')
}

/**
 * Loads the texts of licenses that can be recognized: those of the index, and those whose digests entries of the library state.
 *
 * @throws `InvalidJsonError`, `SketchIndexError`
 */
export async function loadKnownTexts(entries: readonly LicenseEntry[]): Promise<KnownText[]> {
  const index = parseSketchIndex(
    parseStrictJson(await readFile(sketchIndexPath(), 'utf8'), 'licenses/texts/index.json'),
  )
  const stated = entries.flatMap(({ id, text }): KnownText[] =>
    text === null ? [] : [{ names: [id], texts: [text], words: null, sketch: null }],
  )
  return [...stated, ...index]
}

async function readLicense(folder: string, file: string): Promise<LicenseEntry> {
  const value = parseStrictJson(await readFile(join(folder, file), 'utf8'), quoted(file))
  const entry = parseLicense(value, file)
  if (`${entry.id.toLowerCase()}.json` !== file)
    throw new InvalidLicenseError(file, 'id', "the file's name without .json")
  return entry
}

/** Thrown when two licenses of the library share an id or alias. */
export class DuplicateLicenseError extends StemmaError {
  override name = 'DuplicateLicenseError'
  constructor(name: string, first: string, second: string) {
    super(
      'DUPLICATE_LICENSE',
      `"${name}" names both "${first}" and "${second}" in the license library. Remove one of the two.`,
    )
  }
}
