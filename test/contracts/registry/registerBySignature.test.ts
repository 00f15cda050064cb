import { expect } from 'chai'
import { Signature, Wallet, ZeroHash } from 'ethers'

import { ZERO_DIGEST } from '../../../src/core/hex.ts'
import { modelIdOf } from '../../../src/core/registration.ts'
import {
  ALL_SCOPES,
  deployModels,
  digestOf,
  ethers,
  eventsOf,
  FOREVER,
  malleable,
  networkHelpers,
  registrationOf,
  registrationStruct,
  signRegistration,
} from '../../fixtures/ledger.ts'

const { loadFixture, time } = networkHelpers

async function deployWallets() {
  const base = await deployModels()
  const key = Wallet.createRandom()
  const owned = await ethers.deployContract('OwnedWallet', [key.address])
  const approving = await ethers.deployContract('ApprovingWallet')
  return { ...base, key, owned, approving }
}

describe('ModelRegistry.registerBySignature', function () {
  /** A registration, a deadline an hour away, and how to send them. */
  async function signing() {
    const base = await loadFixture(deployWallets)
    const { ledger, publisher, stranger } = base
    const registration = registrationOf(publisher.address, { parents: [{ model: base.a, relation: 'adapter' }] })
    const deadline = BigInt(await time.latest()) + 3600n
    const send = (signature: string, signer: string = publisher.address, named = registration) =>
      ledger.connect(stranger).registerBySignature(registrationStruct(named), signer, 0, deadline, signature)
    const sign = (
      signer: Parameters<typeof signRegistration>[1] = publisher,
      named = registration,
      domain: Parameters<typeof signRegistration>[4] = {},
    ) => signRegistration(ledger, signer, named, deadline, domain)
    const refuse = async (sent: ReturnType<typeof send>, signer: string = publisher.address) =>
      expect(sent).to.be.revertedWithCustomError(ledger, 'ModelRegistryInvalidSignature').withArgs(signer)
    return { ...base, registration, deadline, send, sign, refuse }
  }

  it('registers for a key, sent by anybody, and emits what a registration emits', async function () {
    const { ledger, publisher, a, registration, send, sign } = await signing()
    const model = modelIdOf(registration)
    expect(await eventsOf(send(await sign()), ledger)).to.deep.equal([
      [
        'ModelRegistered',
        model,
        publisher.address,
        registration.weights,
        registration.tensors,
        registration.annex,
        registration.datasets,
        registration.method,
        ZERO_DIGEST,
        [[a, 2n]],
        registration.uri,
      ],
      ['TensorsStated', registration.tensors, model],
      ['ParentDeclared', a, model, 2n],
    ])
    expect((await ledger.publisherAndStatusOf(model))[0]).to.equal(publisher.address)
    expect((await ledger.modelOf(model)).registeredAt).to.equal(BigInt(await time.latest()))
  })

  it('registers for an operator, and for a controller after a handover', async function () {
    const { ledger, publisher, operator, controller, registration, deadline, send, sign } = await signing()
    await send(await sign(operator), operator.address)
    await ledger.connect(publisher).proposeController(publisher, controller)
    await ledger.connect(controller).acceptController(publisher)
    const inNext = async (signer: typeof publisher, named: typeof registration, claimed = signer) => {
      const signature = await signRegistration(ledger, signer, named, deadline, {}, 1n)
      return ledger.registerBySignature(registrationStruct(named), claimed, 1, deadline, signature)
    }
    const last = { ...registration, weights: digestOf('last') }
    for (const former of [publisher, operator]) {
      await expect(inNext(former, last))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
        .withArgs(publisher.address, former.address, 1n)
    }
    await expect(inNext(publisher, last, controller))
      .to.be.revertedWithCustomError(ledger, 'ModelRegistryInvalidSignature')
      .withArgs(controller.address)
    await inNext(controller, last)
  })

  it('takes no signature of an earlier epoch, even if control comes back and the operator is named again', async function () {
    const { ledger, publisher, operator, controller, registration, deadline, send, sign, refuse } = await signing()
    const signed = [
      [publisher, await sign()],
      [operator, await sign(operator)],
    ] as const
    for (const [from, to] of [
      [publisher, controller],
      [controller, publisher],
    ] as const) {
      await ledger.connect(from).proposeController(publisher, to)
      await ledger.connect(to).acceptController(publisher)
    }
    await ledger.connect(publisher).setOperator(publisher, operator, ALL_SCOPES, FOREVER)
    for (const [signer, signature] of signed) {
      await expect(send(signature, signer.address))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryOtherEpoch')
        .withArgs(publisher.address, 0n, 2n)
      // Stating the new epoch beside the old signature does not help.
      const sent = ledger.registerBySignature(registrationStruct(registration), signer, 2, deadline, signature)
      await refuse(sent, signer.address)
    }
  })

  it('takes a signature for a later epoch in that epoch only', async function () {
    const { ledger, publisher, registration, deadline } = await signing()
    const signature = await signRegistration(ledger, publisher, registration, deadline, {}, 1n)
    const send = (epoch: number) =>
      ledger.registerBySignature(registrationStruct(registration), publisher, epoch, deadline, signature)
    await expect(send(1))
      .to.be.revertedWithCustomError(ledger, 'ModelRegistryOtherEpoch')
      .withArgs(publisher.address, 1n, 0n)
    await expect(send(0)).to.be.revertedWithCustomError(ledger, 'ModelRegistryInvalidSignature')
    await ledger.connect(publisher).proposeController(publisher, publisher)
    await ledger.connect(publisher).acceptController(publisher)
    await send(1)
    expect((await ledger.publisherAndStatusOf(modelIdOf(registration)))[0]).to.equal(publisher.address)
  })

  it('takes no signature of an operator that was removed, or that has another scope', async function () {
    const { ledger, publisher, operator, other, send, sign } = await signing()
    await ledger.connect(publisher).setOperator(publisher, other, ALL_SCOPES - 1, FOREVER)
    await ledger.connect(publisher).setOperator(publisher, operator, 0, 0)
    for (const signer of [operator, other]) {
      await expect(send(await sign(signer), signer.address))
        .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
        .withArgs(publisher.address, signer.address, 1n)
    }
  })

  it('reverts for a signer that may not act for the publisher, although it signed', async function () {
    const { ledger, publisher, stranger, send, sign } = await signing()
    await expect(send(await sign(stranger), stranger.address))
      .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
      .withArgs(publisher.address, stranger.address, 1n)
  })

  it('reverts for the signature of another key, operator or not', async function () {
    const { stranger, operator, send, sign, refuse } = await signing()
    await refuse(send(await sign(stranger)))
    await refuse(send(await sign(operator)))
  })

  it('reverts for a signature of something else', async function () {
    const { ledger, publisher, registration, deadline, send, sign, refuse } = await signing()
    await refuse(send(await sign(publisher, { ...registration, uri: 'https://other.example' })))
    await refuse(send(await sign(publisher, { ...registration, parents: [] })))
    await refuse(send(await signRegistration(ledger, publisher, registration, deadline + 1n)))
    await refuse(send(await publisher.signMessage(modelIdOf(registration))))
  })

  it('reverts for a signature for another chain, contract, name or version', async function () {
    const { publisher, registration, credentials, send, sign, refuse } = await signing()
    for (const domain of [
      { chainId: 1n },
      { verifyingContract: await credentials.getAddress() },
      { name: 'Stemma License Credential' },
      { version: '2' },
    ]) {
      await refuse(send(await sign(publisher, registration, domain)))
    }
  })

  it('reverts for a second submission, because an id is used once', async function () {
    const { ledger, registration, send, sign } = await signing()
    const signature = await sign()
    await send(signature)
    await expect(send(signature))
      .to.be.revertedWithCustomError(ledger, 'ModelRegistryAlreadyRegistered')
      .withArgs(modelIdOf(registration))
  })

  it('reverts for the signature of a model that the publisher registered itself meanwhile', async function () {
    const { ledger, publisher, registration, send, sign } = await signing()
    await ledger.connect(publisher).register(registrationStruct(registration))
    await expect(send(await sign()))
      .to.be.revertedWithCustomError(ledger, 'ModelRegistryAlreadyRegistered')
      .withArgs(modelIdOf(registration))
  })

  it('reverts for a parent that was recalled between signing and sending', async function () {
    const { ledger, publisher, a, send, sign } = await signing()
    const signature = await sign()
    await ledger.connect(publisher).recall(a, 'poisoned')
    await expect(send(signature)).to.be.revertedWithCustomError(ledger, 'ModelRegistryRecalledParent').withArgs(a)
  })

  for (const [offset, accepted] of [
    [-1n, true],
    [0n, true],
    [1n, false],
  ] as const) {
    it(`${accepted ? 'accepts' : 'rejects'} a signature ${offset} s from its deadline`, async function () {
      const { ledger, deadline, send, sign } = await signing()
      const signature = await sign()
      await time.setNextBlockTimestamp(deadline + offset)
      if (accepted) await send(signature)
      else {
        await expect(send(signature))
          .to.be.revertedWithCustomError(ledger, 'ModelRegistrySignatureExpired')
          .withArgs(deadline)
      }
    })
  }

  for (const [offset, accepted] of [
    [-1n, true],
    [0n, false],
  ] as const) {
    it(`${accepted ? 'accepts' : 'rejects'} an operator's signature ${offset} s from the operator's end`, async function () {
      const { ledger, publisher, other, send, sign } = await signing()
      const until = BigInt(await time.latest()) + 100n
      await ledger.connect(publisher).setOperator(publisher, other, ALL_SCOPES, until)
      const signature = await sign(other)
      await time.setNextBlockTimestamp(until + offset)
      if (accepted) await send(signature, other.address)
      else {
        await expect(send(signature, other.address))
          .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
          .withArgs(publisher.address, other.address, 1n)
      }
    })
  }

  it('reverts for signatures in other forms: high s, compact, empty, too short, too long, another v, all zero', async function () {
    const { send, sign, refuse } = await signing()
    const good = await sign()
    const { compactSerialized } = Signature.from(good)
    for (const form of [
      malleable(good),
      compactSerialized,
      '0x',
      '0x00',
      good.slice(0, -2),
      `${good}00`,
      `${good.slice(0, -2)}00`,
      `${good.slice(0, -2)}1d`,
      `0x${'00'.repeat(65)}`,
      `0x${'ff'.repeat(65)}`,
      `0x${'ab'.repeat(5000)}`,
    ]) {
      await refuse(send(form))
    }
    await send(good)
  })

  it("never accepts a broken signature as the zero address's", async function () {
    const { ledger, publisher, send } = await signing()
    const zero = `0x${'00'.repeat(20)}`
    await ledger.connect(publisher).setOperator(publisher, zero, ALL_SCOPES, FOREVER)
    await expect(send(`0x${'00'.repeat(65)}`, zero))
      .to.be.revertedWithCustomError(ledger, 'ModelRegistryInvalidSignature')
      .withArgs(zero)
  })

  it('never accepts a precompiled contract as a wallet', async function () {
    const { ledger, publisher, send, sign } = await signing()
    for (const number of [1, 2, 3, 4, 5, 9]) {
      const precompile = ethers.getAddress(`0x${number.toString(16).padStart(40, '0')}`)
      await ledger.connect(publisher).setOperator(publisher, precompile, ALL_SCOPES, FOREVER)
      await expect(send(await sign(), precompile))
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryInvalidSignature')
        .withArgs(precompile)
    }
  })

  it("registers for a contract publisher whose wallet confirms its owner's signature", async function () {
    const { ledger, owned, key, stranger, registration, send, sign, refuse } = await signing()
    const wallet = await owned.getAddress()
    const ofWallet = { ...registration, publisher: registrationOf(wallet).publisher }
    await refuse(send(await sign(stranger, ofWallet), wallet, ofWallet), wallet)
    await expect(send(await sign(key, ofWallet), key.address, ofWallet))
      .to.be.revertedWithCustomError(ledger, 'PublisherRegistryUnauthorized')
      .withArgs(wallet, key.address, 1n)
    await send(await sign(key, ofWallet), wallet, ofWallet)
    expect((await ledger.publisherAndStatusOf(modelIdOf(ofWallet)))[0]).to.equal(wallet)
  })

  it('registers for a contract publisher that sends the transaction itself', async function () {
    const { ledger, owned, registration } = await signing()
    const ofWallet = { ...registration, publisher: registrationOf(await owned.getAddress()).publisher }
    await owned
      .getFunction('execute')
      .send(ledger, ledger.interface.encodeFunctionData('register', [registrationStruct(ofWallet)]))
    expect((await ledger.publisherAndStatusOf(modelIdOf(ofWallet)))[0]).to.equal(await owned.getAddress())
  })

  it('asks a wallet about exactly the EIP-712 digest, forwards any bytes, and follows its current answer', async function () {
    const { ledger, approving, registration, deadline, send, refuse } = await signing()
    const wallet = await approving.getAddress()
    const ofWallet = { ...registration, publisher: registrationOf(wallet).publisher }
    const domain = ethers.TypedDataEncoder.hashDomain({
      name: 'Stemma',
      version: '1',
      chainId: (await ethers.provider.getNetwork()).chainId,
      verifyingContract: await ledger.getAddress(),
    })
    const type =
      'Register(Registration registration,uint32 epoch,uint48 deadline)Parent(bytes32 model,uint8 relation)Registration(address publisher,bytes32 weights,bytes32 tensors,bytes32 annex,bytes32 datasets,bytes32 method,bytes32 terms,Parent[] parents,string uri)'
    const struct = ethers.keccak256(
      ethers.AbiCoder.defaultAbiCoder().encode(
        ['bytes32', 'bytes32', 'uint32', 'uint48'],
        [ethers.id(type), modelIdOf(ofWallet), 0, deadline],
      ),
    )
    const digest = ethers.keccak256(ethers.concat(['0x1901', domain, struct]))
    await approving.getFunction('approve').send(digest)
    for (const signature of ['0x', '0x01', `0x${'02'.repeat(65)}`, `0x${'03'.repeat(5000)}`]) {
      await ledger.registerBySignature.staticCall(registrationStruct(ofWallet), wallet, 0, deadline, signature)
    }
    await approving.getFunction('approve').send(ZeroHash)
    await refuse(send('0x', wallet, ofWallet), wallet)
    await approving.getFunction('approve').send(digest)
    await send('0x', wallet, ofWallet)
  })

  for (const [way, name] of [
    'refuses',
    'reverts',
    'reverts with 128 KiB',
    'returns nothing',
    'returns 31 bytes',
    'returns the right selector with dirty lower bits',
    'returns 128 KiB of zeros',
    undefined,
    'burns all gas',
    'runs into an invalid instruction',
    'tries to write',
    'tries to re-enter',
  ].entries()) {
    if (name === undefined) continue
    it(`reverts for a wallet that ${name}`, async function () {
      const { ledger, stranger, registration, deadline, sign } = await signing()
      const wallet = await ethers.deployContract('HostileWallet', [way])
      const address = await wallet.getAddress()
      const ofWallet = { ...registration, publisher: registrationOf(address).publisher }
      const call = ledger.interface.encodeFunctionData('register', [registrationStruct(ofWallet)])
      await wallet.getFunction('setCall').send(ledger, call)
      await expect(
        ledger
          .connect(stranger)
          .registerBySignature(registrationStruct(ofWallet), address, 0, deadline, await sign(stranger, ofWallet), {
            gasLimit: 16_000_000,
          }),
      )
        .to.be.revertedWithCustomError(ledger, 'ModelRegistryInvalidSignature')
        .withArgs(address)
      await expect(ledger.publisherAndStatusOf(modelIdOf(ofWallet))).to.be.revertedWithCustomError(
        ledger,
        'ModelRegistryUnknownModel',
      )
    })
  }

  it('does not copy data that a wallet returns beyond its answer', async function () {
    const { ledger, registration, deadline } = await signing()
    const wallet = await ethers.deployContract('HostileWallet', [7])
    const address = await wallet.getAddress()
    const ofWallet = { ...registration, publisher: registrationOf(address).publisher }
    await expect(
      ledger.registerBySignature(registrationStruct(ofWallet), address, 0, deadline, '0x', { gasLimit: 300_000 }),
    ).to.emit(ledger, 'ModelRegistered')
  })

  it('lets the key of an account that delegates to a contract (EIP-7702) go on signing', async function () {
    const { ledger, registration, send, sign, owned } = await signing()
    const key = Wallet.createRandom()
    // The code that EIP-7702 puts into the account of a delegating key.
    await networkHelpers.setCode(key.address, ethers.concat(['0xef0100', await owned.getAddress()]))
    const ofKey = { ...registration, publisher: registrationOf(key.address).publisher }
    await send(await sign(key, ofKey), key.address, ofKey)
    expect((await ledger.publisherAndStatusOf(modelIdOf(ofKey)))[0]).to.equal(key.address)
  })
})
