import { expect } from 'chai'
import { HDNodeWallet } from 'ethers'
import { createPublicClient, createWalletClient, custom, type WalletClient } from 'viem'
import { mnemonicToAccount, toAccount } from 'viem/accounts'

import { parseAddress } from '../../src/core/hex.ts'
import { modelIdOf } from '../../src/core/registration.ts'
import { connect, openLedger, StaleDeploymentError } from '../../src/sdk/connect.ts'
import { WrongChainError } from '../../src/sdk/wrongChain.ts'
import { readModel } from '../../src/sdk/registry/readModel.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { signRegistration } from '../../src/sdk/registry/signRegistration.ts'
import { ReadOnlyError } from '../../src/sdk/transact.ts'
import { SigningRejectedError } from '../../src/sdk/writeErrors.ts'
import { connectViem, viemRunner } from '../../src/viem/connectViem.ts'
import { MissingAccountError } from '../../src/viem/viemClients.ts'
import { networkHelpers, provider as chain, registrationOf } from '../fixtures/ledger.ts'
import { deployLedger, expectError, expectRefusal, provider, rejectionOf } from '../fixtures/sdk.ts'
import { viemClients } from '../fixtures/viem.ts'

const { loadFixture } = networkHelpers

/** The words that Hardhat's accounts come from: the fixture's publisher is the second. */
const MNEMONIC = 'test test test test test test test test test test test junk'
const DEADLINE = 2_000_000_000

type Request = { method: string; params?: unknown }

