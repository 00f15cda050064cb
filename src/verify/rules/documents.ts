import type { Digest } from '../../core/hex.ts'
import { parseStrictJson } from '../../core/json.ts'
import type { Registration } from '../../core/registration.ts'
import { sha256 } from '../../core/sha256.ts'
import { shortText } from '../../core/text.ts'
import { MAX_PROFILE_BYTES, parsePublisherProfile, type PublisherProfile } from '../../documents/publisherProfile.ts'
import {
  descriptionDigest,
  MAX_DESCRIPTION_BYTES,
  parseTrainingDescription,
  type TrainingDescription,
} from '../../documents/trainingDescription.ts'

/** A document that a rule needs. */
export type SoughtDocument = {
  /** The profile of a publisher, or the training description of a model. */
  kind: 'profile' | 'method'
  /** Of a profile the SHA-256 of its bytes; of a description that of its canonical form. */
  digest: Digest
  /** URIs of models that it may lie beside: of the publisher, or the model itself. Words of strangers. */
  uris: readonly string[]
}

/** What came of looking for a document. */
export type FoundBytes = { bytes: Uint8Array } | { problem: string }

/** Finds documents by their digests, which are checked again. What is not looked for is left out. */
export type FindDocuments = (sought: readonly SoughtDocument[]) => Promise<ReadonlyMap<Digest, FoundBytes>>

/** A document, checked against its digest, or why it is not at hand, as the end of a sentence. */
export type ReadDocument<T> = { value: T } | { problem: string }

/** Written with white space, a description is longer than in its canonical form. */
const MOST_METHOD_BYTES = 4 * MAX_DESCRIPTION_BYTES

/** Reads the profile that has a digest. */
export function profileFrom(found: FoundBytes | undefined, digest: Digest): ReadDocument<PublisherProfile> {
  return readFrom(found, MAX_PROFILE_BYTES, (bytes) => {
    if (sha256(bytes) !== digest) return { problem: 'what was found is another document' }
    return { value: parsePublisherProfile(bytes, 'The profile') }
  })
}

/** Reads the training description that a registration names. */
export function methodFrom(
  found: FoundBytes | undefined,
  { method }: Pick<Registration, 'method'>,
): ReadDocument<TrainingDescription> {
  return readFrom(found, MOST_METHOD_BYTES, (bytes) => {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const value = parseTrainingDescription(parseStrictJson(text, 'The training description'))
    return descriptionDigest(value) === method ? { value } : { problem: 'what was found is another document' }
  })
}

function readFrom<T>(
  found: FoundBytes | undefined,
  most: number,
  read: (bytes: Uint8Array) => ReadDocument<T>,
): ReadDocument<T> {
  if (!found) return { problem: 'nobody looked for it' }
  if ('problem' in found) return { problem: shortText(found.problem, 300) }
  if (found.bytes.length > most) return { problem: `it is longer than ${most} bytes` }
  try {
    return read(found.bytes)
  } catch (error) {
    return { problem: shortText((error as Error).message, 300) }
  }
}
