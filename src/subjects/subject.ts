import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import type { HashedModel, modelDigest } from '../artifacts/modelDigest.ts'
import { readModelText } from '../artifacts/modelText.ts'
import type { HubSession } from './hub/session.ts'

/** The kinds of places where a model can be. */
export type SubjectPlace = 'path' | 'hub' | 'ollama' | 'lmstudio' | 'oci'

/** A model where it is, with the digests of its files. */
export type Subject = HashedModel & {
  place: SubjectPlace
  /** The reference that found it, as it was given. */
  reference: string
  /** `owner/name`, as the place states it; null where it states none. A statement, which proves nothing. */
  name: string | null
  /** The commit, or what else the place calls this state of the model; null where it has no such name. */
  revision: string | null
}

/** What finding a model needs of the world. */
export type SubjectOptions = modelDigest.Options & {
  /** The folder that relative paths start from; by default that of the process. */
  cwd?: string | undefined
  /** Environment variables, such as `HF_ENDPOINT` and `HF_TOKEN`; by default those of the process. */
  env?: NodeJS.ProcessEnv | undefined
  /** Asks hosts; by default the platform's `fetch`. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  /** Waits before a request is sent again, in milliseconds. Rejects when the signal is aborted. */
  sleep?: ((milliseconds: number, signal: AbortSignal | undefined) => Promise<void>) | undefined
  /** Where to ask the Hub, when several models are asked about; by default each has its own. */
  hub?: HubSession | undefined
  /** Called with what a person who waits should know, such as the limit of a host. */
  onNote?: ((message: string) => void) | undefined
}

/**
 * The text of a file of a subject, checked against the manifest.
 *
 * @throws {@link SubjectFileError} when the subject has no such file
 * @throws `FileChangedError` when it is not the file that was hashed
 */
export async function readSubjectText({ contents, reference }: Subject, name: string): Promise<string> {
  const file = contents.find((each) => each.name === name)
  if (file === undefined) throw new SubjectFileError(reference, name)
  return readModelText(file)
}

/** Thrown when a subject has no file of a name. */
export class SubjectFileError extends StemmaError {
  override name = 'SubjectFileError'
  constructor(reference: string, name: string) {
    super('SUBJECT_FILE', `${quoted(reference)} has no file ${quoted(name)}. Check the name.`)
  }
}