describe('connectViem', function () {
  const { public: reader, walletOf } = viemClients(chain)
  const account = mnemonicToAccount(MNEMONIC, { addressIndex: 1 })
  const local = createWalletClient({ account, transport: custom(chain) })

  /** The chain with an answer of a wallet to some methods, and what was asked. */
  function walletThat(answers: Record<string, () => unknown>, address = account.address) {
    const asked: string[] = []
    const request = async ({ method, params }: Request): Promise<unknown> => {
      asked.push(method)
      return method in answers ? answers[method]!() : chain.request({ method, params: params as never })
    }
    // viem's own number of repetitions, which is 3.
    return {
      asked,
      wallet: createWalletClient({ account: address, transport: custom({ request }, { retryDelay: 1 }) }),
    }
  }

  it('reads by a public client alone, and neither signs nor sends', async function () {
    const { deployment, publisher } = await loadFixture(deployLedger)
    const ledger = await connectViem({ public: reader }, deployment)
    const registration = registrationOf(publisher.address)
    await expectError(registerModel(ledger, { registration }), ReadOnlyError)
    await expectError(signRegistration(ledger, { registration, deadline: DEADLINE }), ReadOnlyError)
  })

  it('registers by an account whose key the wallet holds, and by one that signs here', async function () {
    const { deployment, publisher } = await loadFixture(deployLedger)
    for (const [index, wallet] of [walletOf(publisher.address), local].entries()) {
      const ledger = await connectViem({ public: reader, wallet }, deployment)
      const registration = registrationOf(publisher.address, { uri: `https://models.example/acme/${index}` })
      const sent = await registerModel(ledger, { registration })
      expect(sent.model).to.equal(modelIdOf(registration))
      expect((await readModel(publisher.ledger, sent)).registration).to.deep.equal(registration)
      const receipt = (await provider.getTransactionReceipt(sent.transaction!))!
      expect([receipt.from.toLowerCase(), receipt.blockNumber]).to.deep.equal([publisher.address, sent.block])
    }
  })

  it('keeps the key of a local account from the node: it is asked to send, never to sign', async function () {
    const { deployment, publisher } = await loadFixture(deployLedger)
    const { asked, wallet: through } = walletThat({})
    const wallet = createWalletClient({ account, transport: custom({ request: through.request as never }) })
    const ledger = openLedger(viemRunner({ public: reader, wallet }, deployment), deployment)
    const registration = registrationOf(publisher.address)
    await registerModel(ledger, { registration })
    await signRegistration(ledger, { registration, deadline: DEADLINE })
    expect(asked).to.deep.equal(['eth_chainId', 'eth_sendRawTransaction'])
  })

  it('signs what a wallet of ethers with the same key signs', async function () {
    const { deployment, publisher } = await loadFixture(deployLedger)
    const key = HDNodeWallet.fromPhrase(MNEMONIC, undefined, "m/44'/60'/0'/0/1").connect(provider)
    const registration = registrationOf(publisher.address, {
      parents: [{ model: modelIdOf(registrationOf(publisher.address)), relation: 'finetune' }],
    })
    const signatures = await Promise.all(
      [
        key,
        ...[local, walletOf(publisher.address)].map((wallet) => viemRunner({ public: reader, wallet }, deployment)),
      ].map(
        async (runner) =>
          (await signRegistration(openLedger(runner, deployment), { registration, deadline: DEADLINE })).signature,
      ),
    )
    expect(new Set(signatures).size).to.equal(1)
  })

  it('decodes what a contract refuses, by either account', async function () {
    const { deployment, tuner, publisher } = await loadFixture(deployLedger)
    const registration = registrationOf(tuner.address)
    for (const wallet of [walletOf(publisher.address), local]) {
      const ledger = await connectViem({ public: reader, wallet }, deployment)
      await expectRefusal(registerModel(ledger, { registration }), 'PublisherRegistryUnauthorized', {
        publisher: tuner.address,
        account: publisher.address,
        scope: 1n,
      })
    }
  })

  it('refuses a wallet client without an account', async function () {
    const { deployment } = await loadFixture(deployLedger)
    const wallet = createWalletClient({ transport: custom(chain) })
    await expectError(
      connectViem({ public: reader, wallet }, deployment),
      MissingAccountError,
      'createWalletClient({ account',
    )
  })

  it('refuses a node of another chain, and one without the contracts', async function () {
    const { deployment } = await loadFixture(deployLedger)
    await expectError(
      connectViem({ public: reader }, { ...deployment, chainId: 4242 }),
      WrongChainError,
      'the node is on chain 31337',
    )
    const contracts = { ...deployment.contracts, ledger: parseAddress(`0x${'99'.repeat(20)}`) }
    await expectError(
      connectViem({ public: reader }, { ...deployment, contracts }),
      StaleDeploymentError,
      'its ledger at',
    )
  })

  it('asks a wallet on another chain for nothing', async function () {
    const { deployment, publisher } = await loadFixture(deployLedger)
    const registration = registrationOf(publisher.address)
    const { asked, wallet } = walletThat({ eth_chainId: () => '0x1' })
    const ofLocal = createWalletClient({ account, transport: custom({ request: wallet.request as never }) })
    const ledger = await connectViem({ public: reader, wallet }, deployment)
    const words = ['the wallet is on chain 1.', 'Switch the wallet to chain 31337']
    await expectError(registerModel(ledger, { registration }), WrongChainError, ...words)
    await expectError(signRegistration(ledger, { registration, deadline: DEADLINE }), WrongChainError, ...words)
    const alike = await connectViem({ public: reader, wallet: ofLocal }, deployment)
    await expectError(registerModel(alike, { registration }), WrongChainError, ...words)
    expect(new Set(asked)).to.deep.equal(new Set(['eth_chainId']))
  })

  it('says that the owner declined, in each way of a wallet or an account to say so', async function () {
    const { deployment, publisher } = await loadFixture(deployLedger)
    const registration = registrationOf(publisher.address)
    const declines = (code: number, message: string) => () => {
      throw Object.assign(new Error(message), { code })
    }
    // EIP-1193, and WalletConnect's CAIP-25.
    const wallets: WalletClient[] = [
      declines(4001, 'User rejected the request.'),
      declines(5000, 'User rejected.'),
    ].map((decline) => walletThat({ eth_sendTransaction: decline, eth_signTypedData_v4: decline }).wallet)
    const decline = async (): Promise<never> => declines(4001, 'declined on the device')()
    const device = toAccount({
      address: account.address,
      signMessage: decline,
      signTransaction: decline,
      signTypedData: decline,
    })
    wallets.push(createWalletClient({ account: device, transport: custom(chain) }))
    for (const wallet of wallets) {
      const ledger = await connectViem({ public: reader, wallet: wallet as typeof local }, deployment)
      await expectError(registerModel(ledger, { registration }), SigningRejectedError, 'nothing was sent')
      await expectError(signRegistration(ledger, { registration, deadline: DEADLINE }), SigningRejectedError)
    }
  })

  it('asks once what a person confirms, though viem repeats what fails', async function () {
    const { deployment, publisher } = await loadFixture(deployLedger)
    const { asked, wallet } = walletThat({
      eth_sendTransaction: () => {
        throw Object.assign(new Error('Ledger: Blind signing must be enabled'), { code: -32_603 })
      },
    })
    const registration = registrationOf(publisher.address)
    const [byViem, byEthers] = await Promise.all(
      [viemRunner({ public: reader, wallet }, deployment), await provider.getSigner(1)].map(async (runner, index) => {
        const ledger = await connect(
          index === 0
            ? runner
            : Object.create(runner, {
                sendTransaction: {
                  value: () => {
                    throw provider.getRpcError(
                      { id: 1, jsonrpc: '2.0', method: 'eth_sendTransaction', params: [] },
                      { id: 1, error: { code: -32_603, message: 'Ledger: Blind signing must be enabled' } },
                    )
                  },
                },
              }),
          deployment,
        )
        return (await rejectionOf(registerModel(ledger, { registration }))) as { code: string }
      }),
    )
    expect(byViem!.code).to.equal(byEthers!.code)
    expect(asked.filter((method) => method === 'eth_sendTransaction')).to.have.length(1)
  })

  it('signs transactions of each kind that a chain may want', async function () {
    const { deployment, publisher } = await loadFixture(deployLedger)
    const signer = viemRunner({ public: reader, wallet: local }, deployment)
    for (const type of [0, 1, 2]) {
      const response = await signer.sendTransaction!({ to: publisher.address, value: 0n, type })
      const receipt = (await response.wait())!
      expect([receipt.type, receipt.from.toLowerCase()]).to.deep.equal([type, publisher.address])
    }
  })

  it('reads the chain through its public client only, where the wallet is a wallet', async function () {
    const { deployment, publisher } = await loadFixture(deployLedger)
    const { asked, wallet } = walletThat({})
    const counted: string[] = []
    const request = ({ method, params }: Request): Promise<unknown> => {
      counted.push(method)
      return chain.request({ method, params: params as never })
    }
    const ledger = await connectViem(
      { public: createPublicClient({ transport: custom({ request }) }), wallet },
      deployment,
    )
    await registerModel(ledger, { registration: registrationOf(publisher.address) })
    expect(asked).to.deep.equal(['eth_chainId', 'eth_sendTransaction'])
    expect(counted).to.include('eth_getTransactionReceipt')
    expect(counted).to.not.include('eth_sendTransaction')
  })
})
