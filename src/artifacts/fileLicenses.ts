import type { LicenseEntry } from '../documents/license.ts'
import type { ModelCard } from '../interop/huggingface.ts'
import type { LicenseSource } from '../interop/licenseContradictions.ts'
import { readCard } from './draftFolder.ts'
import { loadKnownTexts } from './licenseLibrary.ts'
import type { HashedModel } from './modelDigest.ts'
import { readModelSources } from './modelSources.ts'

/**
 * Reads what the files of a model say about its license: its card, license files and the metadata of GGUF files. `verify` compares that with
 * the registration.
 *
 * @throws `FileChangedError` when a file is not the one that was hashed
 */
export async function readFileLicenses(
  { contents, stated }: Pick<HashedModel, 'contents' | 'stated'>,
  licenses: readonly LicenseEntry[],
): Promise<{ sources: LicenseSource[]; baseModels: string[] }> {
  const card = await readCard(contents)
  const { licenses: sources } = await readModelSources(contents, () => loadKnownTexts(licenses), stated)
  return { sources: [...sourcesOfCard(card), ...sources], baseModels: card.baseModels }
}

/** What a card says, one source for each license of a list. */
function sourcesOfCard({ licenses, licenseName, licenseLink }: ModelCard): LicenseSource[] {
  const stated = licenses.length > 0 || licenseName === null ? licenses : [null]
  return stated.map((license) => ({ origin: 'The card', named: { license, licenseName, licenseLink } }))
}
