import { ZERO_DIGEST, type Address } from '../../../../src/core/hex.ts'
import { endpointOf } from '../../../../src/core/serving.ts'
import { credentialIdOf } from '../../../../src/core/tier.ts'
import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import { grant } from './credentials.ts'
import { digest } from './registrations.ts'

const ORIGIN = 'https://api.example.com'

/** States what a publisher serves. */
export function stateServing(chain: Chain, random: Random, publisher: Address): Action {
  const { history } = chain
  // Also of a model that nobody registered.
  const model =
    history.models.length > 0 && random.chance(0.8) ? random.pick(history.models).id : digest(history.next())
  return chain.audit(publisher, 'stateServing', [
    [publisher, model, ORIGIN, random.pick(['kimi', 'gemma \u0000']), 1, 2, 0, ZERO_DIGEST],
  ])
}

/** States what answers at an endpoint in every grade, takes it back, and states it again elsewhere, which comes by chance too rarely. */
export async function stateAndRevoke(chain: Chain): Promise<void> {
  const [publisher, other] = chain.accounts as [Address, Address]
  const { id } = chain.history.models[0]!
  const state = (by: Address, grade: number): Action =>
    chain.audit(by, 'stateServing', [
      [by, id, ORIGIN, 'kimi', 1, 2, grade, grade === 0 ? ZERO_DIGEST : digest(chain.history.next())],
    ])
  await chain.mine([state(publisher, 0), state(publisher, 1), state(publisher, 2), state(other, 2)], 1)
  await chain.mine([chain.audit(publisher, 'revokeServing', [publisher, endpointOf(ORIGIN, 'kimi')])], 1)
}

/** Anchors a log of usage under a credential, or reopens it. */
export function anchor(chain: Chain, random: Random): Action {
  const { history } = chain
  if (history.credentials.length === 0) return grant(chain, random)
  const { model, tier, holder } = random.pick(history.credentials)
  const operator = random.pick(chain.accounts.slice(0, 2))
  const size = 2n ** BigInt(random.integer(1, 63))
  const credential = credentialIdOf(model, tier, holder)
  const name = `${operator} ${credential}`
  const epoch = history.epochs.get(name) ?? 0
  // By the counter, so that the history of a seed stays what it was.
  if (history.next() % 3 === 0) {
    const taken = (): void => void history.epochs.set(name, epoch + 1)
    return { ...chain.audit(operator, 'reopen', [operator, credential]), taken }
  }
  const args = [operator, credential, epoch, size, digest(history.counter), 1n, 2n ** 80n]
  return chain.audit(operator, 'anchor', args)
}
