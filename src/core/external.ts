import { StemmaError } from './errors.ts'
import { keccakText, keccakWords, ZERO_DIGEST, type Digest, type ModelId } from './hex.ts'
import { isHubId } from './hubId.ts'
import { modelNameKey } from './modelName.ts'
import { quoted } from './text.ts'

declare const brand: unique symbol
/**
 * The name of a parent that nobody registered: `tensors:` and the digest of its tensors, or `hf:` and its name on the Hugging Face Hub, in
 * lower case. Only {@link parseExternalName}, {@link externalNameOfTensors} and {@link externalNameOnHub} make one.
 */
export type ExternalName = string & { readonly [brand]: 'ExternalName' }

const EXTERNAL_TYPEHASH = keccakText('External(string name)')
const TENSORS = 'tensors:'
const HUB = 'hf:'

/**
 * The id of an external parent: the EIP-712 struct hash of its name. The type differs from a registration's, so it is never the id of one.
 *
 * @example
 * externalIdOf(externalNameOnHub('Qwen/Qwen2.5-7B'))
 */
export function externalIdOf(name: ExternalName): ModelId {
  return keccakWords([EXTERNAL_TYPEHASH, keccakText(name)]) as ModelId
}

/** The name of a base whose tensors were computed from its files. The digest must not be zero. */
export function externalNameOfTensors(tensors: Digest): ExternalName {
  return `${TENSORS}${tensors.slice(2)}` as ExternalName
}

/**
 * The name of a base by its place on the Hub, which ignores case. It has no commit, so that there is one name for a repository: the commit
 * belongs into the training description.
 */
export function externalNameOnHub(id: string): ExternalName {
  return `${HUB}${id.toLowerCase()}` as ExternalName
}

/** Whether a text begins as the name of an external parent does. */
export function isExternalName(text: string): boolean {
  return text.startsWith(TENSORS) || text.startsWith(HUB)
}

/** Parses the name of an external parent, in any case. @throws {@link InvalidExternalNameError} */
export function parseExternalName(text: string): ExternalName {
  const name = text.toLowerCase()
  const ofTensors = /^tensors:[0-9a-f]{64}$/.test(name) && name !== externalNameOfTensors(ZERO_DIGEST)
  if (ofTensors || (name.startsWith(HUB) && isHubId(name.slice(HUB.length)))) return name as ExternalName
  throw new InvalidExternalNameError(text)
}

/** The names by which a registered model may be named as an external parent: by its tensors, and by its place on the Hub. */
export function externalNamesOf({ tensors, uri }: { tensors: Digest; uri: string }): ExternalName[] {
  const names = tensors === ZERO_DIGEST ? [] : [externalNameOfTensors(tensors)]
  const place = modelNameKey(uri).replace(/^https:\/\/huggingface\.co\//, '')
  return isHubId(place) ? [...names, externalNameOnHub(place)] : names
}

/** Thrown when a text is not the name of an external parent. */
export class InvalidExternalNameError extends StemmaError {
  override name = 'InvalidExternalNameError'
  constructor(text: string) {
    super(
      'INVALID_EXTERNAL_NAME',
      `Invalid external parent ${quoted(text)}: use tensors: and 64 hex digits (the digest of its tensors, not zero), or hf:owner/name without a commit.`,
    )
  }
}
