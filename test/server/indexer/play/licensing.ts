import { ZERO_DIGEST, type Address, type ModelId, type TermsId } from '../../../../src/core/hex.ts'
import { bodyOf, termsIdOf, type Terms, type Threshold } from '../../../../src/core/terms.ts'
import { termsSetIdOf } from '../../../../src/core/termsBody.ts'
import { tierIdOf, type Tier } from '../../../../src/core/tier.ts'
import { RIGHT_NAMES, rightsMask, TERMS_FLAG_NAMES } from '../../../../src/core/vocabulary.ts'
import { dutiesFor } from '../../../fixtures/duties.ts'
import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import { digest, NO_TERMS } from './registrations.ts'

const DAY = 86_400

/** Publishes terms with random rights, duties, labels and thresholds. */
export function publishTerms(chain: Chain, random: Random): Action {
  const { history } = chain
  const families = random.some(['permissive', 'gpl-3.0', '#100', '#125'], 0.4)
  const terms: Terms = {
    name: `Terms ${history.next()}`,
    uri: random.pick(['', 'https://license.example']),
    text: random.chance(0.5) ? ZERO_DIGEST : digest(history.next()),
    rights: random.some(RIGHT_NAMES, 0.6),
    flags: random.some(TERMS_FLAG_NAMES, 0.4),
    ...random.pick([{}, { family: 'permissive' }, { family: '#125' }]),
    ...random.pick([{}, { outbound: { only: families } }, { outbound: { except: families } }]),
    duties: {
      ...dutiesFor(random.some(['notice', 'attribution', 'share-alike'] as const, 0.5)),
      source: random.some(RIGHT_NAMES, 0.2),
    },
    thresholds: random.some(
      [
        { measure: 'monthlyActiveUsers', limit: 700_000_000n, withdraws: ['commercial'], adds: [] },
        {
          measure: 'monthlyRevenueUsd',
          limit: 2n ** 127n,
          withdraws: ['distill'],
          adds: ['display-credit'],
          uses: ['commercial'],
        },
        {
          measure: 'annualRevenueUsd/employer',
          limit: 2n ** 128n - 1n,
          withdraws: [],
          adds: ['notice'],
          uses: ['host', 'sublicense'],
        },
        {
          measure: 'inTerritory/use/EU',
          limit: 0n,
          withdraws: ['host'],
          adds: [],
          doubtful: true,
        },
      ] as const satisfies readonly Threshold[],
      0.5,
    ),
  }
  const { unstated: _, ...body } = bodyOf(terms)
  const { name, uri, text } = terms
  const struct = { name, uri, text, ...body }
  const taken = (): void => void history.terms.push(termsIdOf(terms))
  return { ...chain.ledger(random.pick(chain.accounts), 'publishTerms', [struct]), taken }
}

/** Publishes a set of terms for weights, code and outputs. */
export function publishSet(chain: Chain, random: Random): Action {
  const { history } = chain
  const one = (): TermsId => (random.chance(0.7) && history.terms.length > 0 ? random.pick(history.terms) : NO_TERMS)
  const set = { weights: one(), code: one(), outputs: one() }
  const taken = (): void => void history.terms.push(termsSetIdOf(set))
  return { ...chain.ledger(random.pick(chain.accounts), 'publishTermsSet', [set]), taken }
}

/** Offers a tier of a model. */
export function offer(chain: Chain, random: Random): Action {
  const { history } = chain
  if (history.models.length === 0 || history.terms.length === 0) return publishTerms(chain, random)
  const { id, publisher } = random.pick(history.models)
  const tier: Tier = {
    model: id,
    terms: random.pick(history.terms),
    passThrough: [],
    open: random.chance(0.5),
    // By the counter, so that a seed draws as before.
    subCredentials: history.counter % 3 !== 0,
    maxDuration: random.pick([0, 30 * DAY]),
    callQuota: random.pick([0n, 2n ** 64n - 1n]),
    // Checkpoints state more than that.
    tokenQuota: 1000n,
    name: `Tier ${history.next()}`,
    uri: '',
  }
  const taken = (): void => void history.tiers.push({ id: tierIdOf(tier), model: id, publisher })
  const struct = { ...tier, passThrough: rightsMask(tier.passThrough) }
  return { ...chain.ledger(publisher, 'offerTier', [struct]), taken }
}

/** Withdraws a tier, or releases it from its terms. */
export function withdraw(chain: Chain, random: Random): Action {
  const { history } = chain
  if (history.tiers.length === 0) return offer(chain, random)
  const { id, model, publisher } = random.pick(history.tiers)
  // By the counter, so that a seed draws as before.
  return chain.ledger(publisher, history.next() % 3 === 0 ? 'releaseTier' : 'withdrawTier', [model, id])
}

/** Offers a tier of a model of the first account, withdraws and releases it, which comes by chance too rarely. */
export async function releaseTier(chain: Chain, model: ModelId): Promise<void> {
  const [publisher] = chain.accounts as [Address]
  const terms: Terms = {
    name: 'Released',
    uri: '',
    text: ZERO_DIGEST,
    rights: ['research'],
    duties: {},
    thresholds: [],
  }
  const offered = {
    model,
    terms: termsIdOf(terms),
    passThrough: 0,
    open: true,
    subCredentials: false,
    maxDuration: 0,
    callQuota: 0n,
    tokenQuota: 0n,
    name: 'Released',
    uri: '',
  }
  const tier = tierIdOf({ ...offered, passThrough: [] })
  await chain.mine([chain.ledger(publisher, 'publishTerms', [{ ...terms, ...bodyOf(terms) }])], 1)
  await chain.mine([chain.ledger(publisher, 'offerTier', [offered])], 1)
  await chain.mine([chain.ledger(publisher, 'withdrawTier', [model, tier])], 1)
  await chain.mine([chain.ledger(publisher, 'releaseTier', [model, tier])], 1)
}
