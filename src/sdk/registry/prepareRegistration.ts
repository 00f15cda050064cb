import { StemmaError } from '../../core/errors.ts'
import {
  externalIdOf,
  externalNameOnHub,
  isExternalName,
  parseExternalName,
  type ExternalName,
} from '../../core/external.ts'
import { isBytes32, parseModelId, type Address, type ModelId, type TermsId } from '../../core/hex.ts'
import type { Parent, Registration } from '../../core/registration.ts'
import { registrationOf, type RegistrationDraft } from '../../documents/draft.ts'
import type { Ledger } from '../connect.ts'
import { findModels } from './findModels.ts'
import { countingAmong } from './resolveModel.ts'

/** Most registrations to list for an ambiguous name. */
const MOST_NAMED = 8

/**
 * Turns a draft into a registration: finds its parents on the ledger and computes the digests of its documents. A parent that nobody has
 * registered becomes an external one. A draft without a URI gets the Hub's for its name.
 *
 * @throws {@link AmbiguousParentError} when several models are registered under a parent's name
 */
export async function prepareRegistration(
  ledger: Ledger,
  parameters: prepareRegistration.Parameters,
): Promise<Registration> {
  const { draft, publisher, terms, parents: chosen = {} } = parameters
  const parents = await Promise.all(
    draft.parents.map(async ({ model, relation, part }): Promise<Parent> => ({
      ...(await findParent(ledger, { name: chosen[model] ?? model })),
      relation,
      ...(part && { part }),
    })),
  )
  return registrationOf(draft, { publisher, terms, parents })
}

export declare namespace prepareRegistration {
  type Parameters = {
    draft: RegistrationDraft
    publisher: Address
    /** The terms for everybody; zero when unknown. */
    terms: TermsId
    /** The model, or the external parent, that a parent's name means. */
    parents?: Readonly<Record<string, ModelId | ExternalName>>
  }
}

/** The parent that a name means: a model, or an external parent. */
export type FoundParent = Pick<Parent, 'model' | 'external'>

/**
 * Finds the parent that a name means. An id is a model, and a name on the Hub is the model that is registered under it: the only one, or
 * the only one by an accredited publisher. A name that nobody has registered is an external parent, and so is one that is written as such
 * (`hf:owner/name`, `tensors:…`).
 *
 * @throws {@link AmbiguousParentError} when several models are registered under the name
 */
export async function findParent(ledger: Ledger, parameters: { name: string }): Promise<FoundParent> {
  const { name } = parameters
  const exact = exactParent(name)
  if (exact) return exact
  const found = await findModels(ledger, { query: name })
  const [first, ...others] = await countingAmong(ledger, found)
  if (first && others.length > 0) throw new AmbiguousParentError(name, [first, ...others])
  return first ? { model: first.model } : { model: externalIdOf(externalNameOf(name)), external: true }
}

/** The parent that a name means without a ledger: an id, or the name of an external parent. Undefined for a name to be looked up. */
export function exactParent(name: string): FoundParent | undefined {
  if (isBytes32(name)) return { model: parseModelId(name) }
  return isExternalName(name) ? { model: externalIdOf(parseExternalName(name)), external: true } : undefined
}

/** The name of a draft's parent as an external one. */
export function externalNameOf(name: string): ExternalName {
  return isExternalName(name) ? parseExternalName(name) : externalNameOnHub(name)
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
