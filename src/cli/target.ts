import { lstat } from 'node:fs/promises'

import type { ListedFile } from '../artifacts/listFiles.ts'
import { hashModel } from '../artifacts/modelDigest.ts'
import { isBytes32, parseModelId, type Digest, type Hex } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { isHubId } from '../core/hubId.ts'
import type { Manifest } from '../interop/oms.ts'
import { note, UsageError, type Context } from '../console/context.ts'
import { FileError, pathOf } from '../console/files.ts'
import { noteHashing, withHashing } from './hashing.ts'

/** A model by a name of its registration: a URI, or `owner/name` as on the Hub. */
export type NamedTarget = { kind: 'name'; name: string }
/** 32 bytes: the id of a model, or the digest of weights. */
export type IdTarget = { kind: 'id'; id: Hex }
/** The weights of a folder or a file, hashed, and the digest of their tensors: null where it cannot be computed. */
export type WeightsTarget = {
  kind: 'weights'
  path: string
  weights: Digest
  tensors: Digest | null
  /** The files that were hashed, and their digests. */
  files: readonly ListedFile[]
  manifest: Manifest
}
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
 * Reads an argument that names a model, a digest, a folder or a file. What exists on this machine is hashed; everything else is a
 * name. No node is asked.
 *
 * @param ignore paths in the folder to leave out of the digest
 *
 * @throws {@link UsageError} `InvalidModelIdError` `FileError`
 */
export async function parseTarget(context: Context, text: string, ignore: readonly string[] = []): Promise<Target> {
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
  const result = await withHashing(context, ignore, (settings) => hashModel(pathOf(context, text), settings))
  noteHashing(context, result)
  const { tensors, listed: files, manifest } = result
  return {
    kind: 'weights',
    path: text,
    weights: result.digest,
    tensors: tensors && 'digest' in tensors ? tensors.digest : null,
    files,
    manifest,
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
