import { parseModelId, type ModelId } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { UsageError } from '../console/context.ts'

/** What `--parent name=id` says of names. */
export function parentsOf(texts: readonly string[]): Record<string, ModelId> {
  const parents = new Map<string, ModelId>()
  for (const text of texts) {
    const split = text.lastIndexOf('=')
    if (split < 1) throw new UsageError(`Invalid --parent ${quoted(text)}: use name=id.`)
    const name = text.slice(0, split)
    if (parents.has(name)) throw new UsageError(`--parent names ${quoted(name)} twice. Name it once.`)
    parents.set(name, parseModelId(text.slice(split + 1)))
  }
  return Object.fromEntries(parents)
}
