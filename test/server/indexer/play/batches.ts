import { batchTreeOf, proveInBatch } from '../../../../src/core/batchTree.ts'
import type { Address } from '../../../../src/core/hex.ts'
import { modelIdOf } from '../../../../src/core/registration.ts'
import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import { structOf, digest } from './registrations.ts'
import { draft } from './registry.ts'

/** Anchors three registrations, which are not in the ledger until they are materialized. */
export function anchorBatch(chain: Chain, random: Random): Action {
  const { history } = chain
  const publisher = random.pick(chain.accounts)
  const registrations = Array.from({ length: 3 }, () => draft(chain, random, publisher))
  const tree = batchTreeOf(registrations.map(modelIdOf))
  const taken = (): void => void history.batches.push({ publisher, tree, registrations })
  return { ...chain.ledger(publisher, 'anchorBatch', [publisher, tree.root, 3, 'ipfs://batch']), taken }
}

/** Materializes a registration of an anchored batch. */
export function materialize(chain: Chain, random: Random): Action {
  const { history } = chain
  if (history.batches.length === 0) return anchorBatch(chain, random)
  const { tree, registrations } = random.pick(history.batches)
  const registration = random.pick(registrations)
  const { index, proof } = proveInBatch(tree, modelIdOf(registration))
  const taken = (): void => history.note(registration)
  const args = [structOf(registration), tree.root, index, proof]
  return { ...chain.ledger(random.pick(chain.accounts), 'materialize', args), taken }
}

/** Anchors a batch and revokes it, which comes by chance too rarely. */
export async function revokeBatch(chain: Chain): Promise<void> {
  const [publisher] = chain.accounts as [Address]
  const batch = [publisher, digest(900_040)]
  await chain.mine([chain.ledger(publisher, 'anchorBatch', [...batch, 5, 'ipfs://revoked'])], 1)
  await chain.mine([chain.ledger(publisher, 'revokeBatch', batch)], 1)
}
