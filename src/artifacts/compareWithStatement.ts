import { compareManifests, type ManifestDifference, type ParsedStatement } from '../interop/oms.ts'
import { modelDigest } from './modelDigest.ts'

/**
 * Hashes a model and compares it, file by file, with what a statement of OpenSSF Model Signing says. Leaves out the paths that
 * the statement records as left out. Does not check who signed the statement.
 *
 * @example
 * const { differences } = await compareWithStatement('./my-model', parseUnverifiedStatement(bundle))
 *
 * @throws what {@link modelDigest} throws
 */
export async function compareWithStatement(
  path: string,
  statement: ParsedStatement,
  options: modelDigest.Options = {},
): Promise<compareWithStatement.ReturnType> {
  const { ignore_paths: recordedIgnore } = statement.manifest.serialization
  const result = await modelDigest(path, { ...options, recordedIgnore })
  return { ...result, differences: compareManifests(statement.manifest, result.manifest) }
}

export declare namespace compareWithStatement {
  type ReturnType = modelDigest.ReturnType & {
    /** Files that are missing, changed or added; empty when the model is the one of the statement. */
    differences: ManifestDifference[]
  }
}
