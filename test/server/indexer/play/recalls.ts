import { modelIdOf } from '../../../../src/core/registration.ts'
import type { Chain } from '../chain.ts'
import { structOf } from './registrations.ts'

/**
 * Recalls models by the authority, of each kind, with the marks of their models; undoes some of the recalls, and recalls some again.
 * All of it comes by chance too rarely.
 */
export async function recallAndUndo(chain: Chain): Promise<void> {
  const { history } = chain
  const guardian = chain.accounts[0]!
  for (const [index, registration] of history.newestWithTensors(12).entries()) {
    const digests = [modelIdOf(registration), registration.weights, registration.tensors]
    const recalled = [index % 3, digests[index % 3]] as const
    const sync = chain.ledger(guardian, 'syncRecall', [structOf(registration)])
    const recall = chain.recalls(chain.admin, 'recall', [...recalled, 'unsafe \u0000'])
    await chain.mine([recall, sync])
    if (index % 2 === 0) await chain.mine([chain.recalls(guardian, 'undoRecall', [...recalled, 'mistaken']), sync])
    if (index % 4 === 0) await chain.mine([recall])
  }
}
