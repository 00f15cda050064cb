import { expect } from 'chai'
import { makeError, Wallet } from 'ethers'

import type { Hex } from '../../src/core/hex.ts'
import { modelIdOf } from '../../src/core/registration.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { ContractError } from '../../src/sdk/contractError.ts'
import { grantCredential } from '../../src/sdk/licensing/grantCredential.ts'
import { UnregisteredModelError } from '../../src/sdk/registry/readLineage.ts'
import { readModel } from '../../src/sdk/registry/readModel.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { signOffer } from '../../src/sdk/licensing/signOffer.ts'
import { signRegistration } from '../../src/sdk/registry/signRegistration.ts'
import { ReadOnlyError, senderOf } from '../../src/sdk/transact.ts'
import { InsufficientFundsError, InvalidArgumentError, SigningRejectedError } from '../../src/sdk/writeErrors.ts'
import { networkHelpers, registrationOf } from '../fixtures/ledger.ts'
import { deployLedger, deployTiers, expectError, expectRefusal, provider, rejectionOf } from '../fixtures/sdk.ts'

const { loadFixture } = networkHelpers

describe('transact', function () {
  it('gives the hash as soon as there is one, and then block and gas', async function () {
    const { publisher } = await loadFixture(deployLedger)
    const registration = registrationOf(publisher.address)
    const hashes: Hex[] = []
    const sent = await registerModel(publisher.ledger, { registration, onSent: (hash) => void hashes.push(hash) })
    const receipt = (await provider.getTransactionReceipt(sent.transaction!))!
    expect(hashes).to.deep.equal([sent.transaction])
    expect(sent).to.deep.equal({
      model: modelIdOf(registration),
      transaction: receipt.hash,
      block: receipt.blockNumber,
      gas: receipt.gasUsed,
    })
  })

  it('sends nothing in a dry run, and estimates the gas', async function () {
    const { publisher, reader } = await loadFixture(deployLedger)
    const [registration, before] = [registrationOf(publisher.address), await provider.getBlockNumber()]
    const onSent = (): never => expect.fail('it was sent')
    const { model, gas, ...more } = await registerModel(publisher.ledger, { registration, dryRun: true, onSent })
    expect([model, more]).to.deep.equal([modelIdOf(registration), {}])
    expect(await provider.getBlockNumber()).to.equal(before)
    await expectError(readModel(reader, { model }), UnregisteredModelError, model)
    const sent = await registerModel(publisher.ledger, { registration })
    expect(gas >= sent.gas && gas < (sent.gas * 12n) / 10n, `${gas} for ${sent.gas}`).to.equal(true)
  })

  it('says in a dry run what a contract would refuse', async function () {
    const { publisher, stranger } = await loadFixture(deployLedger)
    const registration = registrationOf(publisher.address)
    await expectRefusal(
      registerModel(stranger.ledger, { registration, dryRun: true }),
      'PublisherRegistryUnauthorized',
      { publisher: publisher.address, account: stranger.address, scope: 1n },
    )
  })

  it('decodes what a contract refuses: name, code, arguments, sentence, cause', async function () {
    const { publisher, stranger } = await loadFixture(deployLedger)
    const registration = registrationOf(publisher.address)
    const error = (await rejectionOf(registerModel(stranger.ledger, { registration }))) as ContractError
    expect(error).to.be.instanceOf(ContractError)
    expect([error.name, error.code, error.docs]).to.deep.equal([
      'ContractError',
      'PUBLISHER_REGISTRY_UNAUTHORIZED',
      'https://github.com/stemma-ledger/stemma/blob/main/docs/errors.md#publisher-registry-unauthorized',
    ])
    expect(error.message).to.match(
      /^0x\w{40} may not act for the publisher 0x\w{40} in the scope register\. Use its controller's key/,
    )
    expect(error.cause).to.be.instanceOf(Error)
  })

  it('signs and sends nothing for who connected by a provider', async function () {
    const { publisher, reader, base, gated, holder, registrations } = await loadFixture(deployTiers)
    const registration = registrationOf(publisher.address)
    const offer = { model: base, tier: gated, holder: holder.address, deadline: 2_000_000_000 }
    for (const action of [
      registerModel(reader, { registration }),
      registerModel(reader, { registration, dryRun: true }),
      signRegistration(reader, { registration: registrations.base, deadline: 2_000_000_000 }),
      signRegistration(reader, { registration, deadline: 2_000_000_000, signer: publisher.address }),
      signOffer(reader, offer),
      senderOf(reader),
    ]) {
      await expectError(action, ReadOnlyError, 'Connect it by a signer')
    }
    expect(await senderOf(publisher.ledger)).to.equal(publisher.address)
  })

  it('names an argument that no contract can be given', async function () {
    const { publisher, base, gated, holder } = await loadFixture(deployTiers)
    const grant = { model: base, tier: gated, holder: holder.address }
    for (const validUntil of [-1, 2 ** 40]) {
      const words = ['"validUntil"', String(validUntil)]
      await expectError(grantCredential(publisher.ledger, { ...grant, validUntil }), InvalidArgumentError, ...words)
      const offer = { ...grant, validUntil, deadline: 2_000_000_000 }
      await expectError(signOffer(publisher.ledger, offer), InvalidArgumentError, String(validUntil))
    }
    const half = grantCredential(publisher.ledger, { ...grant, validUntil: 1.5, dryRun: true })
    await expectError(half, InvalidArgumentError, '1.5')
  })

  it('says that the owner of the wallet declined', async function () {
    const { publisher, deployment } = await loadFixture(deployLedger)
    const signer = await provider.getSigner(1)
    const decline = (): never => {
      throw makeError('user rejected action', 'ACTION_REJECTED', { action: 'unknown', reason: 'rejected' })
    }
    const declining = Object.create(signer, {
      sendTransaction: { value: decline },
      signTypedData: { value: decline },
    }) as typeof signer
    const ledger = openLedger(declining, deployment)
    const registration = registrationOf(publisher.address)
    await expectError(registerModel(ledger, { registration }), SigningRejectedError, 'nothing was sent')
    await expectError(signRegistration(ledger, { registration, deadline: 2_000_000_000 }), SigningRejectedError)
  })

  it('says that the sender cannot pay', async function () {
    const { deployment } = await loadFixture(deployLedger)
    const poor = Wallet.createRandom(provider)
    const registration = registrationOf(poor.address)
    await expectError(registerModel(openLedger(poor, deployment), { registration }), InsufficientFundsError)
  })
})
