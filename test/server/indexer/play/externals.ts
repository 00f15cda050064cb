import { claimIdOf, commitmentOf } from '../../../../src/core/claim.ts'
import { externalIdOf, externalNameOnHub } from '../../../../src/core/external.ts'
import { ZERO_DIGEST, type Address, type ModelId } from '../../../../src/core/hex.ts'
import { modelIdOf, type Parent, type Registration } from '../../../../src/core/registration.ts'
import { RELATIONS } from '../../../../src/core/vocabulary.ts'
import type { Chain } from '../chain.ts'
import { plainRegistration, structOf, digest } from './registrations.ts'

/** Names an external parent, binds and unbinds it, which comes by chance too rarely. */
export async function bindAndUnbind(chain: Chain): Promise<void> {
  const { history } = chain
  const guardian = chain.accounts[0]!
  const external = `0x${'ee'.repeat(32)}`
  await chain.mine([chain.recalls(guardian, 'nameExternal', ['hf:acme/tiny-chat'])])
  for (const [index, registration] of history.newestWithTensors(12).slice(0, 3).entries()) {
    const pair = [external, modelIdOf(registration)]
    await chain.mine([chain.recalls(chain.admin, 'bindExternal', [...pair, digest(index)])])
    if (index === 1) await chain.mine([chain.recalls(chain.admin, 'unbindExternal', pair)])
  }
}

/**
 * Plays external parents: bindings to models that are older and younger than what names them, to each other and back; rulings that
 * replace them, and an acknowledgment that does not; and statements of publishers. Returns the models that name them.
 */
export async function bindAndReplace(chain: Chain): Promise<ModelId[]> {
  const [publisher, claimant] = chain.accounts as [Address, Address]
  const externals = [1, 2, 3, 4].map((n) => externalIdOf(externalNameOnHub(`bases/${n}`)))
  const [base, other] = [plainRegistration(publisher, 930_001), plainRegistration(publisher, 930_002)]
  const children = [0, 1, 2, 3, 3, 0].map((n, index): Registration => {
    const parent: Parent = { model: externals[n]!, relation: 'merge', external: true }
    return { ...plainRegistration(publisher, 930_010 + index), parents: [parent] }
  })
  const late = modelIdOf(children[0]!)
  const last = { ...plainRegistration(claimant, 930_020), parents: [{ model: late, relation: 'finetune' as const }] }
  await chain.mine([chain.ledger(publisher, 'registerMany', [[base, other, ...children].map(structOf)])], 1)
  await chain.mine([chain.ledger(claimant, 'register', [structOf(last)])], 1)
  const [one, two, three, four] = externals as [ModelId, ModelId, ModelId, ModelId]
  const [baseId, otherId, lastId] = [base, other, last].map(modelIdOf) as [ModelId, ModelId, ModelId]
  const bind = (external: ModelId, model: ModelId, bound = true): Promise<unknown> => {
    const [method, ...evidence] = bound ? ['bindExternal', ZERO_DIGEST] : ['unbindExternal']
    return chain.mine([chain.recalls(chain.admin, method!, [external, model, ...evidence])], 1)
  }
  // The one that is removed first leaves its place to the last.
  for (const model of [baseId, lastId, otherId]) await bind(one, model)
  await bind(one, baseId, false)
  await bind(two, three)
  await bind(three, baseId)
  await chain.mine([chain.recalls(publisher, 'nameExternal', ['hf:bases/4'])], 1)
  for (const [index, ruled] of [
    [3, true],
    [4, false],
    [5, true],
  ] as const) {
    const subject = modelIdOf(children[index]!)
    const replaces = children[index]!.parents[0]!.model
    const evidence = digest(930_100 + index)
    const commitment = commitmentOf(claimant, evidence, ZERO_DIGEST)
    const statement = { subject, product: false, parent: otherId, relation: 'copy', replaces, commitment } as const
    const id = claimIdOf({ claimant, ...statement })
    const file = [subject, false, otherId, RELATIONS.copy, replaces, commitment]
    await chain.mine([{ ...chain.claims(claimant, 'file', file), value: '0x1' }], 1)
    if (!ruled) {
      await chain.mine([chain.claims(publisher, 'acknowledge', [id])], 1)
      continue
    }
    await chain.mine([chain.claims(claimant, 'disclose', [id, evidence, ZERO_DIGEST, ''])], 1)
    await chain.mine([chain.claims(publisher, 'contest', [id, '']), chain.claims(chain.admin, 'accept', [id])], 1)
    await chain.mine([chain.claims(chain.admin, 'rule', [id, true, ''])], 1)
  }
  for (const [model, bound] of [
    [baseId, true],
    [otherId, true],
    [otherId, false],
  ] as const) {
    const args = [publisher, four, model, bound, digest(930_200)]
    await chain.mine([chain.claims(publisher, 'stateBinding', args)], 1)
  }
  return [...children.map(modelIdOf), lastId]
}
