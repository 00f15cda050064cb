import { ZERO_DIGEST, type Address } from '../../../../src/core/hex.ts'
import { endpointOf } from '../../../../src/core/serving.ts'
import { credentialIdOf } from '../../../../src/core/tier.ts'
import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import { grant } from './credentials.ts'
import { digest } from './registrations.ts'

/** States what a publisher serves, or takes it back. */
export function stateServing(chain: Chain, random: Random, publisher: Address): Action {
  const { history } = chain
  // Also of a model that nobody registered.
  const model =
    history.models.length > 0 && random.chance(0.8) ? random.pick(history.models).id : digest(history.next())
  const name = random.pick(['kimi', 'gemma \u0000'])
  // By the counter, so that the history of a seed stays what it was.
  const number = history.next()
  const grade = number % 3
  if (number % 5 === 0) {
    return chain.audit(publisher, 'revokeServing', [publisher, endpointOf('https://api.example.com', name)])
  }
  const evidence = grade === 0 ? ZERO_DIGEST : digest(number)
  return chain.audit(publisher, 'stateServing', [
    [publisher, model, 'https://api.example.com', name, 1, 2, grade, evidence],
  ])
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
