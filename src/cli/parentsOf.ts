import { isExternalName, parseExternalName, type ExternalName } from '../core/external.ts'
import { parseModelId, type ModelId } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { parsePart, type Part } from '../core/vocabulary.ts'
import type { DraftParent, RegistrationDraft } from '../documents/draft.ts'
import { UsageError } from '../console/context.ts'

/** What `--parent name=id` says of names: a model, or an external parent. */
export function parentsOf(texts: readonly string[]): Record<string, ModelId | ExternalName> {
  return pairsOf('parent', 'id', texts, (text) => (isExternalName(text) ? parseExternalName(text) : parseModelId(text)))
}

/** What `--part name=part` says of names. */
export function partsOf(texts: readonly string[]): Record<string, Part> {
  return pairsOf('part', 'part', texts, parsePart)
}

/** A draft with the parts that the options state. */
export function withParts(draft: RegistrationDraft, parts: Readonly<Record<string, Part>>): RegistrationDraft {
  const parents = draft.parents.map(({ part: drafted, ...parent }): DraftParent => {
    const part = parts[parent.model] ?? drafted
    return { ...parent, ...(part && part !== 'whole' && { part }) }
  })
  return { ...draft, parents }
}

/** Refuses an option about a name that is not among a draft's parents. */
export function checkParentNames(
  option: string,
  names: Readonly<Record<string, unknown>>,
  draft: RegistrationDraft,
): void {
  const unused = Object.keys(names).find((name) => !draft.parents.some(({ model }) => model === name))
  if (unused === undefined) return
  const named = draft.parents.map(({ model }) => quoted(model)).join(', ') || 'none'
  throw new UsageError(
    `--${option} names ${quoted(unused)}, but the draft's parents are: ${named}. Use one of these names.`,
  )
}

function pairsOf<T>(
  option: string,
  what: string,
  texts: readonly string[],
  parse: (text: string) => T,
): Record<string, T> {
  const values = new Map<string, T>()
  for (const text of texts) {
    const split = text.lastIndexOf('=')
    if (split < 1) throw new UsageError(`Invalid --${option} ${quoted(text)}: use name=${what}.`)
    const name = text.slice(0, split)
    if (values.has(name)) throw new UsageError(`--${option} names ${quoted(name)} twice. Name it once.`)
    values.set(name, parse(text.slice(split + 1)))
  }
  return Object.fromEntries(values)
}
