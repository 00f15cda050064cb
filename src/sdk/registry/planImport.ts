import { StemmaError } from '../../core/errors.ts'
import { externalIdOf, type ExternalName } from '../../core/external.ts'
import type { Address, ModelId, TermsId } from '../../core/hex.ts'
import { modelNameKey } from '../../core/modelName.ts'
import { modelIdOf, type Parent, type Registration } from '../../core/registration.ts'
import { quoted } from '../../core/text.ts'
import { registrationOf, type DraftParent, type RegistrationDraft } from '../../documents/draft.ts'
import { SelfParentError } from '../../interop/draftParents.ts'
import type { Registered } from './findRegistered.ts'
import { AmbiguousParentError, exactParent, externalNameOf } from './prepareRegistration.ts'
import type { RegisteredModel } from './readRegistrations.ts'
import { placeKey, type ReadModel, type Walk, type WalkedModel } from './walkLineage.ts'

/** Most registrations that a note lists. */
const MOST_LISTED = 3
/** Errors of the reader's own settings or network, which say nothing of a model that is not read for them. */
const OWN_ERRORS = [
  'HUB_TOKEN',
  'HUB_ENDPOINT',
  'HUB_REDIRECT',
  'UNTRUSTED_CACHE',
  'UNREADABLE_FILE',
  // What is asked for offline, and was not downloaded.
  'STORE_NOT_FOUND',
  'STORED_MODEL_NOT_FOUND',
]

/** What a parent of a model that is imported stands for. */
export type PlannedParent = DraftParent & {
  is:
    | { kind: 'registered'; model: ModelId; by: Address | null }
    | { kind: 'imported'; key: string }
    | { kind: 'external'; id: ModelId; name: ExternalName }
}

/** A model that is to be registered. */
export type ImportedModel = {
  key: string
  /** Whether it was named; else it is an ancestor of one that was. */
  named: boolean
  read: ReadModel
  parents: PlannedParent[]
  /** What a person should know before registering it. */
  notes: string[]
}

/** A model that was named, or that one of these needs, and is not registered. */
export type FailedModel = { key: string; named: boolean; error: StemmaError }

/** What an import registers, parents first; what is registered already, and by whom; and what cannot be registered, and why. */
export type ImportPlan = {
  imported: ImportedModel[]
  known: { key: string; named: boolean; read: ReadModel; registered: readonly RegisteredModel[] }[]
  failed: FailedModel[]
}

/**
 * Plans what of a walk is registered. A parent means, in this order: what `chosen` says; the registration with its weights; a model that
 * was named too; the registration under its name; an ancestor that was read, which is registered too. All else is an external parent, with a
 * note that says why. Among several registrations those by publishers whose word counts come first, then one's own; it never chooses among
 * several others.
 *
 * An ancestor that the place hides or does not have becomes external. One that could not be read for now does not, because a
 * registration cannot be corrected: what needs it fails, and can be imported later.
 */
