import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { isBytes32, parseModelId, type Address, type ModelId } from '../core/hex.ts'
import { parseStrictJson } from '../core/json.ts'
import { modelNameKey } from '../core/modelName.ts'
import { quoted } from '../core/text.ts'
import { MAX_BATCH_BYTES, parseBatchFile, type Batch } from '../documents/batch.ts'
import { parseDraft, type RegistrationDraft } from '../documents/draft.ts'
import { UsageError, type Context } from '../console/context.ts'
import { FileError, pathOf, readJsonFile, readTextFile } from '../console/files.ts'
import { fields } from './format.ts'

/** Reads and checks a batch file. */
export async function readBatchFile(context: Context, path: string): Promise<Batch> {
  return parseBatchFile(await readText(context, path))
}

/** Reads drafts: the `.json` files of a folder, a file with a list of drafts, or a file with one draft a line. */
export async function readDrafts(context: Context, source: string): Promise<RegistrationDraft[]> {
  const stats = await stat(pathOf(context, source)).catch(() => undefined)
  if (!stats) throw new UsageError(`${quoted(source)} does not exist. Name a folder of drafts, or a file of them.`)
  if (stats.isDirectory()) {
    const names = (await readdir(pathOf(context, source))).filter((name) => name.endsWith('.json')).toSorted()
    if (names.length === 0)
      throw new UsageError(`The folder ${quoted(source)} has no .json files. Put the drafts there.`)
    const drafts: RegistrationDraft[] = []
    for (const name of names) drafts.push(parseDraft(await readJsonFile(context, join(source, name))))
    return drafts
  }
  const text = await readText(context, source)
  if (/^\s*\[/.test(text)) return (parseStrictJson(text, quoted(source)) as unknown[]).map(parseDraft)
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line, index) => parseDraft(parseStrictJson(line, `line ${index + 1} of ${quoted(source)}`)))
}

/** The model of a batch that an argument names, by its id or its URI. */
export function modelIn({ entries, tree }: Batch, name: string): ModelId {
  if (isBytes32(name)) return parseModelId(name)
  const found = entries.filter(({ registration }) => modelNameKey(registration.uri) === modelNameKey(name))
  if (found.length === 1) return found[0]!.model
  const count = found.length === 0 ? 'No model' : `${found.length} models`
  throw new UsageError(
    `${count} of the batch ${tree.root} ${found.length > 1 ? 'have' : 'has'} the URI ${quoted(name)}. Name one by its id.`,
  )
}

/** What identifies a batch. */
export function batchSummary({ publisher, entries, tree }: Batch): { publisher: Address; root: string; count: number } {
  return { publisher, root: tree.root, count: entries.length }
}

/** A batch for people: its root, and what else is known of it. */
export function formatBatch({ root, ...others }: Record<string, unknown> & { root: string }): string {
  return fields(
    `batch ${root}`,
    Object.entries(others).map(([name, value]) => [name, String(value)] as const),
  )
}

async function readText(context: Context, path: string): Promise<string> {
  const file = pathOf(context, path)
  const size = await stat(file).then(
    (stats) => stats.size,
    (cause: unknown) => {
      throw new FileError(path, 'read', cause)
    },
  )
  if (size > MAX_BATCH_BYTES) {
    throw new UsageError(
      `The file ${quoted(path)} is too large: ${size} bytes, of at most ${MAX_BATCH_BYTES}. Build several batches.`,
    )
  }
  return readTextFile(context, path, MAX_BATCH_BYTES)
}
