import { expect } from 'chai'
import { BrowserProvider } from 'ethers'

import { StemmaError } from '../../src/core/errors.ts'
import { hasUnsafeCharacters } from '../../src/core/text.ts'
import { explainNodeError } from '../../src/sdk/nodeErrors.ts'
import { ownWords, printable } from '../../src/sdk/nodeWords.ts'
import { explainWriteError, wordsOf } from '../../src/sdk/writeErrors.ts'
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

  it('may throw anything: errors that throw, hold themselves, or are megabytes, become an error of Stemma', async function () {
    const cyclic = Object.assign(new Error('round'), { data: {} as Record<string, unknown> })
    Object.assign(cyclic, { cause: cyclic })
    cyclic.data.data = cyclic.data
    let deep: object = {}
    for (let level = 0; level < 100_000; level++) deep = { cause: deep, error: deep }
    const hostile: unknown[] = [
      cyclic,
      deep,
      Object.create(null),
      Object.assign(new Error('x'.repeat(10_000_000)), { code: -32_603 }),
      Object.assign(new Error('a\u001b[31m\u0000b\u202e'), { code: -32_603 }),
      ...['code', 'message', 'data', 'name', 'cause', 'info', 'shortMessage'].map((key) =>
        Object.defineProperty({ code: 1, message: 'm' }, key, {
          get() {
            throw new Error('gotcha')
          },
        }),
      ),
      undefined,
      null,
      7n,
      Symbol('odd'),
    ]
    for (const [index, thrown] of hostile.entries()) {
      for (const explain of [explainWriteError, explainNodeError]) {
        const error = await explain(thrown)
        expect(error, `${index}`).to.be.instanceOf(Error)
        if (error === thrown) continue
        expect(error, `${index}`).to.be.instanceOf(StemmaError)
        expect(error.message.length, `${index}`).to.be.lessThan(1000)
        expect(hasUnsafeCharacters(error.message), `${index}`).to.equal(false)
      }
    }
  })

  it('may name addresses with keys, which are left out in every spelling', async function () {
    const KEY = 'abcdef0123456789'
    for (const words of [
      `https://node.example/v2/${KEY}`,
      `https:\\/\\/node.example\\/v2\\/${KEY}`,
      `https://user:${KEY}@node.example`,
      `https://user:p@${KEY}@node.example/`,
      `https://node.example?key=${KEY}`,
      `wss://node.example/#${KEY}`,
      `node.example/v2/${KEY}`,
      `node.example:443/${KEY} failed`,
      `api_key=${KEY}`,
      `Authorization: Bearer ${KEY}.${KEY}`,
      `{"apiKey":"${KEY}"}`,
    ]) {
      const error = Object.assign(new Error(`refused by ${words}`), { code: -32_603 })
      for (const explain of [explainWriteError, explainNodeError]) {
        const { message } = await explain(Object.assign(error, { shortMessage: error.message, code: 'UNKNOWN_ERROR' }))
        expect(message, words).to.contain('refused by')
        if (explain === explainWriteError) expect(message, words).to.not.contain(KEY)
      }
      expect(printable(error.message), words).to.not.contain(KEY)
      expect(wordsOf(error), words).to.not.contain(KEY)
      expect(ownWords(error), words).to.not.contain(KEY)
    }
  })
})
