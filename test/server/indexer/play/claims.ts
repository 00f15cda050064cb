import { claimIdOf, commitmentOf } from '../../../../src/core/claim.ts'
import { ZERO_DIGEST, type Address, type ModelId } from '../../../../src/core/hex.ts'
import { modelIdOf, type Registration } from '../../../../src/core/registration.ts'
import { RELATION_NAMES, RELATIONS } from '../../../../src/core/vocabulary.ts'
import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import type { PlayedModel } from './history.ts'
import { plainRegistration, structOf, digest } from './registrations.ts'
import { register } from './registry.ts'

/** Files a claim about a model or a product. */
export function claim(chain: Chain, random: Random): Action {
  const { history } = chain
  if (history.models.length < 2) return register(chain, random)
  const [child, parent] = random.sample(history.models, 2) as [PlayedModel, PlayedModel]
  const claimant = random.pick(chain.accounts)
  const evidence = digest(history.next())
  const relation = random.pick(RELATION_NAMES)
  const product = random.chance(0.3)
  const subject = product ? digest(history.next()) : child.id
  const commitment = commitmentOf(claimant, evidence, ZERO_DIGEST)
  const id = claimIdOf({ claimant, subject, product, parent: parent.id, relation, commitment })
  const taken = (): void => void history.claims.push({ id, claimant, publisher: child.publisher, evidence })
  const args = [subject, product, parent.id, RELATIONS[relation], ZERO_DIGEST, commitment]
  return { ...chain.claims(claimant, 'file', args), value: '0x1', taken }
}

/** Takes a claim a step on. */
export function changeClaim(chain: Chain, random: Random): Action {
  const { history } = chain
  if (history.claims.length === 0) return claim(chain, random)
  const { id, claimant, publisher, evidence } = random.pick(history.claims.slice(-4))
  const step = random.unit()
  // A ruling comes after a disclosure, time to contest, and an acceptance: what ends a claim sooner is rarer.
  if (step < 0.3) return chain.claims(claimant, 'disclose', [id, evidence, ZERO_DIGEST, 'ipfs://evidence'])
  if (step < 0.4) return chain.claims(publisher, 'contest', [id, 'ipfs://why'])
  if (step < 0.6) return chain.claims(chain.admin, 'accept', [id])
  if (step < 0.85) return chain.claims(chain.admin, 'rule', [id, random.chance(0.7), 'ipfs://ruling'])
  if (step < 0.9) return chain.claims(publisher, 'acknowledge', [id])
  if (step < 0.95) return chain.claims(claimant, 'withdrawDeposit', [claimant])
  return chain.claims(claimant, 'withdraw', [id])
}

/** Attests a parent, or countersigns it. */
export function attest(chain: Chain, random: Random): Action {
  const { history } = chain
  if (history.models.length < 2) return register(chain, random)
  const [child, parent] = random.sample(history.models, 2) as [PlayedModel, PlayedModel]
  return random.pick([
    () => chain.claims(child.publisher, 'attestParent', [child.id, parent.id, RELATIONS[random.pick(RELATION_NAMES)]]),
    () => chain.claims(parent.publisher, 'countersign', [child.id, parent.id]),
  ])()
}

/** Files claims that are contested, two of them accepted, and one of those rejected, which comes by chance too rarely. */
export async function ruleClaims(chain: Chain): Promise<void> {
  const { history } = chain
  const [claimant, publisher] = chain.accounts as [Address, Address]
  const [child, ...parents] = [1, 2, 3, 4].map((n) => plainRegistration(publisher, 910_000 + n)) as [
    Registration,
    ...Registration[],
  ]
  await chain.mine([chain.ledger(publisher, 'registerMany', [[child, ...parents].map(structOf)])], 1)
  for (const [index, upheld] of [undefined, true, false].entries()) {
    const [subject, parent] = [child, parents[index]!].map(modelIdOf) as [ModelId, ModelId]
    const evidence = digest(history.next())
    const commitment = commitmentOf(claimant, evidence, ZERO_DIGEST)
    const statement = { subject, product: false, parent, relation: 'merge', commitment } as const
    const id = claimIdOf({ claimant, ...statement })
    const file = [subject, false, parent, RELATIONS.merge, ZERO_DIGEST, commitment]
    await chain.mine([{ ...chain.claims(claimant, 'file', file), value: '0x1' }], 1)
    await chain.mine([chain.claims(claimant, 'disclose', [id, evidence, ZERO_DIGEST, ''])], 1)
    await chain.mine([chain.claims(publisher, 'contest', [id, ''])], 1)
    if (upheld === undefined) continue
    await chain.mine([chain.claims(chain.admin, 'accept', [id])], 1)
    await chain.mine([chain.claims(chain.admin, 'rule', [id, upheld, ''])], 1)
  }
}

/** Attests a parent of a model of the first account, detaches and attests it again, which comes by chance too rarely. */
export async function attestAgain(chain: Chain, child: ModelId, parent: ModelId): Promise<void> {
  const [publisher] = chain.accounts as [Address]
  for (const [method, ...more] of [
    ['attestParent', RELATIONS.merge],
    ['detachParent'],
    ['attestParent', RELATIONS.copy],
  ]) {
    await chain.mine([chain.claims(publisher, method as string, [child, parent, ...more])], 1)
  }
}
