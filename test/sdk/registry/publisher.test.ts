import { expect } from 'chai'

import { ZERO_ADDRESS, ZERO_DIGEST } from '../../../src/core/hex.ts'
import { acceptController } from '../../../src/sdk/registry/acceptController.ts'
import { listOperators } from '../../../src/sdk/registry/listOperators.ts'
import { proposeController } from '../../../src/sdk/registry/proposeController.ts'
import { readPublisher } from '../../../src/sdk/registry/readPublisher.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { setOperator } from '../../../src/sdk/registry/setOperator.ts'
import { setProfile } from '../../../src/sdk/registry/setProfile.ts'
import { verifyPublisher } from '../../../src/sdk/registry/verifyPublisher.ts'
import { digestOf, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployLedger, expectRefusal } from '../../fixtures/sdk.ts'

const { loadFixture, time } = networkHelpers
const profile = digestOf('profile')

describe('the actions of a publisher', function () {
  it('set a profile, which a verifier confirms until a time and which ends by another', async function () {
    const { admin, publisher, stranger, reader } = await loadFixture(deployLedger)
    const { ledger, address } = publisher
    const until = (await time.latest()) + 3600
    const read = () => readPublisher(reader, { publisher: address })
    const nothing = {
      publisher: address,
      controller: address,
      epoch: 0,
      pendingController: ZERO_ADDRESS,
      verifiedFrom: 0,
      verifiedUntil: 0,
      verifier: ZERO_ADDRESS,
    }
    expect(await read()).to.deep.equal({ ...nothing, profile: ZERO_DIGEST })
    await setProfile(ledger, { publisher: address, profile, domain: 'acme.example' })
    await verifyPublisher(admin.ledger, { publisher: address, profile, from: 7, until })
    expect(await read()).to.deep.equal({
      ...nothing,
      profile,
      verifiedFrom: 7,
      verifiedUntil: until,
      verifier: admin.address,
    })
    const other = digestOf('other')
    await expectRefusal(
      verifyPublisher(admin.ledger, { publisher: address, profile: other, from: 7, until }),
      'PublisherRegistryProfileMismatch',
      { publisher: address, expected: other, actual: profile },
    )
    await expectRefusal(
      verifyPublisher(stranger.ledger, { publisher: address, profile, from: 7, until }),
      'AccessManagedUnauthorized',
      { caller: stranger.address },
    )
    await expectRefusal(
      verifyPublisher(admin.ledger, { publisher: address, profile, from: 0, until: 1 }),
      'PublisherRegistryExpired',
      {
        until: 1n,
      },
    )
    await setProfile(ledger, { publisher: address, profile: other, domain: '' })
    expect(await read()).to.deep.equal({ ...nothing, profile: other })
    await expectRefusal(
      setProfile(ledger, { publisher: address, profile, domain: 'x'.repeat(254) }),
      'PublisherRegistryDomainTooLong',
      { length: 254n },
    )
  })

  it('let an operator register, and no longer', async function () {
    const { publisher, operator } = await loadFixture(deployLedger)
    const until = (await time.latest()) + 3600
    const named = { publisher: publisher.address, operator: operator.address }
    const register = (name: string) =>
      registerModel(operator.ledger, { registration: registrationOf(publisher.address, { weights: digestOf(name) }) })
    const unauthorized = { publisher: publisher.address, account: operator.address }
    const list = () => listOperators(publisher.ledger, { publisher: publisher.address })
    expect(await list()).to.deep.equal([])
    await setOperator(publisher.ledger, { ...named, until })
    await register('a')
    expect(await list()).to.deep.equal([{ operator: operator.address, until }])
    await expectRefusal(
      setOperator(operator.ledger, { ...named, until: 0 }),
      'PublisherRegistryNotController',
      unauthorized,
    )
    await setOperator(publisher.ledger, { ...named, until: 0 })
    expect(await list()).to.deep.equal([])
    await expectRefusal(register('b'), 'PublisherRegistryUnauthorized', unauthorized)
    await expectRefusal(setOperator(publisher.ledger, { ...named, until: 1 }), 'PublisherRegistryExpired', {
      until: 1n,
    })
  })

  it('list operators with their last end, until it has come or the control has changed', async function () {
    const { publisher, operator, holder, stranger, reader } = await loadFixture(deployLedger)
    const { ledger, address } = publisher
    const list = () => listOperators(reader, { publisher: address })
    const [soon, later] = [(await time.latest()) + 3600, (await time.latest()) + 7200]
    await setOperator(ledger, { publisher: address, operator: operator.address, until: soon })
    await setOperator(ledger, { publisher: address, operator: stranger.address, until: soon })
    await setOperator(ledger, { publisher: address, operator: operator.address, until: later })
    await setOperator(holder.ledger, { publisher: holder.address, operator: stranger.address, until: later })
    expect(await list()).to.deep.equal([
      { operator: operator.address, until: later },
      { operator: stranger.address, until: soon },
    ])
    await time.increaseTo(soon - 1)
    expect(await list()).to.have.length(2)
    await time.increaseTo(soon)
    expect(await list()).to.deep.equal([{ operator: operator.address, until: later }])
    await proposeController(ledger, { publisher: address, controller: holder.address })
    await acceptController(holder.ledger, { publisher: address })
    expect(await list()).to.deep.equal([])
  })

  it('hand over the control in two steps', async function () {
    const { publisher, holder, stranger, reader } = await loadFixture(deployLedger)
    const { address } = publisher
    const accept = ({ ledger } = holder) => acceptController(ledger, { publisher: address })
    await expectRefusal(
      proposeController(stranger.ledger, { publisher: address, controller: stranger.address }),
      'PublisherRegistryNotController',
      { publisher: address, account: stranger.address },
    )
    await proposeController(publisher.ledger, { publisher: address, controller: holder.address })
    expect((await readPublisher(reader, { publisher: address })).pendingController).to.equal(holder.address)
    await expectRefusal(accept(stranger), 'PublisherRegistryNotPendingController', {
      publisher: address,
      account: stranger.address,
      pending: holder.address,
    })
    await accept()
    const { controller, pendingController } = await readPublisher(reader, { publisher: address })
    expect([controller, pendingController]).to.deep.equal([holder.address, ZERO_ADDRESS])
    const registration = registrationOf(address)
    await expectRefusal(registerModel(publisher.ledger, { registration }), 'PublisherRegistryUnauthorized', {
      publisher: address,
      account: address,
    })
    await registerModel(holder.ledger, { registration })
  })
})
