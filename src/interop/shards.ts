import { StemmaError } from '../core/errors.ts'
import { parseStrictJson } from '../core/json.ts'
import { quoted } from '../core/text.ts'

/** A file that is one part of weights in several files, by its name. */
export type Shard = {
  /** The name with `*` for the part's number, equal for all parts. */
  pattern: string
  /** From 1. */
  number: number
  count: number
  /** The name of another part. */
  nameOf: (number: number) => string
}

/**
 * Reads a name as transformers and llama.cpp give them to the parts of split weights, such as
 * `model-00002-of-00005.safetensors`; undefined for another name.
 */
export function shardOf(name: string): Shard | undefined {
  const match = /^(.*?)-(\d{5})-of-(\d{5})(\.[^/]*)$/.exec(name)
  if (match === null) return undefined
  const [, prefix, digits, total, suffix] = match as unknown as [string, string, string, string, string]
  const [number, count] = [Number(digits), Number(total)]
  if (number < 1 || number > count) return undefined
  const nameOf = (part: number) => `${prefix}-${String(part).padStart(5, '0')}-of-${total}${suffix}`
  return { pattern: `${prefix}-*-of-${total}${suffix}`, number, count, nameOf }
}

/** Where the tensors of split weights are: names of tensors by the name of the file that has them. */
export type ShardIndex = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Reads the index of split weights, `model.safetensors.index.json` or `pytorch_model.bin.index.json`.
 *
 * @param path the index's path, for error messages
 * @throws {@link ShardIndexError} when it has no `weight_map` of names to files
 * @throws what `parseStrictJson` throws
 */
export function parseShardIndex(text: string, path: string): ShardIndex {
  const value = parseStrictJson(text, quoted(path))
  const map = isRecord(value) ? value.weight_map : undefined
  if (!isRecord(map)) throw new ShardIndexError(path, 'has no "weight_map"')
  const files = new Map<string, Set<string>>()
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== 'string' || file === '') throw new ShardIndexError(path, `names no file for ${quoted(tensor)}`)
    const tensors = files.get(file)
    if (tensors === undefined) files.set(file, new Set([tensor]))
    else tensors.add(tensor)
  }
  return files
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Thrown when the index of split weights does not say where tensors are. */
export class ShardIndexError extends StemmaError {
  override name = 'ShardIndexError'
  constructor(path: string, what: string) {
    super(
      'SHARD_INDEX',
      `The index ${quoted(path)} ${what}. Expected {"weight_map": {"tensor": "file"}}; download it again.`,
    )
  }
}
