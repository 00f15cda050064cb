import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { withFile } from '../artifacts/openFile.ts'
import { UsageError, type Context } from '../console/context.ts'
import { pathOf } from '../console/files.ts'
import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { parseStrictJson } from '../core/json.ts'
import { sha256 } from '../core/sha256.ts'
import { compareCodePoints, quoted } from '../core/text.ts'
import { descriptionDigest, MAX_DESCRIPTION_BYTES, parseTrainingDescription } from '../documents/trainingDescription.ts'
import { profileFinder } from '../sdk/registry/profileFinder.ts'
import type { FindDocuments, FoundBytes } from '../verify/rules/documents.ts'
import { fetchOf } from './pinnedProver.ts'

/** Where the documents are that rules of a policy ask for. */
export type RuleDocumentOptions = {
  /** A folder of profiles and training descriptions, of any names. */
  statements?: string | undefined
  /** Files that are training descriptions. */
  methods: readonly string[]
  /** Whether hosts may be asked for profiles. */
  asksHosts: boolean
}

/** Most files of a folder that are read. */
const MOST_FILES = 4_096
/** Longest file that is read, in bytes. Longer ones are neither profiles nor training descriptions. */
const MOST_BYTES = 4 * MAX_DESCRIPTION_BYTES

/**
 * Finds documents in files, then where publishers prove their names. The files of a folder are known by their digests alone, so that their
 * names do not matter.
 *
 * @throws {@link UsageError} when the folder cannot be read, or has too many files
 */
export async function ruleDocuments(context: Context, options: RuleDocumentOptions): Promise<FindDocuments> {
  const { statements, methods, asksHosts } = options
  const files = [...methods.map((file) => pathOf(context, file)), ...(await filesOf(context, statements))]
  return async (sought) => {
    const wanted = new Set(sought.map(({ digest }) => digest))
    const readsMethods = sought.some(({ kind }) => kind === 'method')
    const found = new Map<Digest, FoundBytes>()
    for (const file of files) {
      context.signal.throwIfAborted()
      const bytes = await contentOf(file)
      if (!bytes) continue
      const digests = [sha256(bytes), ...(readsMethods ? methodDigestOf(bytes) : [])]
      for (const digest of digests) if (wanted.has(digest)) found.set(digest, { bytes })
    }
    const open = sought.filter(({ digest }) => !found.has(digest))
    const { signal } = context
    const fetched = asksHosts && open.length > 0 ? await profileFinder({ fetch: fetchOf(context), signal })(open) : []
    for (const [digest, each] of fetched) found.set(digest, each)
    const problem =
      statements === undefined ? 'no --statements <folder> has it' : `${quoted(statements)} does not have it`
    for (const { digest } of open) if (!found.has(digest)) found.set(digest, { problem })
    return found
  }
}

async function filesOf(context: Context, folder: string | undefined): Promise<string[]> {
  if (folder === undefined) return []
  const path = pathOf(context, folder)
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    const reasons: Record<string, string> = { ENOENT: 'it does not exist', ENOTDIR: 'it is not a folder' }
    const why = reasons[error.code ?? ''] ?? `the system reports ${error.code}`
    throw new UsageError(`The folder ${quoted(folder)} of --statements cannot be read: ${why}. Check the path.`)
  })
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  if (files.length > MOST_FILES) {
    throw new UsageError(
      `The folder ${quoted(folder)} of --statements has ${files.length} files, and at most ${MOST_FILES} are read. Keep there only profiles and training descriptions.`,
    )
  }
  return files.toSorted(compareCodePoints).map((name) => join(path, name))
}

/** The bytes of a file; undefined for one that cannot be read or is too long to be a document. */
async function contentOf(path: string): Promise<Uint8Array | undefined> {
  try {
    return await withFile(path, async (file) => (file.size > MOST_BYTES ? undefined : file.read(0, file.size)))
  } catch (error) {
    if (error instanceof StemmaError) return undefined
    throw error
  }
}

function methodDigestOf(bytes: Uint8Array): Digest[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return [descriptionDigest(parseTrainingDescription(parseStrictJson(text, 'The file')))]
  } catch {
    return []
  }
}
