import { expect } from 'chai'
import { BrowserProvider } from 'ethers'

import { modelIdOf } from '../../src/core/registration.ts'
import { connect } from '../../src/sdk/connect.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { signRegistration } from '../../src/sdk/registry/signRegistration.ts'
import { networkHelpers, provider as chain, registrationOf } from '../fixtures/ledger.ts'
import { deployLedger, rejectionOf } from '../fixtures/sdk.ts'

const { loadFixture } = networkHelpers

/** What wallets answer to a request to sign or send (EIP-1193), and the code that it gets. */
const REFUSALS: readonly [code: number, message: string, expected: string][] = [
  [4001, 'MetaMask Tx Signature: User denied transaction signature.', 'SIGNING_REJECTED'],
  [4100, 'The requested account and/or method has not been authorized by the user.', 'WALLET_UNAUTHORIZED'],
  [4200, 'The Provider does not support the requested method.', 'WALLET_UNSUPPORTED'],
  [4900, 'The Provider is disconnected from all chains.', 'WALLET_DISCONNECTED'],
  [4901, 'The Provider is not connected to the requested chain.', 'WALLET_DISCONNECTED'],
  [4902, 'Unrecognized chain ID. Try adding the chain first.', 'WRONG_CHAIN'],
  [5000, 'User rejected.', 'SIGNING_REJECTED'],
  [5001, 'User disapproved requested chains', 'SIGNING_REJECTED'],
  [5002, 'User disapproved requested json-rpc methods', 'SIGNING_REJECTED'],
  [-32_002, "Request of type 'eth_sendTransaction' already pending for origin https://page.example.", 'WALLET_PENDING'],
  [-32_603, 'Ledger: Blind signing must be enabled', 'BLIND_SIGNING'],
  [-32_603, 'Ledger device: Invalid data received (0x6a80)', 'BLIND_SIGNING'],
  [-32_603, 'Ledger device: Condition of use not satisfied (denied by the user?) (0x6985)', 'SIGNING_REJECTED'],
  [-32_603, 'Ledger device: Locked device (0x5515)', 'WALLET_LOCKED'],
  [-32_603, 'Ledger device: UNKNOWN_ERROR (0x6d02)', 'WALLET_APP'],
  [-32_603, 'Action cancelled by user', 'SIGNING_REJECTED'],
  [-32_603, 'Provided chainId "31337" must match the active chainId "1"', 'WRONG_CHAIN'],
  [-32_603, 'something that no list knows', 'TRANSACTION_REFUSED'],
]

describe('a wallet that refuses', function () {
  it('is understood when it sends and when it signs, and its words are kept', async function () {
    const { deployment, publisher } = await loadFixture(deployLedger)
    for (const [code, message, expected] of REFUSALS) {
      const wallet = {
        request: async ({ method, params }: { method: string; params?: unknown[] }): Promise<unknown> => {
          if (method !== 'eth_sendTransaction' && method !== 'eth_signTypedData_v4') {
            return chain.request({ method, params: params ?? [] })
          }
          throw Object.assign(new Error(message), { code })
        },
      }
      const browser = new BrowserProvider(wallet, undefined, { cacheTimeout: -1 })
      const ledger = await connect(await browser.getSigner(1), deployment)
      const registration = registrationOf(publisher.address)
      for (const action of [
        () => registerModel(ledger, { registration, onSent: () => expect.fail('it was sent') }),
        () => signRegistration(ledger, { registration, deadline: 2_000_000_000 }),
      ]) {
        const error = (await rejectionOf(action())) as Error & { code: string }
        expect([message, error.code]).to.deep.equal([message, expected])
        expect(error.message).to.contain(message)
        expect(error.cause).to.not.equal(undefined)
      }
    }
  })

  it('is not asked for what a contract refuses, nor given a nonce', async function () {
    const { deployment, publisher } = await loadFixture(deployLedger)
    const sent: Record<string, unknown>[] = []
    const wallet = {
      request: async ({ method, params }: { method: string; params?: unknown[] }): Promise<unknown> => {
        if (method === 'eth_sendTransaction') sent.push(params![0] as Record<string, unknown>)
        return chain.request({ method, params: params ?? [] })
      },
    }
    const browser = new BrowserProvider(wallet, undefined, { cacheTimeout: -1, pollingInterval: 10 })
    const ledger = await connect(await browser.getSigner(1), deployment)
    const registrations = ['a', 'b', 'c'].map((name) =>
      registrationOf(publisher.address, { uri: `https://models.example/${name}` }),
    )
    const done = await Promise.all(registrations.map((registration) => registerModel(ledger, { registration })))
    expect(done.map(({ model }) => model)).to.deep.equal(registrations.map(modelIdOf))
    expect(sent.map(({ nonce }) => nonce)).to.deep.equal([undefined, undefined, undefined])
    const again = (await rejectionOf(registerModel(ledger, { registration: registrations[0]! }))) as { code: string }
    expect([again.code, sent.length]).to.deep.equal(['MODEL_REGISTRY_ALREADY_REGISTERED', 3])
    const fourth = registrationOf(publisher.address, { uri: 'https://models.example/d' })
    const nonce = await browser.getTransactionCount(publisher.address)
    await registerModel(ledger, { registration: fourth, nonce })
    expect(Number(sent[3]!.nonce)).to.equal(nonce)
  })
})
