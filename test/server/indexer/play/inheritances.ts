import { claimIdOf, commitmentOf } from '../../../../src/core/claim.ts'
import { ZERO_DIGEST, type Address, type ModelId } from '../../../../src/core/hex.ts'
import { modelIdOf, type Registration } from '../../../../src/core/registration.ts'
import { RELATION_NAMES, RELATIONS } from '../../../../src/core/vocabulary.ts'
import type { Random } from '../../../fixtures/random.ts'
import type { Action, Chain } from '../chain.ts'
import { plainRegistration, structOf, digest } from './registrations.ts'

const DAY = 86_400

/** Some transactions about claims that models inherit: their ruling, their extension, and each step of an inheritance. */
export function changeInheritances(chain: Chain): Action[] {
  const { history } = chain
  if (history.models.length === 0) return []
  const { admin, accounts } = chain
  const { heirs: random } = history.draws
  const by = (from: Address, method: string, ...args: unknown[]): Action => chain.claims(from, method, args)
  const product = history.products.length > 0 ? random.pick(history.products.slice(-4)) : undefined
  const copies = history.heirs.filter(({ weights }) => weights === product?.weights)
  const heir = history.heirs.length > 0 ? random.pick([...copies, ...copies, ...history.heirs.slice(-4)]) : undefined
  const step = random.unit()
  if (product === undefined || step < 0.04) return [claimProduct(chain, random)]
  if (heir === undefined || step < 0.12) return [registerHeir(chain, random)]
  const { id, claimant, evidence } = product
  if (step < 0.22) return [by(claimant, 'disclose', id, evidence, ZERO_DIGEST, ''), by(admin, 'accept', id)]
  if (step < 0.4) return [by(admin, 'rule', id, random.chance(0.9), 'ipfs://ruling')]
  if (step < 0.46) return [by(admin, 'extend', id, heir.tensors)]
  if (step < 0.8 || history.inheritances.length === 0) {
    const taken = (): void => void history.inheritances.push({ id, heir })
    return [{ ...by(random.pick(accounts), 'inherit', structOf(heir), id), taken }]
  }
  const asked = random.pick(history.inheritances.slice(-3))
  const pair = [asked.id, modelIdOf(asked.heir)] as const
  if (step < 0.9) return [by(asked.heir.publisher, 'contestInheritance', ...pair, 'ipfs://mine \u0000')]
  return [by(admin, 'ruleInheritance', ...pair, random.chance(0.6), 'ipfs://ruling')]
}

function claimProduct(chain: Chain, random: Random): Action {
  const { history } = chain
  const claimant = random.pick(chain.accounts)
  const number = 2_000_000 + history.products.length
  const [weights, evidence] = [digest(number), digest(number + 500_000)]
  const parent = random.pick(history.models).id
  const relation = random.pick(RELATION_NAMES)
  const commitment = commitmentOf(claimant, evidence, ZERO_DIGEST)
  const id = claimIdOf({ claimant, subject: weights, product: true, parent, relation, commitment })
  const taken = (): void => void history.products.push({ id, claimant, evidence, weights })
  const args = [weights, true, parent, RELATIONS[relation], ZERO_DIGEST, commitment]
  return { ...chain.claims(claimant, 'file', args), value: '0x1', taken }
}

/** Registers a model with the weights of a product, or with others, and with some of few tensors. */
function registerHeir(chain: Chain, random: Random): Action {
  const { history } = chain
  const number = history.heirs.length
  const product = random.pick([undefined, ...history.products.slice(-3)])
  const publisher = random.pick(chain.accounts)
  const parents = random.sample(history.models, random.integer(0, 1))
  const registration: Registration = {
    ...plainRegistration(publisher, 3_000_000 + number),
    ...(product && { weights: product.weights }),
    tensors: digest(4_000_000 + random.integer(0, 3)),
    parents: parents.map(({ id }) => ({ model: id, relation: random.pick(RELATION_NAMES) })),
    uri: `ipfs://heir-${number}`,
  }
  const taken = (): void => void history.heirs.push(registration)
  return { ...chain.ledger(publisher, 'register', [structOf(registration)]), taken }
}

/**
 * Rules about a product that two models of the first account inherit, one of them after a time to contest and the other by its tensors
 * and a ruling of its own, which comes by chance too rarely. Returns the parent and the first of the two.
 */
export async function ruleInheritances(chain: Chain): Promise<{ parent: ModelId; child: ModelId }> {
  const [publisher, claimant] = chain.accounts as [Address, Address]
  const [base, copy, twin] = [1, 2, 3].map((n): Registration => {
    return { ...plainRegistration(publisher, 900_000 + n), tensors: digest(n === 1 ? 900_010 : 900_020) }
  }) as [Registration, Registration, Registration]
  const [parent, child, other] = [base, copy, twin].map(modelIdOf) as [ModelId, ModelId, ModelId]
  const evidence = digest(900_030)
  const commitment = commitmentOf(claimant, evidence, ZERO_DIGEST)
  const relation = 'finetune'
  const id = claimIdOf({ claimant, subject: copy.weights, product: true, parent, relation, commitment })
  const by = (from: Address, method: string, ...args: unknown[]): Action => chain.claims(from, method, args)
  const file = by(claimant, 'file', copy.weights, true, parent, RELATIONS[relation], ZERO_DIGEST, commitment)
  await chain.mine([chain.ledger(publisher, 'registerMany', [[base, copy, twin].map(structOf)])], 1)
  await chain.mine([{ ...file, value: '0x1' }], 1)
  await chain.mine([by(claimant, 'disclose', id, evidence, ZERO_DIGEST, '')], 1)
  await chain.mine([by(claimant, 'setEvidenceUri', id, 'ipfs://moved'), by(chain.admin, 'accept', id)], 1)
  await chain.mine([by(chain.admin, 'rule', id, true, '')], 8 * DAY)
  await chain.mine([by(chain.admin, 'extend', id, twin.tensors), by(claimant, 'inherit', structOf(copy), id)], 1)
  await chain.mine([by(claimant, 'inherit', structOf(twin), id)], 1)
  await chain.mine([by(publisher, 'contestInheritance', id, other, 'ipfs://why')], 1)
  await chain.mine([by(chain.admin, 'ruleInheritance', id, other, true, '')], 1)
  await chain.mine([by(claimant, 'inherit', structOf(copy), id)], 8 * DAY)
  return { parent, child }
}
