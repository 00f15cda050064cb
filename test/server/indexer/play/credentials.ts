import { FOREVER } from '../../../../src/core/lineage.ts'
import { credentialIdOf } from '../../../../src/core/tier.ts'
import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import { offer } from './licensing.ts'
import { digest } from './registrations.ts'

const DAY = 86_400

/** Grants a credential. */
export function grant(chain: Chain, random: Random): Action {
  const { history } = chain
  if (history.tiers.length === 0) return offer(chain, random)
  const { id, model, publisher } = random.pick(history.tiers)
  const holder = random.pick(chain.accounts)
  const taken = (): void => void history.credentials.push({ model, tier: id, holder, from: publisher })
  const until = 1_800_000_000 + random.integer(0, 400) * DAY
  const validUntil = random.chance(0.2) ? FOREVER : until
  // By the end of the window, so that a seed draws as before.
  const lifts = until % 7 === 0 ? 1 + (until % 2047) : 0
  const stated = { payment: digest(until % 3), agreement: digest(lifts), lifts }
  const granted = { model, tier: id, holder, validFrom: 0, validUntil, ...stated }
  return { ...chain.credential(publisher, 'grant', [granted]), taken }
}

/** Suspends, reinstates, renews or revokes a credential. */
export function changeCredential(chain: Chain, random: Random): Action {
  const { history } = chain
  if (history.credentials.length === 0) return grant(chain, random)
  const { model, tier, holder, from } = random.pick(history.credentials)
  const id = credentialIdOf(model, tier, holder)
  return random.pick([
    () => chain.credential(from, 'suspend', [id, 'unpaid \u0000']),
    () => chain.credential(from, 'suspend', [id, '']),
    () => chain.credential(from, 'reinstate', [id]),
    () => chain.credential(from, 'reinstate', [id]),
    () => chain.credential(from, 'renew', [model, tier, holder, 1_800_000_000 + random.integer(0, 800) * DAY]),
    () => chain.credential(from, 'revoke', [id, 'breach']),
  ])()
}

/**
 * A transaction about sub-credentials, a request, or a canceled offer. The draws are its own, and so is the list of what was issued:
 * the history of a seed stays what it was.
 */
export function changeSubCredential(chain: Chain): Action {
  const { history } = chain
  const { under: own } = history.draws
  const { model, tier, holder: licensee, from } = own.pick(history.credentials)
  const holder = own.pick(chain.accounts)
  const until = own.pick([FOREVER, 1_790_000_000 + own.integer(0, 400) * DAY])
  const grantUnder = (): Action => ({
    ...chain.credential(licensee, 'grantUnder', [model, tier, licensee, holder, 0, until]),
    taken: () => void history.subs.push({ model, tier, holder, from, licensee }),
  })
  if (history.subs.length === 0 || own.chance(0.4)) return grantUnder()
  const sub = own.pick(history.subs)
  const [id, by] = [credentialIdOf(sub.model, sub.tier, sub.holder), own.pick([sub.licensee, sub.from])]
  const stated = { payment: digest(1), agreement: digest(2), lifts: 3 }
  const granted = { model: sub.model, tier: sub.tier, holder: sub.holder, validFrom: 0, validUntil: until, ...stated }
  const parent = credentialIdOf(sub.model, sub.tier, sub.licensee)
  return own.pick([
    () => chain.credential(by, 'suspend', [id, 'unpaid']),
    () => chain.credential(by, 'reinstate', [id]),
    () => chain.credential(by, 'revoke', [id, '']),
    () => chain.credential(sub.holder, 'renounce', [id]),
    () => chain.credential(sub.licensee, 'renew', [sub.model, sub.tier, sub.holder, until]),
    () => chain.credential(sub.from, 'grant', [granted]),
    () => chain.credential(sub.from, 'suspend', [parent, '']),
    () => chain.credential(sub.from, 'reinstate', [parent]),
    () => chain.credential(sub.licensee, 'renounce', [parent]),
    () => chain.credential(holder, 'request', [model, tier, digest(own.integer(0, 2)), 'ipfs://why \u0000']),
    () => chain.credential(from, 'cancelOffer', [model, tier, holder]),
    // Also under what was never issued.
    () => chain.audit(holder, 'anchor', [holder, credentialIdOf(model, tier, holder), 0, 1, digest(1), 1n, 1n]),
  ])()
}
