import { isBytes32 } from '../../core/hex.ts'
import { StemmaError } from '../../core/errors.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import type { RegistrationDraft } from '../../documents/draft.ts'
import { parentKey } from '../../interop/parentName.ts'

/** How many generations are walked from a named model, by default. */
export const MAX_IMPORT_DEPTH = 16
/** How many ancestors are read because of one named model, by default. Repeated ones count once. */
export const MAX_IMPORT_ANCESTORS = 500
/** How many models are read at a time. */
const MOST_READS = 4

/** A model that is to be imported. */
export type NamedModel = {
  /** What distinguishes it: its name in lower case, and a revision other than the main one after `@`. */
  key: string
  /** By what it is read, such as `hf:acme/tiny`. */
  reference: string
}

/** A model as the place where it is describes it. */
export type ReadModel = {
  /** The name that the place has for it. */
  name: string
  /** The commit; null where the place has none. */
  revision: string | null
  draft: RegistrationDraft
  notes: readonly string[]
}

/** A model of a walk: what was read of it, or why it was not. */
export type WalkedModel = NamedModel & {
  /** Whether it was named; else it is an ancestor. */
  named: boolean
  outcome: { read: ReadModel } | { unread: StemmaError }
}

/** What a walk found, by key, and why other ancestors were left out of it. */
export type Walk = { models: Map<string, WalkedModel>; left: Map<string, string> }

/**
 * Reads models and, where asked to, what they are made from, generation by generation. Each is read once, so a cycle ends. One that cannot be
 * read ends nothing else.
 *
 * @throws what `read` throws, if it is not a `StemmaError`: the work was stopped; and what `onRead` throws
 */
export async function walkLineage(parameters: walkLineage.Parameters): Promise<Walk> {
  const { named, recursive, read, onRead, onProgress } = parameters
  const { depth = MAX_IMPORT_DEPTH, ancestors = MAX_IMPORT_ANCESTORS } = parameters
  const models = new Map<string, WalkedModel>()
  const left = new Map<string, string>()
  const counts = new Map<string, number>()
  let level = uniqueByKey(named).map((each) => ({ ...each, named: true, root: each.key }))
  const begun = new Set(level.map(({ key }) => key))
  let done = 0
  for (let generation = 0; level.length > 0; generation++) {
    const walked = await mapConcurrent(level, MOST_READS, async ({ root: _root, ...model }): Promise<WalkedModel> => {
      const outcome = await outcomeOf(() => read(model))
      if ('read' in outcome) await onRead?.(model.key, outcome.read)
      onProgress?.(++done, begun.size)
      return { ...model, outcome }
    })
    const next: typeof level = []
    for (const [place, model] of walked.entries()) {
      models.set(model.key, model)
      if (!recursive || 'unread' in model.outcome) continue
      const { root } = level[place]!
      for (const parent of model.outcome.read.draft.parents) {
        const key = placeKey(parent.model)
        if (key === undefined || begun.has(key)) continue
        const count = counts.get(root) ?? 0
        if (generation >= depth) left.set(key, `it is more than ${depth} generations above ${root}`)
        else if (count >= ancestors) left.set(key, `${root} names more than ${ancestors} ancestors`)
        else {
          counts.set(root, count + 1)
          begun.add(key)
          next.push({ key, reference: `hf:${parent.model.replace(/^hf:/, '')}`, named: false, root })
        }
      }
    }
    level = next
  }
  for (const key of models.keys()) left.delete(key)
  return { models, left }
}

export declare namespace walkLineage {
  type Parameters = {
    named: readonly NamedModel[]
    /** Whether to read ancestors too. */
    recursive: boolean
    /** Reads a model. */
    read: (model: NamedModel) => Promise<ReadModel>
    /** Called with each model that was read, and waited for. */
    onRead?: (key: string, model: ReadModel) => Promise<void>
    /** How many generations above a named model are read. */
    depth?: number
    /** How many ancestors are read because of one named model. */
    ancestors?: number
    /** Called with the number of models that were read, and of those that are known so far. */
    onProgress?: (done: number, total: number) => void
  }
}

/** The key of a parent by its name on the Hub; undefined for a parent that is named otherwise, which no place describes. */
export function placeKey(name: string): string | undefined {
  return isBytes32(name) || name.startsWith('tensors:') ? undefined : parentKey(name)
}

/** Models each once, by the reference that came first. */
export function uniqueByKey(named: readonly NamedModel[]): NamedModel[] {
  return [...new Map(named.toReversed().map((model) => [model.key, model])).values()].toReversed()
}

async function outcomeOf(read: () => Promise<ReadModel>): Promise<WalkedModel['outcome']> {
  try {
    return { read: await read() }
  } catch (error) {
    if (error instanceof StemmaError) return { unread: error }
    throw error
  }
}
