import { StemmaError } from '../core/errors.ts'
import { MAX_PARENTS } from '../core/registration.ts'
import { quoted } from '../core/text.ts'
import type { Relation } from '../core/vocabulary.ts'
import type { DraftParent } from '../documents/draft.ts'
import { relationOf, type ModelCard } from './huggingface.ts'
import type { ParentSource } from './parentFiles.ts'
import { parentKey, readParentNames, uniqueParents } from './parentName.ts'

/** Most values that a message names. */
const NAMED = 8

/**
 * The parents of a draft: every model that the card or a file of the model names, or what the registrant states instead. No name gets lost:
 * what only some sources name is taken and said, and what cannot be read ends the draft.
 *
 * @throws {@link UnreadParentError} when a source names something that cannot be read as a model
 * @throws {@link SelfParentError} when a source names the model itself, {@link TooManyParentsError} when there are more than 8
 */
export function draftParents(card: ModelCard, options: draftParents.Options): draftParents.ReturnType {
  const { name, files = [], sources = [], stated, relation: statedRelation } = options
  const warnings: string[] = []
  const cardSource: ParentSource = {
    origin: 'base_model of the card',
    parents: card.baseModels,
    unread: card.unreadBaseModels,
    relation: null,
    hint: false,
  }
  // A file may say that it was converted from the repository that it is in.
  const others = sources.map((source) =>
    source.relation === 'quantized'
      ? { ...source, parents: source.parents.filter((each) => parentKey(each) !== parentKey(name)) }
      : source,
  )
  const all = [cardSource, ...others.filter(({ hint }) => !hint)].filter(
    ({ parents, unread }) => parents.length + unread.length > 0,
  )
  const found = uniqueParents(all.flatMap(({ parents }) => parents))
  if (stated === undefined) requireReadable(all, found)
  const models: readonly string[] = stated ?? found
  if (models.some((model) => parentKey(model) === parentKey(name))) throw new SelfParentError(name)
  if (models.length > MAX_PARENTS) throw new TooManyParentsError(models.length)

  warnings.push(...(stated === undefined ? contradictions(all, found) : leftOut(all, stated)))
  warnings.push(...hints(sources, models, name))
  // Several sources may each name one parent; only several in one source make a merge.
  const baseModels = [...(stated ?? all.find(({ parents }) => parents.length > 0)?.parents ?? [])]
  const whole =
    statedRelation === undefined
      ? relationOf({ ...card, baseModels }, files)
      : { relation: statedRelation, inferred: null }
  const parents = models.map((model): DraftParent => {
    const by = all.find((source) => names(source, model))
    if (statedRelation !== undefined || card.relation !== null || by === undefined || by === cardSource)
      return { model, ...whole }
    // What the card does not name was made into this model in the way that the file is for.
    const relation = by.relation ?? (card.baseModels.length > 0 ? 'finetune' : null)
    return relation === null ? { model, ...whole } : { model, relation, inferred: `it is named by ${by.origin}` }
  })
  if (models.length === 0 && card.relation !== null && stated === undefined)
    warnings.push(
      `base_model_relation is ${quoted(card.relation)} but no base_model is named: name it with --base-model, if there is one.`,
    )
  for (const relation of new Set(parents.filter(({ inferred }) => inferred !== null).map((each) => each.relation))) {
    const { inferred } = parents.find((each) => each.relation === relation && each.inferred !== null)!
    warnings.push(`The relation ${quoted(relation)} was inferred (${inferred}): check it.`)
  }
  return { parents, warnings }
}

export declare namespace draftParents {
  type Options = {
    /** `owner/name` of the model itself. */
    name: string
    /** Names of the model's files, from which a relation may be inferred. */
    files?: Iterable<string> | undefined
    /** What the files of the model say. */
    sources?: readonly ParentSource[] | undefined
    /** The parents that the registrant states instead of all others, read by `readParentNames`; empty for none. */
    stated?: readonly string[] | undefined
    /** The relation that the registrant states for all parents. */
    relation?: Relation | undefined
  }
  type ReturnType = {
    parents: DraftParent[]
    /** What a person should check: names that only some sources have, and inferred relations. */
    warnings: string[]
  }
}

function names({ parents }: ParentSource, model: string): boolean {
  return parents.some((each) => parentKey(each) === parentKey(model))
}

