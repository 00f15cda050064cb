import { StemmaError } from '../../core/errors.ts'
import { parseStrictJson } from '../../core/json.ts'
import { quoted } from '../../core/text.ts'
import { parseSafetensorsHeader } from '../../interop/safetensors.ts'
import type { Content, ModelView, ScanContext } from '../ports.ts'
import { leavesFolder, textOf } from '../serialisation/formats/content.ts'
import { FindingLimit } from '../serialisation/formats/findingLimit.ts'
import { sourceOf } from './source.ts'

export const MAX_INDEX_BYTES = 64 * 1024 * 1024

/** Checks that each index of shards names tensors and files that are there. */
export async function judgeShardIndexes(model: ModelView, context: ScanContext): Promise<void> {
  for (const { name } of model.files) {
    const content = /\.index(\.[\w-]+)?\.json$/i.test(name) ? model.file(name) : undefined
    const text = content === undefined ? null : textOf(content, MAX_INDEX_BYTES)
    if (text === null) continue
    const limit = new FindingLimit({ found: (finding) => context.found({ ...finding, file: name }) })
    const map = mapOf(text, limit)
    if (map !== null) await judgeMap(name.slice(0, name.lastIndexOf('/') + 1), map, model, limit)
    limit.end()
  }
}

function mapOf(text: string, limit: FindingLimit): Map<string, string> | null {
  try {
    const value = parseStrictJson(text, 'The index') as { weight_map?: unknown } | null
    const map = value?.weight_map
    if (typeof map !== 'object' || map === null || Array.isArray(map)) return null
    const entries = Object.entries(map)
    if (entries.every((each): each is [string, string] => typeof each[1] === 'string')) return new Map(entries)
    limit.found({ rule: 'safetensors.index', what: 'The index names a file that is not a text' })
    return null
  } catch (error) {
    if (!(error instanceof StemmaError)) throw error
    limit.found({
      rule: 'safetensors.index',
      what: error.message,
      level: error.code === 'DUPLICATE_JSON_NAME' ? 'fail' : 'unknown',
    })
    return null
  }
}

async function judgeMap(
  folder: string,
  map: ReadonlyMap<string, string>,
  model: ModelView,
  limit: FindingLimit,
): Promise<void> {
  const names = new Map<string, ReadonlySet<string> | null>()
  for (const [tensor, file] of map) {
    if (leavesFolder(file)) {
      limit.found({
        rule: 'safetensors.index',
        what: `Tensor ${quoted(tensor)} is in ${quoted(file)}, outside the folder`,
      })
      continue
    }
    if (!names.has(file)) {
      const content = model.file(folder + file)
      if (content === undefined)
        limit.found({ rule: 'safetensors.index', what: `The shard ${quoted(file)} is missing`, level: 'unknown' })
      names.set(file, content === undefined ? null : await tensorsOf(content))
    }
    if (names.get(file)?.has(tensor) === false)
      limit.found({ rule: 'safetensors.index', what: `The shard ${quoted(file)} has no tensor ${quoted(tensor)}` })
  }
}

/** Names of a shard's tensors; null when it is not safetensors or its header is wrong, which has findings of its own. */
async function tensorsOf(content: Content): Promise<ReadonlySet<string> | null> {
  if (!/\.safetensors$/i.test(content.file)) return null
  try {
    const { tensors } = await parseSafetensorsHeader(sourceOf(content), { anyDtype: true })
    return new Set(tensors.map(({ name }) => name))
  } catch (error) {
    if (error instanceof StemmaError) return null
    throw error
  }
}
