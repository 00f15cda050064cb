import * as abi from '../../abi/ledger.ts'
import {
  parseAddress,
  parseDigest,
  parseModelId,
  parseTermsId,
  type Digest,
  type Hex,
  type ModelId,
} from '../../core/hex.ts'
import { decodeRelation, modelIdOf, type Parent, type Registration } from '../../core/registration.ts'
import type { Ledger } from '../connect.ts'
import { readEvents, type LedgerEvent } from '../logs.ts'
import { UnregisteredModelError } from './readLineage.ts'

/** A registration as it was found, with the block that holds it. */
export type RegisteredModel = { model: ModelId; registration: Registration; block: number; transaction: Hex }

/**
 * Reads the registrations of models by id, weights or publisher, oldest first. Each is checked against its id, so a node
 * cannot forge one; one that does not match is left out.
 */
export async function readRegistrations(
  ledger: Ledger,
  parameters: readRegistrations.Parameters,
): Promise<RegisteredModel[]> {
  const { models, weights, publisher } = parameters
  const topics = { ...(models && { model: models }), ...(weights && { weights }), ...(publisher && { publisher }) }
  const events = await readEvents(ledger, 'ledger', abi.ModelRegistered, topics)
  return events.map(registeredModel).filter((found) => found !== undefined)
}

export declare namespace readRegistrations {
  /** Filter for models: every given field must match. Without any, all models are read. */
  type Parameters = { models?: readonly ModelId[]; weights?: Digest; publisher?: Hex }
}

/** The registration of a model that is registered. @throws {@link UnregisteredModelError} */
export async function registrationOf(ledger: Ledger, model: ModelId): Promise<Registration> {
  const [found] = await readRegistrations(ledger, { models: [model] })
  if (!found) throw new UnregisteredModelError(model, ledger.deployment.name)
  return found.registration
}

/** The registration in a `ModelRegistered` event; undefined when it is malformed or its id does not match. */
export function registeredModel({ args, block, transaction }: LedgerEvent): RegisteredModel | undefined {
  const parents = [...(args.parents as Iterable<{ model: string; relation: bigint }>)].map(({ model, relation }) => ({
    model: parseModelId(model),
    ...decodeRelation(Number(relation)),
  }))
  if (!parents.every((parent): parent is Parent => parent.relation !== undefined)) return undefined
  const registration = {
    publisher: parseAddress(args.publisher as string),
    weights: parseDigest(args.weights as string),
    tensors: parseDigest(args.tensors as string),
    annex: parseDigest(args.annex as string),
    datasets: parseDigest(args.datasets as string),
    method: parseDigest(args.method as string),
    terms: parseTermsId(args.terms as string),
    parents,
    uri: args.uri as string,
  }
  const model = parseModelId(args.model as string)
  return modelIdOf(registration) === model ? { model, registration, block, transaction } : undefined
}
