import { expect } from 'chai'

import { parseAddress, type Address } from '../../../src/core/hex.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import { acceptController } from '../../../src/sdk/registry/acceptController.ts'
import { proposeController } from '../../../src/sdk/registry/proposeController.ts'
import { openLedger } from '../../../src/sdk/connect.ts'
import { readModel } from '../../../src/sdk/registry/readModel.ts'
import { registerSigned } from '../../../src/sdk/registry/registerSigned.ts'
import { setOperator } from '../../../src/sdk/registry/setOperator.ts'
import { signRegistration } from '../../../src/sdk/registry/signRegistration.ts'
import { ethers, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployModels, expectRefusal, nextBlockAt, provider } from '../../fixtures/sdk.ts'

const { loadFixture, time } = networkHelpers

/** {@link deployModels}, with a registration of the publisher, signed for an hour. */
async function deploySigned() {
  const world = await deployModels()
  const { publisher, base } = world
  const registration = registrationOf(publisher.address, { parents: [{ model: base, relation: 'adapter' }] })
  const deadline = (await time.latest()) + 3600
  const signed = await signRegistration(publisher.ledger, { registration, deadline })
  return { ...world, registration, deadline, signed }
}

describe('signRegistration and registerSigned', function () {
  it('registers in the name of the signer, for any sender', async function () {
    const { publisher, stranger, reader, registration, signed, deadline } = await loadFixture(deploySigned)
    expect(signed).to.deep.include({ registration, signer: publisher.address, deadline })
    expect(JSON.parse(JSON.stringify(signed))).to.deep.equal(signed)
    const { model, block } = await registerSigned(stranger.ledger, signed)
    expect(model).to.equal(modelIdOf(registration))
    const read = await readModel(reader, { model })
    expect([read.registration, read.block]).to.deep.equal([registration, block])
  })

  it('takes the signature of an operator', async function () {
    const { publisher, operator, stranger, reader, registration, deadline } = await loadFixture(deploySigned)
    const signed = await signRegistration(operator.ledger, { registration, deadline })
    expect(signed.signer).to.equal(operator.address)
    await expectRefusal(registerSigned(stranger.ledger, signed), 'PublisherRegistryUnauthorized', {
      publisher: publisher.address,
      account: operator.address,
      scope: 1n,
    })
    await setOperator(publisher.ledger, {
      publisher: publisher.address,
      operator: operator.address,
      scopes: ['register'],
      until: FOREVER,
    })
    const { model } = await registerSigned(stranger.ledger, signed)
    expect((await readModel(reader, { model })).registration).to.deep.equal(registration)
  })

  it('signs for the epoch of the publisher, and ends when control changes', async function () {
    const { publisher, holder, stranger, signed, registration, deadline } = await loadFixture(deploySigned)
    const { address } = publisher
    expect(signed.epoch).to.equal(0)
    await proposeController(publisher.ledger, { publisher: address, controller: holder.address })
    await acceptController(holder.ledger, { publisher: address })
    await proposeController(holder.ledger, { publisher: address, controller: address })
    await acceptController(publisher.ledger, { publisher: address })
    await expectRefusal(registerSigned(stranger.ledger, signed), 'ModelRegistryOtherEpoch', {
      publisher: address,
      epoch: 0n,
      current: 2n,
    })
    const renewed = await signRegistration(publisher.ledger, { registration, deadline })
    expect(renewed.epoch).to.equal(2)
    await registerSigned(stranger.ledger, renewed)
  })

  it('takes the signature of a contract that publishes (ERC-1271), by the key that it trusts', async function () {
    const { publisher, stranger, reader, deadline } = await loadFixture(deploySigned)
    const wallet = await ethers.deployContract('OwnedWallet', [publisher.address])
    const signer = parseAddress(await wallet.getAddress())
    const registration = registrationOf(signer)
    const forged = await signRegistration(stranger.ledger, { registration, deadline, signer })
    await expectRefusal(registerSigned(stranger.ledger, forged), 'ModelRegistryInvalidSignature', { signer })
    const signed = await signRegistration(publisher.ledger, { registration, deadline, signer })
    expect(signed.signer).to.equal(signer)
    const { model } = await registerSigned(stranger.ledger, signed)
    expect((await readModel(reader, { model })).registration.publisher).to.equal(signer)
  })

  it('refuses what was sent before', async function () {
    const { stranger, holder, signed, registration } = await loadFixture(deploySigned)
    await registerSigned(stranger.ledger, signed)
    for (const { ledger } of [stranger, holder]) {
      await expectRefusal(registerSigned(ledger, signed), 'ModelRegistryAlreadyRegistered', {
        model: modelIdOf(registration),
      })
    }
  })

  it('takes it in the last second of its time, and not in the next', async function () {
    const { stranger, signed, deadline } = await loadFixture(deploySigned)
    await nextBlockAt(deadline + 1)
    await networkHelpers.mine()
    await expectRefusal(registerSigned(stranger.ledger, signed), 'ModelRegistrySignatureExpired', {
      deadline: BigInt(deadline),
    })
    const world = await loadFixture(deploySigned)
    await nextBlockAt(world.deadline)
    const { block } = await registerSigned(world.stranger.ledger, world.signed)
    expect((await provider.getBlock(block!))!.timestamp).to.equal(world.deadline)
  })

  it('refuses what was signed for another chain or another ledger', async function () {
    const { publisher, stranger, deployment, registration, deadline } = await loadFixture(deploySigned)
    const { contracts } = deployment
    const twin = await ethers.deployContract('Ledger', [contracts.manager, contracts.recalls])
    const another = parseAddress(await twin.getAddress())
    for (const other of [
      { ...deployment, chainId: 1 },
      { ...deployment, contracts: { ...contracts, ledger: another } },
    ]) {
      const ledger = openLedger(publisher.ledger.runner, other)
      const signed = await signRegistration(ledger, { registration, deadline })
      await expectRefusal(registerSigned(stranger.ledger, signed), 'ModelRegistryInvalidSignature', {
        signer: publisher.address,
      })
    }
  })

  it('refuses another statement, deadline or signer than was signed', async function () {
    const { publisher, tuner, stranger, registration, signed, deadline } = await loadFixture(deploySigned)
    const refused = (changed: object, signer: Address) =>
      expectRefusal(registerSigned(stranger.ledger, { ...signed, ...changed }), 'ModelRegistryInvalidSignature', {
        signer,
      })
    await refused({ registration: { ...registration, uri: 'ipfs://other' } }, publisher.address)
    await refused({ registration: { ...registration, parents: [] } }, publisher.address)
    await refused({ deadline: deadline + 1 }, publisher.address)
    await refused({ registration: { ...registration, publisher: tuner.address }, signer: tuner.address }, tuner.address)
    await expectRefusal(
      registerSigned(stranger.ledger, { ...signed, signer: tuner.address }),
      'PublisherRegistryUnauthorized',
      {
        publisher: publisher.address,
        account: tuner.address,
        scope: 1n,
      },
    )
  })
})
