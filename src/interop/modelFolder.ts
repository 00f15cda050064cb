import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { manifestDigest, type Manifest } from './oms.ts'

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

/** Whether a path from the model's folder is below `.cache/huggingface`, and not one that `hf download` writes. */
export function isForeignCacheFile(path: string): boolean {
  const prefix = `${DOWNLOAD_CACHE}/`
  return path === DOWNLOAD_CACHE || (path.startsWith(prefix) && !BOOKKEEPING.test(path.slice(prefix.length)))
}

/** Thrown when `.cache/huggingface` of a model's folder holds what `hf download` does not write. */
export class HiddenFileError extends StemmaError {
  override name = 'HiddenFileError'
  constructor(path: string, more: number) {
    const others = more === 0 ? '' : ` (and ${more} more)`
    super(
      'HIDDEN_FILE',
      `${quoted(path)}${others} is not from "hf download", and the digest leaves ${DOWNLOAD_CACHE} out: a payload could hide there. Delete that folder, or insist with --ignore ${DOWNLOAD_CACHE}.`,
    )
  }
}