/** Refuses what cannot be read, but for a path or a bare name that ends as a parent's name does: a copy of it. */
function requireReadable(all: readonly ParentSource[], found: readonly string[]): void {
  const known = new Set(found.map((model) => parentKey(model).replace(/^.*\//, '')))
  for (const { origin, unread } of all) {
    const value = unread.find((each) => !isLocalName(each) || !known.has(lastName(each)))
    if (value !== undefined) throw new UnreadParentError(origin, value)
  }
}

/** Whether a text is a path of a file system, or a name without an owner. */
function isLocalName(text: string): boolean {
  return /^(?:[./~\\]|[a-z]:[/\\])/i.test(text) || !/[/\\]/.test(text)
}

function lastName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[/\\]+$/, '')
    .replace(/^.*[/\\]/s, '')
    .trim()
    .replace(/\s+/g, '-')
}

/** Says which sources do not name what others do. */
function contradictions(all: readonly ParentSource[], found: readonly string[]): string[] {
  const stating = all.filter(({ parents }) => parents.length > 0)
  return found.flatMap((model) => {
    const yes = stating.filter((source) => names(source, model))
    const no = stating.filter((source) => !names(source, model))
    if (yes[0]?.origin === 'base_model of the card' && no.length === 0) return []
    const by = yes.map(({ origin }) => origin).join(' and ')
    if (no.length === 0 && stating.length === all.length && all[0]!.origin !== 'base_model of the card')
      return [`The card names no base_model. The parent ${quoted(model)} is from ${by}: check it.`]
    if (no.length === 0) return [`The parent ${quoted(model)} is from ${by}: check it.`]
    const others = no.map(({ origin, parents }) => `${origin} (${listOf(parents)})`).join(' and ')
    return [
      `Sources disagree: ${by} ${yes.length === 1 ? 'names' : 'name'} ${quoted(model)}, but not ${others}. It was taken as a parent; to state other parents, use --base-model.`,
    ]
  })
}

/** Says what the registrant's parents leave out. */
function leftOut(all: readonly ParentSource[], stated: readonly string[]): string[] {
  return all.flatMap(({ origin, parents, unread }) => {
    const missing = [
      ...parents.filter((model) => !stated.some((each) => parentKey(each) === parentKey(model))),
      ...unread,
    ]
    if (missing.length === 0) return []
    return [`${origin} names ${listOf(missing)}, which --base-model leaves out. The registrant answers for that.`]
  })
}

/** Says what files hint at that is not a parent. */
function hints(sources: readonly ParentSource[], models: readonly string[], name: string): string[] {
  return sources.flatMap(({ hint, origin, parents }) => {
    if (!hint) return []
    const other = parents.filter(
      (model) => parentKey(model) !== parentKey(name) && !models.some((each) => parentKey(each) === parentKey(model)),
    )
    if (other.length === 0) return []
    return [
      `${origin} is ${listOf(other)}, which is not among the parents. If the model was made from it, add it with --base-model.`,
    ]
  })
}

function listOf(texts: readonly string[]): string {
  const named = texts.slice(0, NAMED).map(quoted).join(', ')
  return texts.length > NAMED ? `${named} and ${texts.length - NAMED} more` : named
}

/**
 * The parents that a registrant states, each in any spelling of `readParentNames`; `none` alone states that there are none.
 *
 * @throws {@link UnreadParentError}
 */
export function statedParents(texts: readonly string[]): string[] {
  return uniqueParents(
    texts.flatMap((text) => {
      const read = readParentNames(text)
      if (read === null) throw new UnreadParentError('--base-model', text)
      return read
    }),
  )
}

/** Thrown when something that a model is made from cannot be read as the name of a model, and would get lost. */
export class UnreadParentError extends StemmaError {
  override name = 'UnreadParentError'
  /** @param inBill whether a bill of materials names it, beside which no parents are stated */
  constructor(origin: string, value: string, inBill = false) {
    const names = 'owner/name, a model id, hf:owner/name or tensors:<hex>'
    const remedy = inBill
      ? 'Name it in the bill as owner/name, or draft without --from-bom and state all parents with --base-model.'
      : `State all parents with stemma draft --base-model <name>, each as ${names}; --base-model none states that there are none. The files stay as they are.`
    super(
      'UNREAD_PARENT',
      `${origin} names ${quoted(value)}, which cannot be read as a model, so a parent would get lost. ${remedy}`,
    )
  }
}

/** Thrown when a model is named as its own parent. */
export class SelfParentError extends StemmaError {
  override name = 'SelfParentError'
  constructor(name: string) {
    super(
      'SELF_PARENT',
      `${quoted(name)} is named as a parent of itself, and a model cannot be made from itself. If it is a copy or a derivative, give it a name of its own with --name; else state its parents with --base-model, or --base-model none.`,
    )
  }
}

/** Thrown when more base models are named than a registration can have parents. */
export class TooManyParentsError extends StemmaError {
  override name = 'TooManyParentsError'
  constructor(count: number) {
    super(
      'TOO_MANY_PARENTS',
      `${count} base models are named, and a registration has at most ${MAX_PARENTS} parents. State with --base-model those that it was made from directly; the draft's warnings name the others.`,
    )
  }
}
