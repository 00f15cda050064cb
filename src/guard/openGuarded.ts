import { realpath } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'

import { FileChangedError } from '../artifacts/listFiles.ts'
import { TensorsUnreadError } from '../artifacts/modelDigest.ts'
import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { isPlaceReference, openSubject } from '../subjects/openSubject.ts'
import type { Subject, SubjectOptions } from '../subjects/subject.ts'
import { PinnedPlace } from './pinnedPlace.ts'
import type { GuardedModel, HeldFile } from './ports.ts'

/** A model that was hashed for a start: where it is, and its digests. */
export type OpenedModel = {
  /** As it was named. */
  reference: string
  isAdapter: boolean
  /** Absolute path of the folder or the file. */
  root: string
  digest: Digest
  /** Null where no reader knows the format. */
  tensors: Digest | null
  files: readonly HeldFile[]
  /** What hashing has to say. */
  notes: readonly string[]
  /** Its place, pinned before it was hashed; left out where nobody starts it. The one who has it closes it. */
  place?: PinnedPlace
}

/** A model whose place is pinned. */
export type PinnedModel = OpenedModel & { place: PinnedPlace }

/**
 * Hashes a model of this disk for a start. What is elsewhere is refused: a command would load other bytes than those that were asked about.
 *
 * @throws {@link NotOnDiskError} when the model, or some of it, is not on this disk
 * @throws what `openSubject` throws
 */
export async function openGuarded(
  { reference, isAdapter }: { reference: string; isAdapter: boolean },
  options: SubjectOptions = {},
): Promise<OpenedModel> {
  // What the command loads is in the cache: the Hub is not asked.
  const env = { ...(options.env ?? process.env), HF_HUB_OFFLINE: '1' }
  const subject = await openSubject(reference, { ...options, env })
  const files = subject.contents.map(({ name, digest, local }): HeldFile => {
    if (local === undefined) throw new NotOnDiskError(reference, name)
    return { path: local.path, name, digest, state: local.state }
  })
  return {
    reference,
    isAdapter,
    root: await rootOf(subject, reference, files, options),
    digest: subject.digest,
    tensors: tensorsOf(subject, reference),
    files,
    notes: [...subject.problems.map(({ message }) => message), ...subject.warnings],
  }
}

/**
 * Hashes a model for a start as {@link openGuarded} does, with its place pinned first: what was hashed is what is there until that is closed.
 *
 * @throws what {@link openGuarded} throws, and `FileChangedError`
 */
export async function openPinned(
  model: { reference: string; isAdapter: boolean },
  options: SubjectOptions = {},
): Promise<PinnedModel> {
  const place = await PinnedPlace.of(model.reference, options)
  try {
    const opened = await openGuarded(model, options)
    const replaced = place.keep(opened.files)
    if (replaced !== null) throw new FileChangedError(opened.root, `is not what was hashed: ${replaced}`)
    return { ...opened, place }
  } catch (error) {
    place.close()
    throw error
  }
}

/** The model as it is held or watched. */
export function guardedOf({ root, digest, files }: OpenedModel, place: GuardedModel['place']): GuardedModel {
  return { root, digest, files, place }
}

function tensorsOf({ tensors }: Subject, reference: string): Digest | null {
  if (tensors === null) throw new TensorsUnreadError(quoted(reference))
  if ('digest' in tensors) return tensors.digest
  if (tensors.refused instanceof TensorsUnreadError) throw tensors.refused
  return null
}

async function rootOf(
  subject: Subject,
  reference: string,
  files: readonly HeldFile[],
  { cwd = process.cwd(), env }: SubjectOptions,
): Promise<string> {
  if (subject.place === 'path' && !isPlaceReference(reference, env)) return realpath(resolve(cwd, reference))
  return commonFolder(files.map(({ path }) => path))
}

/** The deepest folder that holds all paths. */
function commonFolder(paths: readonly string[]): string {
  const [first = sep, ...others] = paths.map(dirname)
  let common = first
  for (const path of others) while (path !== common && !path.startsWith(`${common}${sep}`)) common = dirname(common)
  return common
}

/** Thrown when files of a model are not on this disk. */
export class NotOnDiskError extends StemmaError {
  override name = 'NotOnDiskError'
  constructor(reference: string, file: string) {
    super(
      'NOT_ON_DISK',
      `The file ${quoted(file)} of ${quoted(reference)} is not on this disk, so what a command would load cannot be hashed. Download the model first, and name its folder.`,
    )
  }
}
