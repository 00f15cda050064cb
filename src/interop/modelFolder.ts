import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { manifestDigest, SIGNATURE_NAME, type Manifest } from './oms.ts'

/** Whether a path from a model's folder is left out: it, or a folder above it, is among those that are. */
export function isLeftOut(path: string, ignored: ReadonlySet<string>): boolean {
  const parts = path.split('/')
  return parts.some((_, end) => ignored.has(parts.slice(0, end + 1).join('/')))
}

/** The digest of a model, and the one in the order of the reference program of OpenSSF Model Signing; null when it is the same. */
export function digestsOf(manifest: Manifest): { digest: Digest; referenceDigest: Digest | null } {
  const digest = manifestDigest(manifest)
  const reference = manifestDigest(manifest, 'path-parts')
  return { digest, referenceDigest: reference === digest ? null : reference }
}

/** Where `hf download --local-dir` keeps what it knows of a download, from the model's folder. */
export const DOWNLOAD_CACHE = '.cache/huggingface'
/** What it writes there: a lock and the origin of each file, files that are not finished, and marks for Git and for backups. */
const BOOKKEEPING = /^(\.gitignore(\.lock)?|CACHEDIR\.TAG|(download|upload)(\/.+)?\/[^/]+\.(metadata|lock|incomplete))$/

/** Files that are left out by their names. A folder of such a name is none of them, and may hold anything. */
export const FILES_LEFT_OUT = ['.gitattributes', '.gitignore', SIGNATURE_NAME]

/**
 * Which paths from the model's folder hide something: they are left out, and are not what is left out for a reason. That is what lies in
 * `.cache/huggingface` and is not written by `hf download`, or in a folder where a file is expected.
 *
 * @param chosen paths that the caller left out knowingly
 */
export function hiddenFiles(paths: readonly string[], chosen: ReadonlySet<string> = new Set()): string[] {
  return paths.filter((path) => hidingPlaceOf(path) !== undefined && !isLeftOut(path, chosen))
}

/** The path that is left out and hides a file; undefined for a file that is not hidden. */
function hidingPlaceOf(path: string): string | undefined {
  if (path === DOWNLOAD_CACHE) return path
  const prefix = `${DOWNLOAD_CACHE}/`
  if (path.startsWith(prefix)) return BOOKKEEPING.test(path.slice(prefix.length)) ? undefined : DOWNLOAD_CACHE
  return FILES_LEFT_OUT.find((name) => path.startsWith(`${name}/`))
}

/** Thrown when something could hide in what the digest leaves out. */
export class HiddenFileError extends StemmaError {
  override name = 'HiddenFileError'
  /** @param hidden what {@link hiddenFiles} found, at least one */
  constructor(hidden: readonly string[]) {
    const [first = ''] = hidden
    const others = hidden.length < 2 ? '' : ` (and ${hidden.length - 1} more)`
    const place = hidingPlaceOf(first) ?? first
    const what = place === DOWNLOAD_CACHE ? 'is not from "hf download"' : 'is in a folder where a file is expected'
    super(
      'HIDDEN_FILE',
      `${quoted(first)}${others} ${what}, and the digest leaves ${place} out: a payload could hide there. Delete that folder, or insist with --ignore ${place}.`,
    )
  }
}
