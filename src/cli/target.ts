import { lstat } from 'node:fs/promises'

import { isBytes32, parseModelId, type Digest, type Hex } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { isHubId } from '../core/hubId.ts'
import { note, UsageError, type Context } from '../console/context.ts'
import { FileError, pathOf } from '../console/files.ts'
import { isPlaceReference } from '../subjects/openSubject.ts'
import type { Subject } from '../subjects/subject.ts'
import { noteHashing, openModel, tensorsAreRead } from './hashing.ts'

/** A model by a name of its registration: a URI, or `owner/name` as on the Hub. */
export type NamedTarget = { kind: 'name'; name: string }
/** 32 bytes: the id of a model, or the digest of weights. */
export type IdTarget = { kind: 'id'; id: Hex }
/** The weights of a folder or a file, hashed, or of a model that is elsewhere. */
export type WeightsTarget = {
  kind: 'weights'
  /** The path or the reference, as it was given. */
  path: string
  weights: Digest
  /** The digest of the tensors: null where it cannot be computed, undefined where the weights were not read. */
  tensors: Digest | null | undefined
  /** The name that the place of the model states, where it is not a path. */
  name: string | undefined
  /** The model as it was hashed. */
  model: Subject
}
/** The model that answers to a name at an endpoint, by what its publisher states. */
export type EndpointTarget = { kind: 'endpoint'; origin: string; name: string }
/** What an argument of a command names. */
export type Target = IdTarget | NamedTarget | WeightsTarget

/** Reads an argument that names a model: by id or by name. @throws {@link UsageError} `InvalidModelIdError` */
export function parseModelName(text: string): IdTarget | NamedTarget {
  if (text.startsWith('0x')) return { kind: 'id', id: parseModelId(text) }
  if (isHubId(text) || /^[a-z][a-z0-9+.-]*:\S+$/i.test(text)) return { kind: 'name', name: text }
  throw new UsageError(
    `Invalid model ${quoted(text)}: use a model id (0x and 64 hex digits), a URI, or owner/name as on the Hub.`,
  )
}

/**
 * Reads an argument that names a model, a digest, a folder or a file, or where else a model is (`hf:owner/name`). What exists on this
 * machine is hashed, and so is what is elsewhere, without its weights; everything else is a name. No node is asked.
 *
 * @param ignore paths in the folder to leave out of the digest
 *
 * @throws {@link UsageError} `InvalidModelIdError` `FileError`, and what `openSubject` throws
 */
export async function parseTarget(context: Context, text: string, ignore: readonly string[] = []): Promise<Target> {
  if (isPlaceReference(text, context.env)) return weightsAt(context, text, ignore)
  const isId = isBytes32(text)
  const exists = await isThere(context, text)
  if (isId) {
    if (exists) note(context, `${text} is read as an id. For the file or folder of that name, write ./${text}.`)
    return { kind: 'id', id: parseModelId(text) }
  }
  if (!exists) {
    if (!/^(\.{0,2}\/|\.{1,2}$)/.test(text)) return parseModelName(text)
    throw new UsageError(`No folder or file at ${quoted(text)}. Check the path.`)
  }
  if (isHubId(text) && text.includes('/')) {
    note(
      context,
      `${quoted(text)} is a path here, so its weights are hashed. For the model of that name, use its id or URI.`,
    )
  }
  return weightsAt(context, text, ignore)
}

async function weightsAt(context: Context, path: string, ignore: readonly string[]): Promise<WeightsTarget> {
  const subject = await openModel(context, path, ignore)
  noteHashing(context, subject)
  const { tensors, digest: weights, place, name } = subject
  const isRead = tensors !== null && tensorsAreRead(tensors)
  if (tensors !== null && !isRead) {
    note(
      context,
      `The tensors of ${quoted(path)} were not compared: that needs the weights, which were not downloaded.`,
    )
  }
  return {
    kind: 'weights',
    path,
    weights,
    tensors: !isRead ? undefined : 'digest' in tensors ? tensors.digest : null,
    model: subject,
    name: place === 'path' ? undefined : (name ?? undefined),
  }
}

/** Whether there is anything at a path. Text too long for a path is not one. */
async function isThere(context: Context, text: string): Promise<boolean> {
  try {
    await lstat(pathOf(context, text))
    return true
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return false
    throw cause instanceof UsageError ? cause : new FileError(text, 'read', cause)
  }
}
