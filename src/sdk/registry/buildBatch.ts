import { StemmaError } from '../../core/errors.ts'
import { isBytes32, parseModelId, type Address, type ModelId, type TermsId } from '../../core/hex.ts'
import { modelIdOf, type Registration } from '../../core/registration.ts'
import { batchOf, type Batch } from '../../documents/batch.ts'
import { draftDigests, type RegistrationDraft } from '../../documents/draft.ts'
import { hubUri } from '../../core/modelName.ts'

/**
 * Makes a batch of drafts. A parent that a draft names is a draft of the same batch by that name, or else what `findParent` says;
 * each name is asked about once. Drafts may stand in any order: a parent comes before its children in the batch.
 *
 * @example
 * const batch = await buildBatch({ drafts, publisher, termsOf, findParent: (name) => findParent(ledger, { name }) })
 *
 * @throws {@link DuplicateDraftError} when two drafts have one name, {@link DraftCycleError} when drafts are each other's parents
 * @throws `InvalidBatchError` `EmptyBatchError` `DuplicateModelError`, and what `findParent` throws
 */
export async function buildBatch(parameters: buildBatch.Parameters): Promise<Batch> {
  const { drafts, publisher, termsOf, onProgress } = parameters
  const byName = new Map<string, RegistrationDraft>()
  for (const draft of drafts) {
    if (byName.has(draft.name)) throw new DuplicateDraftError(draft.name)
    byName.set(draft.name, draft)
  }
  const found = new Map<string, ModelId>()
  const registrations: Registration[] = []
  for (const draft of parentsFirst(byName)) {
    const parents: Registration['parents'][number][] = []
    for (const { model: name, relation } of draft.parents) {
      const model = isBytes32(name) ? parseModelId(name) : (found.get(name) ?? (await parameters.findParent(name)))
      found.set(name, model)
      parents.push({ model, relation })
    }
    const registration: Registration = {
      publisher,
      weights: draft.weights,
      ...draftDigests(draft),
      terms: termsOf(draft),
      parents,
      uri: draft.uri || hubUri(draft.name),
    }
    found.set(draft.name, modelIdOf(registration))
    registrations.push(registration)
    onProgress?.(registrations.length, drafts.length)
  }
  return batchOf(publisher, registrations)
}

export declare namespace buildBatch {
  type Parameters = {
    drafts: readonly RegistrationDraft[]
    publisher: Address
    /** The terms that a draft's license means; zero when not known. */
    termsOf: (draft: RegistrationDraft) => TermsId
    /** The model that is meant by the name of a parent that is no draft of the batch. */
    findParent: (name: string) => Promise<ModelId>
    /** Called with the number of registrations that are made, of how many. */
    onProgress?: (done: number, total: number) => void
  }
}

/** The drafts so that each stands after those that it names as parents. Without recursion, as a chain may be as long as a batch. */
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

/** Thrown when two drafts of a batch have one name, so that a child could mean either. */
export class DuplicateDraftError extends StemmaError {
  override name = 'DuplicateDraftError'
  constructor(name: string) {
    super('DUPLICATE_DRAFT', `Two drafts of the batch are called "${name}". Give one another name, or leave it out.`)
  }
}

/** Thrown when drafts of a batch are each other's parents, directly or by others. */
export class DraftCycleError extends StemmaError {
  override name = 'DraftCycleError'
  constructor(name: string, parent: string) {
    super(
      'DRAFT_CYCLE',
      `The draft "${name}" names "${parent}" as a parent, which is made from it by the drafts. A model cannot descend from itself: correct the parents.`,
    )
  }
}