export function planImport(parameters: planImport.Parameters): ImportPlan {
  const { walk, own, counts } = parameters
  const plan: ImportPlan = { imported: [], known: [], failed: [] }
  const states = new Map<string, 'open' | 'done' | 'known' | StemmaError>()
  const keyOf = canonicalKeys(walk)

  const pick = (name: string, found: readonly RegisteredModel[]): RegisteredModel | StemmaError => {
    const counted = found.filter(({ registration }) => counts(registration.publisher))
    const mine = found.filter(({ registration }) => registration.publisher === own)
    const left = counted.length > 0 ? counted : mine.length > 0 ? mine : found
    return left.length > 1 ? new AmbiguousParentError(name, left) : left[0]!
  }
  const settle = (key: string): void => {
    const model = walk.models.get(key)!
    const error = 'unread' in model.outcome ? model.outcome.unread : undefined
    if (error !== undefined) fail(model, error)
    else {
      const read = readOf(model)
      const found = withWeights(read, parameters)
      if (found.length === 0) return
      states.set(key, 'known')
      plan.known.push({ key, named: model.named, read, registered: found })
    }
  }
  const fail = ({ key, named }: WalkedModel, error: StemmaError): void => {
    states.set(key, error)
    plan.failed.push({ key, named, error })
  }
  /** What a parent means; the key of a model that must be planned first; or why the child cannot be registered. */
  const meaningOf = (name: string, notes: string[]): PlannedParent['is'] | { first: string } | StemmaError => {
    const chosen = parameters.chosen?.[name]
    const exact = exactParent(chosen ?? name)
    if (exact?.external) return external(chosen ?? name)
    if (exact) return { kind: 'registered', model: exact.model, by: null }
    const place = placeKey(name)!
    const key = keyOf.get(place) ?? place
    const model = walk.models.get(key)
    const read = model && 'read' in model.outcome ? model.outcome.read : undefined
    const registered = (found: readonly RegisteredModel[]): PlannedParent['is'] | StemmaError => {
      const one = pick(name, found)
      return one instanceof StemmaError ? one : { kind: 'registered', model: one.model, by: one.registration.publisher }
    }
    const same = read === undefined ? [] : withWeights(read, parameters)
    if (same.length > 0) return registered(same)
    if (read && model!.named) return { first: key }
    const named = [name, ...(read ? [read.name] : [])].flatMap(
      (each) => parameters.registered.byName.get(modelNameKey(each)) ?? [],
    )
    if (named.length > 0) {
      if (read)
        notes.push(
          `The parent ${quoted(name)} is registered with other weights than those that ${quoted(read.name)} has now. The registration is taken; to choose another, use --parent.`,
        )
      return registered([...new Map(named.map((each) => [each.model, each])).values()])
    }
    if (read) return { first: key }
    const unread = model && 'unread' in model.outcome ? model.outcome.unread : undefined
    if (unread && !isLasting(unread)) return parentError(name, unread)
    const why = unread?.message ?? walk.left.get(place)
    notes.push(
      `Nobody has registered the parent ${quoted(name)}, so it is named as an external parent.${why === undefined ? '' : ` It was not read: ${why}`}`,
    )
    return external(name)
  }

  for (const { key: first, named } of walk.models.values()) {
    const root = keyOf.get(first) ?? first
    if (!named || states.has(root)) continue
    settle(root)
    const stack = states.has(root) ? [] : [root]
    while (stack.length > 0) {
      const height = stack.length
      const key = stack[height - 1]!
      const model = walk.models.get(key)!
      if (states.has(key) && states.get(key) !== 'open') {
        stack.pop()
        continue
      }
      states.set(key, 'open')
      const read = readOf(model)
      const notes = [...read.notes, ...read.draft.warnings]
      const parents: PlannedParent[] = []
      let error: StemmaError | undefined
      let waits = false
      for (const parent of read.draft.parents) {
        const is = meaningOf(parent.model, notes)
        if (is instanceof StemmaError) error ??= is
        else if (!('first' in is)) parents.push({ ...parent, is })
        else if (is.first === key) error ??= new SelfParentError(read.name)
        else {
          const state = states.get(is.first)
          if (state === undefined) {
            stack.push(is.first)
            waits = true
          } else if (state instanceof StemmaError) error ??= parentError(parent.model, state)
          else if (state === 'open') {
            notes.push(
              `${quoted(read.name)} and ${quoted(parent.model)} name each other as what they are made from, directly or not. A model cannot descend from itself, so ${quoted(parent.model)} is named as an external parent here.`,
            )
            parents.push({ ...parent, is: external(parent.model) })
          } else parents.push({ ...parent, is: { kind: 'imported', key: is.first } })
        }
      }
      if (waits && error === undefined) continue
      // What was pushed in vain is taken back: nothing needs it.
      stack.length = height - 1
      if (error !== undefined) fail(model, error)
      else {
        states.set(key, 'done')
        plan.imported.push({ key, named: model.named, read, parents, notes })
      }
    }
  }
  for (const { named, read, notes } of plan.imported) {
    const others = parameters.registered.byName.get(modelNameKey(read.name)) ?? []
    if (!named || others.length === 0) continue
    const by = others.slice(0, MOST_LISTED).map(({ model, registration }) => `${model} by ${registration.publisher}`)
    const more = others.length > MOST_LISTED ? `; and ${others.length - MOST_LISTED} more` : ''
    notes.push(`Other weights are registered under this name: ${by.join('; ')}${more}.`)
  }
  return plan
}

export declare namespace planImport {
  type Parameters = {
    walk: Walk
    /** What is registered under the names, and with the weights, of the walk ({@link wantedOf}). */
    registered: Registered
    /** The publisher in whose name models are imported, if it is known. */
    own?: Address | undefined
    /** Whether a publisher's word counts. */
    counts: (publisher: Address) => boolean
    /** What the names of parents mean. */
    chosen?: Readonly<Record<string, ModelId | ExternalName>>
  }
}

/** The names and weights of a walk that a ledger is asked for. */
export function wantedOf({ models }: Walk): { names: Set<string>; weights: Set<ReadModel['draft']['weights']> } {
  const reads = [...models.values()].flatMap(({ outcome }) => ('read' in outcome ? [outcome.read] : []))
  const parents = reads.flatMap(({ draft }) => draft.parents.map(({ model }) => model))
  return {
    names: new Set([...reads.map(({ name }) => name), ...parents.filter((name) => placeKey(name) !== undefined)]),
    weights: new Set(reads.map(({ draft }) => draft.weights)),
  }
}

