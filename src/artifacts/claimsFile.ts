import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { claimsAbout, CLAIMS_FILE, readLineageClaims } from '../interop/lineageClaims.ts'
import type { LineageStatement } from '../interop/lineageStatement.ts'
import { isSignatureFile, MAX_SIGNATURE_BYTES } from '../interop/sigstore.ts'
import type { StatedSources } from './modelSources.ts'
import { withFile } from './openFile.ts'

/** What the claims beside a model say of it: nobody checked who wrote them. */
export type ModelClaims = {
  /** The lineage statements about its weights. */
  statements: readonly LineageStatement[]
  /** What a person should know of them. */
  warnings: readonly string[]
}

/** No claims beside a model. */
export const NO_CLAIMS: ModelClaims = { statements: [], warnings: [] }

/** The words by which what a claim says is named. */
const ORIGIN = `the unverified lineage statement in ${quoted(CLAIMS_FILE)}`

/** Reads the claims beside a model about its weights. A file that cannot be read says nothing. @param path of the file */
export async function readModelClaims(path: string, weights: Digest): Promise<ModelClaims> {
  const text = await readClaimsText(path).catch((error: unknown) => {
    if (error instanceof StemmaError) return ''
    throw error
  })
  const claims = readLineageClaims(text)
  const statements = claimsAbout(claims, weights)
  const warnings = [
    ...(statements.length > 0
      ? [
          `${quoted(CLAIMS_FILE)} says what these weights were made from. Nobody checked who wrote that. It is compared with what else is known, and decides nothing.`,
        ]
      : []),
    ...claims.refused.map(
      (code) => `${quoted(CLAIMS_FILE)} has a lineage statement that cannot be read (${code}). It was passed over.`,
    ),
  ]
  return { statements, warnings }
}

/**
 * The text of a file of claims; empty when there is none.
 *
 * @throws `SymlinkError` `NotARegularFileError` `UnreadableFileError`
 * @throws {@link ClaimsFileError} when it holds anything else than envelopes and bundles, or is too long
 */
export async function readClaimsText(path: string): Promise<string> {
  try {
    return await withFile(path, async (file) => {
      if (file.size > MAX_SIGNATURE_BYTES) throw new ClaimsFileError(path)
      const bytes = await file.read(0, file.size)
      if (file.size > 0 && !isSignatureFile(bytes)) throw new ClaimsFileError(path)
      return new TextDecoder().decode(bytes)
    })
  } catch (error) {
    if (error instanceof StemmaError && error.code === 'MODEL_NOT_FOUND') return ''
    throw error
  }
}

/** What claims say of license and parents, for a draft to be compared with: a hint, and never more. */
export function sourcesOfClaims({ statements }: ModelClaims): StatedSources {
  return {
    licenseTexts: [],
    licenseNames: statements.flatMap(({ predicate: { models } }) =>
      (models[0].licenses ?? []).map(({ name }) => ({ origin: sentence(ORIGIN), license: name })),
    ),
    parents: statements.map((statement) => ({
      origin: `A parent by ${ORIGIN}`,
      parents: parentsBy(statement).map(({ model, name }) => (name.includes(':') || name.includes('/') ? name : model)),
      unread: [],
      relation: null,
      hint: true,
    })),
  }
}

/** The parents that claims name, by their ids, for a registration to be compared with. */
export function parentsOfClaims({ statements }: ModelClaims): { origin: string; names: string[] }[] {
  return statements.map((statement) => ({
    origin: sentence(ORIGIN),
    names: parentsBy(statement).map(({ model }) => model),
  }))
}

function parentsBy({ predicate: { models } }: LineageStatement): { model: string; name: string }[] {
  const names = new Map(models.map(({ model, name }) => [model, name]))
  return models[0].parents.map(({ model }) => ({ model, name: names.get(model)! }))
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Thrown when a file of claims holds something else, which must not be changed or left out of a digest. */
export class ClaimsFileError extends StemmaError {
  override name = 'ClaimsFileError'
  constructor(path: string) {
    super(
      'CLAIMS_FILE',
      `${quoted(path)} is not lines of DSSE envelopes or Sigstore bundles, of at most ${MAX_SIGNATURE_BYTES} bytes, so nothing is added to it. Move it away, or choose another folder.`,
    )
  }
}
