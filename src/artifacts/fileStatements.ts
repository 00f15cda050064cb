import type { LicenseEntry } from '../documents/license.ts'
import type { ModelCard } from '../interop/huggingface.ts'
import type { LicenseSource } from '../interop/licenseContradictions.ts'
import { NO_CLAIMS, parentsOfClaims, sourcesOfClaims, type ModelClaims } from './claimsFile.ts'
import { readCard } from './draftFolder.ts'
import { loadKnownTexts } from './licenseLibrary.ts'
import type { HashedModel } from './modelDigest.ts'
import { readModelSources } from './modelSources.ts'

/**
 * Reads what the files of a model say about its license and its parents: its card, license files, adapter and merge configurations and the
 * metadata of GGUF files, and unverified claims beside them. `verify` compares that with the registration.
 *
 * @throws `FileChangedError` when a file is not the one that was hashed
 */
export async function readFileStatements(
  { contents, stated, claims = NO_CLAIMS }: Pick<HashedModel, 'contents' | 'stated' | 'claims'>,
  licenses: readonly LicenseEntry[],
): Promise<{ licenses: LicenseSource[]; parents: NamedParents[]; baseModels: string[] }> {
  const card = await readCard(contents)
  const sources = await readModelSources(contents, () => loadKnownTexts(licenses), stated)
  const parents = sources.parents.filter(({ hint }) => !hint).map(({ origin, parents: names }) => ({ origin, names }))
  return {
    licenses: [...licensesOfCard(card), ...sources.licenses, ...licensesOfClaims(claims)],
    parents: [{ origin: 'base_model of the card', names: card.baseModels }, ...parents, ...parentsOfClaims(claims)],
    baseModels: card.baseModels,
  }
}

/** The models that a place says that a model was made from, as `readParentNames` gives them. */
export type NamedParents = { origin: string; names: readonly string[] }

function licensesOfClaims(claims: ModelClaims): LicenseSource[] {
  return sourcesOfClaims(claims).licenseNames.map(({ origin, license }) => ({
    origin,
    named: { license, licenseName: null, licenseLink: null },
  }))
}

/** What a card says, one source for each license of a list. */
function licensesOfCard({ licenses, licenseName, licenseLink }: ModelCard): LicenseSource[] {
  const stated = licenses.length > 0 || licenseName === null ? licenses : [null]
  return stated.map((license) => ({ origin: 'The card', named: { license, licenseName, licenseLink } }))
}
