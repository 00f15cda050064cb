import type { Address, Digest, ModelId, TermsId } from '../../core/hex.ts'
import type { ModelStatus } from '../../core/lineage.ts'
import type { ModelSummary } from '../../query/operations.ts'
import type { Ledger } from '../connect.ts'
import { readModel } from './readModel.ts'
import type { RegisteredModel } from './readRegistrations.ts'

/** A model as a list shows it. */
export type ListedModel = {
  model: ModelId
  uri: string
  publisher: Address
  weights: Digest
  terms: TermsId
  /** The name of its terms; null for a set of terms, and where none are stated or published. */
  license: string | null
  status: ModelStatus
  /** Whether the authority recalls it: its id, its weights or its tensors. */
  recalled: boolean
  /** Number of the block that holds its registration. */
  block: number
}

/** A model of an indexer's answer, whose registration was hashed to its id. */
export function listedOfSummary(summary: ModelSummary, noTerms: TermsId): ListedModel {
  const { id, uri, publisher, weights, terms, status, recalled, registered } = summary
  return {
    model: id as ModelId,
    uri,
    publisher: publisher.address,
    weights: weights as Digest,
    terms: (terms?.id ?? noTerms) as TermsId,
    license: terms?.name ?? null,
    status,
    recalled,
    block: registered.number,
  }
}

/** A model as a node has it. */
export async function listedOfNode(
  ledger: Ledger,
  { model, registration, block }: RegisteredModel,
  licenses: ReadonlyMap<TermsId, string>,
): Promise<ListedModel> {
  const { status, recalled } = await readModel(ledger, { model })
  const { uri, publisher, weights, terms } = registration
  return { model, uri, publisher, weights, terms, license: licenses.get(terms) ?? null, status, recalled, block }
}
