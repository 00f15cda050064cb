import { expect } from 'chai'
import type { BaseContract, ContractTransactionResponse } from 'ethers'

import {
  ALL_SCOPES,
  DAY,
  deployCredential,
  digestOf,
  FOREVER,
  grantOf,
  networkHelpers,
  registrationOf,
  registrationStruct,
  tierStruct,
} from '../../fixtures/ledger.ts'

const { loadFixture } = networkHelpers
type Base = Awaited<ReturnType<typeof deployCredential>>
type Act = (base: Base) => Promise<ContractTransactionResponse>

/** What an operator does, by the scope that it takes. `prepare` is what the publisher does before. */
const ACTS: readonly { name: string; scope: number; by: 'ledger' | 'credentials'; act: Act; prepare?: Act }[] = [
  {
    name: 'register',
    scope: 1,
    by: 'ledger',
    act: ({ ledger, operator, publisher }) => ledger.connect(operator).register(another(publisher.address)),
  },
  {
    name: 'registerMany',
    scope: 1,
    by: 'ledger',
    act: ({ ledger, operator, publisher }) => ledger.connect(operator).registerMany([another(publisher.address)]),
  },
  {
    name: 'anchorBatch',
    scope: 2,
    by: 'ledger',
    act: ({ ledger, operator, publisher }) => ledger.connect(operator).anchorBatch(publisher, digestOf('root'), 1, ''),
  },
  {
    name: 'offerTier',
    scope: 4,
    by: 'ledger',
    act: ({ ledger, operator, a, termsId }) =>
      ledger.connect(operator).offerTier(tierStruct(a, termsId, { name: 'Another' })),
  },
  {
    name: 'withdrawTier',
    scope: 4,
    by: 'ledger',
    act: ({ ledger, operator, a, open }) => ledger.connect(operator).withdrawTier(a, open),
  },
  {
    name: 'grant',
    scope: 4,
    by: 'credentials',
    act: ({ credentials, operator, stranger, a, gated, until }) =>
      credentials.connect(operator).grant(grantOf(a, gated, stranger, 0, until)),
  },
  {
    name: 'renew',
    scope: 4,
    by: 'credentials',
    act: ({ credentials, operator, holder, a, gated, until }) =>
      credentials.connect(operator).renew(a, gated, holder, until + DAY),
  },
  {
    name: 'suspend',
    scope: 4,
    by: 'credentials',
    act: ({ credentials, operator, credential }) => credentials.connect(operator).suspend(credential, ''),
  },
  {
    name: 'reinstate',
    scope: 4,
    by: 'credentials',
    prepare: ({ credentials, publisher, credential }) => credentials.connect(publisher).suspend(credential, ''),
    act: ({ credentials, operator, credential }) => credentials.connect(operator).reinstate(credential),
  },
  {
    name: 'revoke',
    scope: 4,
    by: 'credentials',
    act: ({ credentials, operator, credential }) => credentials.connect(operator).revoke(credential, ''),
  },
  {
    name: 'cancelOffer',
    scope: 4,
    by: 'credentials',
    act: ({ credentials, operator, stranger, a, gated }) =>
      credentials.connect(operator).cancelOffer(a, gated, stranger),
  },
]

function another(publisher: string) {
  return registrationStruct(registrationOf(publisher, { weights: digestOf('another') }))
}

/** Names the operator in some scopes, in an epoch of its own. */
async function nameOperator({ ledger, publisher, operator }: Base, scopes: number): Promise<void> {
  await ledger.connect(publisher).proposeController(publisher, publisher)
  await ledger.connect(publisher).acceptController(publisher)
  await ledger.connect(publisher).setOperator(publisher, operator, scopes, FOREVER)
}

describe('the scopes of an operator', function () {
  for (const { name, scope, by, act, prepare } of ACTS) {
    it(`let it ${name} in the scope ${scope} alone, and in no other`, async function () {
      const base = await loadFixture(deployCredential)
      const { publisher, operator } = base
      await prepare?.(base)
      await nameOperator(base, ALL_SCOPES - scope)
      const contract: BaseContract = base[by]
      const account = [publisher.address, operator.address]
      if (by === 'ledger') {
        await expect(act(base))
          .to.be.revertedWithCustomError(contract, 'PublisherRegistryUnauthorized')
          .withArgs(...account, scope)
      } else {
        await expect(act(base))
          .to.be.revertedWithCustomError(contract, 'LicenseCredentialUnauthorized')
          .withArgs(...account)
      }
      await nameOperator(base, scope)
      await act(base)
    })
  }

  it('let it do nothing that cannot be undone', async function () {
    const base = await loadFixture(deployCredential)
    const { ledger, publisher, operator, a, b } = base
    await ledger.connect(publisher).anchorBatch(publisher, digestOf('root'), 1, '')
    const by = ledger.connect(operator)
    for (const act of [
      () => by.supersede(a, b),
      () => by.retire(a, ''),
      () => by.recall(a, ''),
      () => by.revokeBatch(publisher, digestOf('root')),
      () => by.setProfile(publisher, digestOf('profile'), ''),
      () => by.setOperator(publisher, operator, 1, FOREVER),
      () => by.proposeController(publisher, operator),
    ]) {
      await expect(act())
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryNotController')
        .withArgs(publisher.address, operator.address)
    }
  })
})
