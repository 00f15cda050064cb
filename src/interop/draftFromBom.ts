import { StemmaError } from '../core/errors.ts'
import { ZERO_DIGEST, type Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { parseDraft, type RegistrationDraft } from '../documents/draft.ts'
import type { BomModel } from './bomModel.ts'
import { read, UnsupportedBomError, WHOLE_BOM } from './bomReading.ts'
import { readCyclonedx } from './cyclonedxReading.ts'
import { readSpdx } from './spdxReading.ts'

export type { BomModel } from './bomModel.ts'
export { BomModelError, DuplicateBomReferenceError, InvalidBomError, UnsupportedBomError } from './bomReading.ts'

/** How deep the JSON of a bill of materials may be nested. */
export const MAX_BOM_DEPTH = 64

/**
 * Reads what a bill of materials says of a model: CycloneDX 1.4 to 1.7 in JSON, or SPDX 3.0.1 in JSON-LD. It is a stranger's word about the
 * model, and nothing of it is proved.
 *
 * @param value the file, parsed from JSON
 * @param options `name` chooses a model, where there are several
 * @throws {@link UnsupportedBomError}, `InvalidBomError`, `DuplicateBomReferenceError` and `BomModelError`
 * @throws `UnreadParentError` `TooManyParentsError` when a parent would get lost
 */
export function readBom(value: unknown, options: { name?: string | undefined } = {}): BomModel {
  const bom = read.object(value, WHOLE_BOM)
  if (bom.bomFormat === 'CycloneDX') return readCyclonedx(bom, options.name)
  if (bom['@context'] !== undefined) return readSpdx(bom, options.name)
  if (typeof bom.spdxVersion === 'string') throw new UnsupportedBomError(`It is ${quoted(bom.spdxVersion)}`)
  throw new UnsupportedBomError('The file is not a bill of materials')
}

/**
 * Drafts a registration from a bill of materials.
 *
 * @throws what {@link readBom} throws, and `DraftFieldError` when a name or a field of a dataset is invalid
 * @throws {@link BomWithoutWeightsError} when the bill does not state the model digest, and none is given
 */
export function draftFromBom(value: unknown, options: draftFromBom.Options = {}): RegistrationDraft {
  const { name, weights, tensors, method = null, uri } = options
  const model = readBom(value, { name })
  const digest = weights ?? model.weights
  if (digest === null) throw new BomWithoutWeightsError(model.name)
  const isOther = weights !== undefined && model.weights !== null && model.weights !== weights
  return parseDraft({
    version: 1,
    name: name ?? model.name ?? '',
    weights: digest,
    tensors: tensors ?? (isOther ? ZERO_DIGEST : (model.tensors ?? ZERO_DIGEST)),
    uri: uri ?? model.uri,
    parents: model.parents,
    terms: model.terms,
    datasets: model.datasets,
    method,
    warnings: [
      'The draft is made from a bill of materials, whose author may be anybody: check all of it.',
      ...(isOther ? ['The bill of materials states other weights than these: it may be of another version.'] : []),
      ...model.warnings,
    ],
  })
}

export declare namespace draftFromBom {
  type Options = {
    /** `owner/name`, in place of what the bill says; it also chooses among several models. */
    name?: string | undefined
    /** The model digest, in place of what the bill says. */
    weights?: Digest | undefined
    tensors?: Digest | undefined
    /** Where the documents will be, in place of what the bill says. */
    uri?: string | undefined
    /** The training description. */
    method?: RegistrationDraft['method'] | undefined
  }
}

/** Thrown when a bill of materials does not state the model digest, so that a draft would be about no weights. */
export class BomWithoutWeightsError extends StemmaError {
  override name = 'BomWithoutWeightsError'
  constructor(model: string | null) {
    super(
      'BOM_WITHOUT_WEIGHTS',
      `The bill of materials does not state the model digest of ${model === null ? 'its model' : quoted(model)}: the hash of an archive or of one file is another. Name the model's folder too: stemma draft <folder> --from-bom <file>.`,
    )
  }
}
