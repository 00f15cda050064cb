import { parseStrictJson } from '../../core/json.ts'
import { compareCodePoints, quoted } from '../../core/text.ts'
import { checkResourceName, compareResourceNames } from '../../interop/oms.ts'
import { HubAnswerError, HubListingError } from './errors.ts'

/** A file of a repository, as the Hub lists it. */
export type HubFile = {
  /** Path from the repository's root. */
  name: string
  /** Length in bytes. */
  size: number
  /** Id of Git's blob, SHA-1 in 40 hex digits: that of the file, or of its pointer where it is in LFS. */
  oid: string
  /** SHA-256 of a file in LFS, in 64 hex digits; null for one in Git itself. */
  sha256: string | null
}

/**
 * Reads a page of `GET /api/models/{id}/tree/{revision}?recursive=true`. Folders are left out.
 *
 * @param address what the page is called in errors
 * @throws `HubAnswerError` `HubListingError` and what `parseStrictJson` throws
 */
export function parseTreePage(text: string, id: string, address: string): HubFile[] {
  const wrong = (what: string): never => {
    throw new HubAnswerError(address, what)
  }
  const page = parseStrictJson(text, `The answer of ${address}`)
  if (!Array.isArray(page)) return wrong('is not a list of files')
  const files: HubFile[] = []
  for (const entry of page as unknown[]) {
    if (typeof entry !== 'object' || entry === null) return wrong('has an entry that is not a file')
    const { type, path, oid, size, lfs } = entry as Record<string, unknown>
    if (typeof path !== 'string') return wrong('has an entry without a path')
    if (type === 'directory') continue
    if (type !== 'file') throw new HubListingError(id, `has ${quoted(path)}, which is neither a file nor a folder`)
    if (!isLength(size)) return wrong(`has no length of ${quoted(path)}`)
    if (typeof oid !== 'string' || !/^[0-9a-f]{40}$/.test(oid)) return wrong(`has no Git id of ${quoted(path)}`)
    files.push({ name: path, size, oid, sha256: lfs === undefined || lfs === null ? null : sha256Of(lfs, size) })
    if (files.at(-1)!.sha256 === '') return wrong(`has no SHA-256 of ${quoted(path)}, which is in LFS`)
  }
  return files
}

/** The SHA-256 that `lfs` of an entry states; empty where it is not one, or of another length than the entry's. */
function sha256Of(lfs: unknown, size: number): string {
  if (typeof lfs !== 'object') return ''
  const { oid, size: length } = lfs as Record<string, unknown>
  return typeof oid === 'string' && /^[0-9a-f]{64}$/.test(oid) && length === size ? oid : ''
}

function isLength(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/**
 * Checks that a folder can have the files, and sorts them as a manifest does.
 *
 * @returns the files, and a warning for names that differ in case only
 * @throws `HubListingError` for a name that is listed twice, or is both a file and a folder; `InvalidResourceError` for one that no manifest
 * can have
 */
export function checkListing(files: readonly HubFile[], id: string): { files: HubFile[]; warnings: string[] } {
  const names = new Set<string>()
  const folded = new Map<string, string>()
  const twins: string[] = []
  for (const { name } of files) {
    if (name === '.') throw new HubListingError(id, 'has a file named "."')
    checkResourceName(name)
    if (names.has(name)) throw new HubListingError(id, `has ${quoted(name)} twice`)
    names.add(name)
    const key = name.normalize('NFC').toLowerCase()
    const twin = folded.get(key)
    if (twin === undefined) folded.set(key, name)
    else twins.push(`${quoted(twin)} and ${quoted(name)}`)
  }
  for (const name of names) {
    for (let at = name.indexOf('/'); at > 0; at = name.indexOf('/', at + 1)) {
      if (names.has(name.slice(0, at)))
        throw new HubListingError(id, `has ${quoted(name.slice(0, at))} as a file and as a folder`)
    }
  }
  const more = twins.length > 1 ? ` (and ${twins.length - 1} more)` : ''
  const warnings =
    twins.length === 0
      ? []
      : [
          `${twins.toSorted(compareCodePoints)[0]}${more} differ in case or in the form of their letters only. On a system that takes them for one, a download has one of them and another digest.`,
        ]
  return { files: files.toSorted((a, b) => compareResourceNames(a.name, b.name)), warnings }
}
