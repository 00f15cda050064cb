import type { Digest } from '../core/hex.ts'
import { compareManifests, DEFAULT_IGNORED_PATHS, type Manifest, type ParsedStatement } from '../interop/oms.ts'
import { SignedOtherModelError, SignedOtherWeightsError } from './errors.ts'

/**
 * Checks that a statement is about exactly the files of a model: none is missing, changed or added. What the statement leaves out beyond
 * the defaults does not count as left out: a file there is an added one, unless the reader left it out too. So no list of a signer hides a
 * file from the reader.
 *
 * @param actual the manifest of the model, made with the defaults and what the reader chose to leave out
 * @throws {@link SignedOtherModelError}
 */
export function checkSigned({ manifest }: ParsedStatement, actual: Manifest): void {
  const differences = compareManifests(manifest, actual)
  if (differences.length === 0) return
  const added = differences.flatMap(({ kind, name }) => (kind === 'added' ? [name] : []))
  const leftOut = manifest.serialization.ignore_paths.filter(
    (path) =>
      !DEFAULT_IGNORED_PATHS.includes(path) && added.some((name) => name === path || name.startsWith(`${path}/`)),
  )
  throw new SignedOtherModelError(differences, leftOut)
}

/**
 * Checks that a statement is about the weights of a registration, where the files are not at hand.
 *
 * @throws {@link SignedOtherWeightsError}
 */
export function checkSignedWeights({ digest }: ParsedStatement, weights: Digest): void {
  if (digest !== weights) throw new SignedOtherWeightsError(digest, weights)
}
