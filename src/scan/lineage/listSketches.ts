import { opendir } from 'node:fs/promises'
import { join } from 'node:path'

import { StemmaError } from '../../core/errors.ts'
import { isBytes32, parseModelId, type Digest, type ModelId } from '../../core/hex.ts'
import { sha256 } from '../../core/sha256.ts'
import { compareCodePoints, quoted, shortText } from '../../core/text.ts'
import { parseAnnex, type Annex } from '../../documents/annex.ts'
import { parseSketch } from '../../fingerprint/sketchBytes.ts'
import { readSmallFile } from './sketchFile.ts'

/** Most sketches of a folder. */
const MOST_SKETCHES = 100_000
/** Longest annex, in bytes: that of 256 entries is shorter. */
const MAX_ANNEX_BYTES = 65_536
const SKETCH_FILE = /\.sketch$/

/** A sketch in a folder. */
export type ListedSketch = {
  /** Name of the file without its end. */
  name: string
  /** Where it is on this disk. */
  path: string
  /** SHA-256 of the file. */
  digest: Digest
  /** The registration that its name names; null where it names none. */
  model: ModelId | null
  /** The annex beside it; null where there is none that can be read. */
  annex: Annex | null
  /** Digests of the rows that it lists, as 16 hex digits. */
  rows: readonly string[]
}

/** A file that does not count as a sketch, and why. */
export type RefusedSketch = {
  /** Name of the file without its end. */
  name: string
  /** Why, as a sentence without its period. */
  why: string
}

/**
 * Lists the sketches of a folder: `<model id>.sketch`, with the annex of the registration as `<model id>.annex.json` beside it. Other names do
 * where no ledger is asked. One file is in memory at a time.
 *
 * @throws {@link SketchFolderError} when the folder cannot be read or has too many
 */
export async function listSketches(folder: string): Promise<{ sketches: ListedSketch[]; refused: RefusedSketch[] }> {
  const sketches: ListedSketch[] = []
  const refused: RefusedSketch[] = []
  for (const file of await sketchNames(folder)) {
    const name = file.replace(SKETCH_FILE, '')
    const read = readListed(folder, name)
    if (typeof read === 'string') refused.push({ name, why: read })
    else sketches.push(read)
  }
  return { sketches, refused }
}

async function sketchNames(folder: string): Promise<string[]> {
  const names: string[] = []
  try {
    for await (const { name } of await opendir(folder)) {
      if (SKETCH_FILE.test(name)) names.push(name)
      if (names.length > MOST_SKETCHES) break
    }
  } catch {
    throw new SketchFolderError(folder, 'cannot be read')
  }
  if (names.length > MOST_SKETCHES) throw new SketchFolderError(folder, `has more than ${MOST_SKETCHES} sketches`)
  return names.toSorted(compareCodePoints)
}

function readListed(folder: string, name: string): ListedSketch | string {
  const path = join(folder, `${name}.sketch`)
  const bytes = readSmallFile(path)
  if (bytes === undefined) return 'it cannot be read, or is too long'
  try {
    const { isSecret, exact } = parseSketch(bytes)
    if (isSecret) return 'it is of a secret, without which nothing is compared'
    const id = name.startsWith('0x') ? name : `0x${name}`
    const model = isBytes32(id) ? parseModelId(id) : null
    return { name, path, digest: sha256(bytes), model, annex: annexBeside(folder, name), rows: exact.rows }
  } catch (error) {
    if (error instanceof StemmaError) return shortText(error.message.replace(/\.$/, ''), 300)
    throw error
  }
}

function annexBeside(folder: string, name: string): Annex | null {
  const bytes = readSmallFile(join(folder, `${name}.annex.json`), MAX_ANNEX_BYTES)
  if (bytes === undefined) return null
  try {
    return parseAnnex(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return null
  }
}

/** Thrown when a folder of sketches cannot be used. */
export class SketchFolderError extends StemmaError {
  override name = 'SketchFolderError'
  constructor(folder: string, why: string) {
    super(
      'SKETCH_FOLDER',
      `The folder ${quoted(folder)} ${why}. Name a folder with at most ${MOST_SKETCHES} files that end in .sketch.`,
    )
  }
}
