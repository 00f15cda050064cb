import { StemmaError } from '../../core/errors.ts'
import { isBytes32, parseModelId, type Address, type ModelId, type TermsId } from '../../core/hex.ts'
import type { Registration } from '../../core/registration.ts'
import { draftDigests, type RegistrationDraft } from '../../documents/draft.ts'
import type { Ledger } from '../connect.ts'
import { findModels } from './findModels.ts'
import { countingAmong } from './resolveModel.ts'
import { hubUri } from '../../core/modelName.ts'

/** Most registrations to list for an ambiguous name. */
const MOST_NAMED = 8

/**
 * Turns a draft into a registration: finds its parents on the ledger and computes the digests of its documents. A draft
 * without a URI gets the Hub's for its name.
 *
 * @throws {@link UnknownParentNameError} when a parent is not registered
 * @throws {@link AmbiguousParentError} when several models are registered under a parent's name
 */
export async function prepareRegistration(
  ledger: Ledger,
  parameters: prepareRegistration.Parameters,
): Promise<Registration> {
  const { draft, publisher, terms, parents: chosen = {} } = parameters
  const parents = await Promise.all(
    draft.parents.map(async ({ model, relation }) => ({
      model: chosen[model] ?? (await findParent(ledger, { name: model })),
      relation,
    })),
  )
  return {
    publisher,
    weights: draft.weights,
    tensors: draft.tensors,
    annex: draft.annex,
    ...draftDigests(draft),
    terms,
    parents,
    uri: draft.uri || hubUri(draft.name),
  }
}

export declare namespace prepareRegistration {
  type Parameters = {
    draft: RegistrationDraft
    publisher: Address
    /** The terms for everybody; zero when unknown. */
    terms: TermsId
    /** The model for a parent's name, where the ledger has several. */
    parents?: Readonly<Record<string, ModelId>>
  }
}

/**
 * Finds the model for a parent's name: an id, or a name on the Hub with exactly one registration, or one alone by an accredited
 * publisher.
 *
 * @throws {@link UnknownParentNameError} {@link AmbiguousParentError}
 */
export async function findParent(ledger: Ledger, parameters: { name: string }): Promise<ModelId> {
  const { name } = parameters
  if (isBytes32(name)) return parseModelId(name)
  const found = await findModels(ledger, { query: name })
  if (found.length === 0) throw new UnknownParentNameError(name, ledger.deployment.name)
  const counting = await countingAmong(ledger, found)
  if (counting.length > 1) throw new AmbiguousParentError(name, counting)
  return counting[0]!.model
}

/** Thrown when a draft names a parent that nobody has registered. */
export class UnknownParentNameError extends StemmaError {
  override name = 'UnknownParentNameError'
  constructor(name: string, deployment: string) {
    super(
      'UNKNOWN_PARENT_NAME',
      `The parent "${name}" is not registered on the ledger "${deployment}" (looked for the uri ${hubUri(name)}). Register it first, or name it by its model id.`,
    )
  }
}

/** Thrown when several models are registered under the name of a parent. */
export class AmbiguousParentError extends StemmaError {
  override name = 'AmbiguousParentError'
  constructor(name: string, found: readonly { model: ModelId; registration: Registration }[]) {
    const list = found.slice(0, MOST_NAMED).map(({ model, registration }) => `${model} by ${registration.publisher}`)
    super(
      'AMBIGUOUS_PARENT',
      `Several models are registered as "${name}": ${list.join('; ')}${found.length > MOST_NAMED ? `; and ${found.length - MOST_NAMED} more` : ''}. Say which is the parent, by its model id.`,
    )
  }
}
