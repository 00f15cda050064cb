import { StemmaError } from '../../core/errors.ts'
import type { Address, TermsId } from '../../core/hex.ts'
import { modelIdOf, type Registration } from '../../core/registration.ts'
import { batchOf, type Batch } from '../../documents/batch.ts'
import { registrationOf, type RegistrationDraft } from '../../documents/draft.ts'
import { exactParent, type FoundParent } from './prepareRegistration.ts'

/**
 * Builds a batch from drafts. A parent's name means a draft of the same batch, else the result of `findParent`, which is
 * called once for each name. Drafts can be in any order; the batch puts parents before their children.
 *
 * @example
 * const batch = await buildBatch({ drafts, publisher, termsOf, findParent: (name) => findParent(ledger, { name }) })
 *
 * @throws {@link DuplicateDraftError} when two drafts have one name, {@link DraftCycleError} when drafts are each other's
 * parents
 * @throws `InvalidBatchError` `EmptyBatchError` `DuplicateModelError`, and what `findParent` throws
 */
export async function buildBatch(parameters: buildBatch.Parameters): Promise<Batch> {
  const { drafts, publisher, termsOf, onProgress } = parameters
  const byName = new Map<string, RegistrationDraft>()
  for (const draft of drafts) {
    if (byName.has(draft.name)) throw new DuplicateDraftError(draft.name)
    byName.set(draft.name, draft)
  }
  const found = new Map<string, FoundParent>()
  const registrations: Registration[] = []
  for (const draft of parentsFirst(byName)) {
    const parents: Registration['parents'][number][] = []
    for (const { model: name, relation, part } of draft.parents) {
      const parent = exactParent(name) ?? found.get(name) ?? (await parameters.findParent(name))
      found.set(name, parent)
      parents.push({ ...parent, relation, ...(part && { part }) })
    }
    const registration = registrationOf(draft, { publisher, terms: termsOf(draft), parents })
    found.set(draft.name, { model: modelIdOf(registration) })
    registrations.push(registration)
    onProgress?.(registrations.length, drafts.length)
  }
  return batchOf(publisher, registrations)
}

export declare namespace buildBatch {
  type Parameters = {
    drafts: readonly RegistrationDraft[]
    publisher: Address
    /** Returns the terms for a draft's license; zero when unknown. */
    termsOf: (draft: RegistrationDraft) => TermsId
    /** Returns the model, or the external parent, for a parent's name that is not in the batch. */
    findParent: (name: string) => Promise<FoundParent>
    /** Called with the number of registrations that are built, and their total. */
    onProgress?: (done: number, total: number) => void
  }
}

/** Sorts drafts so that parents come first. Does not recurse, because a chain can be as long as the batch. */
function* parentsFirst(byName: ReadonlyMap<string, RegistrationDraft>): Generator<RegistrationDraft> {
  const state = new Map<string, 'open' | 'done'>()
  for (const first of byName.keys()) {
    const stack = [first]
    while (stack.length > 0) {
      const name = stack.at(-1)!
      const draft = byName.get(name)!
      const before = draft.parents.map(({ model }) => model).filter((model) => byName.has(model))
      const waiting = before.filter((model) => state.get(model) !== 'done')
      if (state.get(name) === undefined) {
        const circular = waiting.find((model) => state.get(model) === 'open' || model === name)
        if (circular !== undefined) throw new DraftCycleError(name, circular)
        state.set(name, 'open')
        stack.push(...waiting)
        continue
      }
      stack.pop()
      if (state.get(name) === 'done') continue
      state.set(name, 'done')
      yield draft
    }
  }
}

/** Thrown when two drafts of a batch have the same name, so that a child could mean either. */
export class DuplicateDraftError extends StemmaError {
  override name = 'DuplicateDraftError'
  constructor(name: string) {
    super('DUPLICATE_DRAFT', `Two drafts of the batch are called "${name}". Give one another name, or leave it out.`)
  }
}

/** Thrown when drafts of a batch are ancestors of themselves. */
export class DraftCycleError extends StemmaError {
  override name = 'DraftCycleError'
  constructor(name: string, parent: string) {
    super(
      'DRAFT_CYCLE',
      `The draft "${name}" names "${parent}" as a parent, which is made from it by the drafts. A model cannot descend from itself: correct the parents.`,
    )
  }
}
