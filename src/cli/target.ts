import { stat } from 'node:fs/promises'

import { modelDigest } from '../artifacts/modelDigest.ts'
import { isBytes32, parseModelId, type Digest, type Hex } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { isHubId } from '../core/hubId.ts'
import { UsageError, type Context } from '../console/context.ts'
import { pathOf } from '../console/files.ts'
import { noteHashing, withHashing } from './hashing.ts'

/** A model by a name of its registration: a URI, or `owner/name` as on the Hub. */
export type NamedTarget = { kind: 'name'; name: string }
/** 32 bytes: the id of a model, or the digest of weights. */
export type IdTarget = { kind: 'id'; id: Hex }
/** The weights of a folder or a file, hashed. */
export type WeightsTarget = { kind: 'weights'; path: string; weights: Digest }
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
 * @throws {@link UsageError} `InvalidModelIdError`
 */
export async function parseTarget(context: Context, text: string, ignore: readonly string[] = []): Promise<Target> {
  if (isBytes32(text)) return { kind: 'id', id: parseModelId(text) }
  const exists = await stat(pathOf(context, text)).then(
    () => true,
    () => false,
  )
  if (!exists) {
    if (!/^(\.{0,2}\/|\.{1,2}$)/.test(text)) return parseModelName(text)
    throw new UsageError(`No folder or file at ${quoted(text)}. Check the path.`)
  }
  const result = await withHashing(context, ignore, (settings) => modelDigest(pathOf(context, text), settings))
  noteHashing(context, result)
  return { kind: 'weights', path: text, weights: result.digest }
}
