import { opendir } from 'node:fs/promises'
import { join } from 'node:path'

import { UsageError, type Context } from '../console/context.ts'
import { pathOf, readBytesFile } from '../console/files.ts'
import { sha256 } from '../core/sha256.ts'
import { compareCodePoints, quoted } from '../core/text.ts'
import { MAX_SKETCH_BYTES, type Sketch } from '../fingerprint/sketch.ts'
import { parseSketch } from '../fingerprint/sketchBytes.ts'

/** The option that reads the secret of a sketch. */
export const SECRET_OPTION = [
  '--secret <file>',
  'at least 16 random bytes that choose what the sketch shows; keep them',
] as const
/** Longest secret, in bytes. */
export const MAX_SECRET_BYTES = 4_096
/** Most sketches of one folder. */
const MAX_SKETCHES = 100_000
const SKETCH_FILE = /\.sketch$/

/** A sketch with the name that a report gives it. */
export type NamedSketch = { name: string; digest: string; sketch: Sketch }

/** Reads a sketch from a file. @throws `InvalidSketchError` */
export async function readSketch(context: Context, path: string): Promise<NamedSketch> {
  const bytes = await readBytesFile(context, path, MAX_SKETCH_BYTES)
  return { name: path, digest: sha256(bytes), sketch: parseSketch(bytes) }
}

/** Reads every `*.sketch` of a folder, in the order of their names. @throws `InvalidSketchError` `UsageError` */
export async function readSketchFolder(context: Context, folder: string): Promise<NamedSketch[]> {
  const names: string[] = []
  try {
    for await (const { name } of await opendir(pathOf(context, folder))) {
      if (SKETCH_FILE.test(name)) names.push(name)
      if (names.length > MAX_SKETCHES)
        throw new UsageError(
          `The folder ${quoted(folder)} has more than ${MAX_SKETCHES} sketches. Use several folders.`,
        )
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`The folder ${quoted(folder)} cannot be read. Name a folder with files that end in .sketch.`)
  }
  const sketches: NamedSketch[] = []
  for (const name of names.toSorted(compareCodePoints)) sketches.push(await readSketch(context, join(folder, name)))
  if (sketches.length === 0) throw new UsageError(`The folder ${quoted(folder)} has no file that ends in .sketch.`)
  return sketches
}