/**
 * The registrations of a plan, parents first. Two names of one model give one registration, and so do two parents that are the same model.
 *
 * @param termsOf the terms for a draft's license; zero when unknown
 */
export function registrationsOf(
  { imported }: ImportPlan,
  publisher: Address,
  termsOf: (draft: RegistrationDraft) => TermsId,
): Map<string, { model: ModelId; registration: Registration }> {
  const made = new Map<string, { model: ModelId; registration: Registration }>()
  for (const { key, read, parents } of imported) {
    const { draft } = read
    const unique = new Map<ModelId, Parent>()
    for (const { is, relation, part } of parents) {
      const model = is.kind === 'imported' ? made.get(is.key)!.model : is.kind === 'registered' ? is.model : is.id
      if (unique.has(model)) continue
      unique.set(model, {
        model,
        ...(is.kind === 'external' && { external: true }),
        relation,
        ...(part && { part }),
      })
    }
    const registration = registrationOf(draft, { publisher, terms: termsOf(draft), parents: [...unique.values()] })
    made.set(key, { model: modelIdOf(registration), registration })
  }
  return made
}

/** Registrations with the weights of a model: those under its name, or else all. */
function withWeights(
  { name, draft }: ReadModel,
  { registered }: Pick<planImport.Parameters, 'registered'>,
): readonly RegisteredModel[] {
  const found = registered.byWeights.get(draft.weights) ?? []
  const named = found.filter(({ registration }) => modelNameKey(registration.uri) === modelNameKey(name))
  return named.length > 0 ? named : found
}

/** The first key of each model that was read by several: a name that it had before, a branch and its commit. */
function canonicalKeys({ models }: Walk): Map<string, string> {
  const firsts = new Map<string, string>()
  const keys = new Map<string, string>()
  // What was named comes before what only is an ancestor.
  for (const named of [true, false]) {
    for (const model of models.values()) {
      if (model.named !== named || 'unread' in model.outcome) continue
      const { name, draft } = model.outcome.read
      const identity = `${name.toLowerCase()} ${draft.weights}`
      if (!firsts.has(identity)) firsts.set(identity, model.key)
      keys.set(model.key, firsts.get(identity)!)
      // A child may use the name of now where this was read under an earlier one.
      if (!models.has(name.toLowerCase())) keys.set(name.toLowerCase(), firsts.get(identity)!)
    }
  }
  return keys
}

function readOf({ outcome }: WalkedModel): ReadModel {
  if ('unread' in outcome) throw outcome.unread
  return outcome.read
}

function external(text: string): PlannedParent['is'] {
  const name = externalNameOf(text)
  return { kind: 'external', id: externalIdOf(name), name }
}

/** Whether asking again would not help. */
function isLasting({ kind, code }: StemmaError): boolean {
  return (kind === 'input' || kind === 'refused') && !OWN_ERRORS.includes(code)
}

/** Why a model is not registered of which a parent is not. The first cause is named, however far above it is. */
export function parentError(parent: string, reason: StemmaError): StemmaError {
  const isPassedOn = reason instanceof ParentUnreadError || reason instanceof ParentRefusedError
  const cause = isPassedOn ? (reason.cause as StemmaError) : reason
  return cause.kind === 'unavailable' || cause.kind === 'undecided'
    ? new ParentUnreadError(parent, cause)
    : new ParentRefusedError(parent, cause)
}

function causeOf({ code, message }: StemmaError): string {
  return `${code}: ${message.replace(/\.$/, '')}`
}

/** Thrown for a model of which a parent could not be read for now. */
export class ParentUnreadError extends StemmaError {
  override name = 'ParentUnreadError'
  override readonly kind = 'undecided'
  constructor(parent: string, cause: StemmaError) {
    super(
      'PARENT_UNREAD',
      `The parent ${quoted(parent)}, or what it is made from, could not be read for now (${causeOf(cause)}). A registration cannot be corrected, so the parent is not left out. Run again later, or say what it is: --parent ${parent}=<id>, or =hf:owner/name for an external parent.`,
      { cause },
    )
  }
}

/** Thrown for a model of which a parent cannot be registered, or could not be read because of the settings of who reads. */
export class ParentRefusedError extends StemmaError {
  override name = 'ParentRefusedError'
  override readonly kind = 'refused'
  constructor(parent: string, cause: StemmaError) {
    super(
      'PARENT_REFUSED',
      `The parent ${quoted(parent)} is not registered (${causeOf(cause)}). Correct that and run again, or say what the parent is: --parent name=<id>.`,
      { cause },
    )
  }
}
