import { withFile } from '../artifacts/openFile.ts'
import type { Context } from '../console/context.ts'
import { fileDigest } from '../console/fileDigest.ts'
import { pathOf } from '../console/files.ts'
import { StemmaError } from '../core/errors.ts'
import type { Country } from '../core/countries.ts'
import type { Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { MAX_PROFILE_BYTES, parsePublisherProfile } from '../documents/publisherProfile.ts'

/** A profile document that an argument names. */
export type ProfileFile = {
  /** Its SHA-256. */
  digest: Digest
  /** The country that it states; null for none, and for a document that is not JSON, such as a scan. */
  country: Country | null
}

/**
 * Reads a profile document. Any file can be one; what it states counts where it is a JSON object.
 *
 * @throws `FileError` when it cannot be read
 * @throws `InvalidPublisherProfileError` when it states a country that does not exist
 */
export async function readProfileFile(context: Context, path: string): Promise<ProfileFile> {
  const digest = await fileDigest(context, path)
  const bytes = await withFile(pathOf(context, path), async (file) =>
    file.size > MAX_PROFILE_BYTES ? undefined : file.read(0, file.size),
  ).catch(notRegular)
  if (!bytes) return { digest, country: null }
  try {
    return { digest, country: parsePublisherProfile(bytes, quoted(path)).country ?? null }
  } catch (error) {
    if (isJsonObject(bytes)) throw error
    return { digest, country: null }
  }
}

/** A pipe or a link was read once already; what it states is not looked at. */
function notRegular(error: unknown): undefined {
  if (!(error instanceof StemmaError)) throw error
}

function isJsonObject(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
