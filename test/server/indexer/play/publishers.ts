import type { Address } from '../../../../src/core/hex.ts'
import { FOREVER } from '../../../../src/core/lineage.ts'
import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import { digest } from './registrations.ts'
import { stateServing } from './usage.ts'

/** Changes the profile, an operator or the controller of a publisher, or states what it serves. */
export function changePublisher(chain: Chain, random: Random): Action {
  const { history } = chain
  const publisher = random.pick(chain.accounts)
  const other = random.pick(chain.accounts)
  return random.pick([
    () => chain.ledger(publisher, 'setProfile', [publisher, digest(history.next()), 'acme.example']),
    () => chain.ledger(publisher, 'setOperator', [publisher, other, 3, random.pick([0, FOREVER])]),
    () => chain.ledger(publisher, 'proposeController', [publisher, publisher]),
    () => chain.ledger(publisher, 'acceptController', [publisher]),
    () => stateServing(chain, random, publisher),
  ])()
}

/** Verifies a publisher that has a profile, and gives it an operator, which comes by chance too rarely. */
export async function verifyPublisher(chain: Chain): Promise<void> {
  const { history } = chain
  const [publisher, operator] = chain.accounts as [Address, Address]
  const profile = digest(history.next())
  await chain.mine([chain.ledger(publisher, 'setProfile', [publisher, profile, 'acme.example'])], 1)
  await chain.mine([chain.ledger(chain.admin, 'verifyPublisher', [publisher, profile, 1000, FOREVER])], 1)
  await chain.mine([chain.ledger(publisher, 'setOperator', [publisher, operator, 3, FOREVER])], 1)
}
