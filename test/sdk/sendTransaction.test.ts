import { expect } from 'chai'
import { NonceManager, Wallet } from 'ethers'

import { ZERO_DIGEST, type Hex, type ModelId } from '../../src/core/hex.ts'
import { modelIdOf, type Registration } from '../../src/core/registration.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { WrongChainError } from '../../src/sdk/wrongChain.ts'
import { ContractError } from '../../src/sdk/contractError.ts'
import { readModel } from '../../src/sdk/registry/readModel.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { registerModels } from '../../src/sdk/registry/registerModels.ts'
import { TransactionUnwatchedError } from '../../src/sdk/transactionErrors.ts'
import {
  FeeTooLowError,
  GasTooHighError,
  GasTooLowError,
  InsufficientFundsError,
  InvalidFeesError,
  NonceUsedError,
  ReplacementUnderpricedError,
} from '../../src/sdk/writeErrors.ts'
import { expectError, rejectionOf } from '../fixtures/sdk.ts'
import { deferred, startSendingChain, type TestProvider } from '../fixtures/sendingChain.ts'

const UNKNOWN = `0x${'77'.repeat(32)}` as ModelId

describe('sendTransaction', function () {
  let chain: Awaited<ReturnType<typeof startSendingChain>>

  before(async function () {
    chain = await startSendingChain()
  })
  beforeEach(() => chain.setMining(true))
  after(() => chain.stop())

  const noncesOf = async (hashes: readonly (Hex | undefined)[]): Promise<number[]> =>
    Promise.all(hashes.map(async (hash) => (await chain.node.getTransaction(hash!))!.nonce))

  it('sends what one key writes at once in turn, with nonces in the order of the calls', async function () {
    const { ledger, address } = chain.takeKey()
    const registrations = Array.from({ length: 50 }, () => chain.nextRegistration(address))
    const sent = await Promise.all(registrations.map((registration) => registerModel(ledger, { registration })))
    expect(sent.map(({ model }) => model)).to.deep.equal(registrations.map(modelIdOf))
    expect(await noncesOf(sent.map(({ transaction }) => transaction))).to.deep.equal([...registrations.keys()])
    expect((await readModel(ledger, { model: sent[49]!.model })).model).to.equal(sent[49]!.model)
  })

  it('does so across ledgers and providers of one process, while no block is made', async function () {
    await chain.setMining(false)
    const { ledgerOf, address } = chain.takeKey()
    const ledgers = Array.from({ length: 4 }, () => ledgerOf(chain.providerOf()))
    let accepted = 0
    const all = deferred<void>()
    const sending = ledgers.flatMap((ledger) =>
      [0, 1].map(() =>
        registerModel(ledger, {
          registration: chain.nextRegistration(address),
          onSent: () => ++accepted === 8 && all.resolve(),
        }),
      ),
    )
    Promise.all(sending).catch(all.reject)
    await all.promise
    await chain.mine()
    const sent = await Promise.all(sending)
    const nonces = await noncesOf(sent.map(({ transaction }) => transaction))
    expect(nonces.toSorted((a, b) => a - b)).to.deep.equal([...Array(8).keys()])
  })

  it('leaves no gap where a write between others fails', async function () {
    const { ledger, address, provider } = chain.takeKey()
    const refused = (): Registration => ({
      ...chain.nextRegistration(address),
      parents: [{ model: UNKNOWN, relation: 'finetune' }],
    })
    const fails = [false, true, false, true, true, false]
    const sending = fails.map((isRefused) =>
      registerModel(ledger, { registration: isRefused ? refused() : chain.nextRegistration(address) }),
    )
    const settled = await Promise.allSettled(sending)
    expect(settled.map(({ status }) => status === 'rejected')).to.deep.equal(fails)
    for (const each of settled) if (each.status === 'rejected') expect(each.reason).to.be.instanceOf(ContractError)
    expect(await provider.getTransactionCount(address)).to.equal(3)

    // Refused by the node itself, after the nonce was chosen.
    provider.before = (method, _params, ask) =>
      method === 'eth_sendRawTransaction' ? Promise.reject(nodeError(-32_000, 'txpool is full')) : ask()
    const full = (await rejectionOf(registerModel(ledger, { registration: chain.nextRegistration(address) }))) as Error
    expect([(full as ContractError).code, full.message.includes('txpool is full')]).to.deep.equal(['POOL_FULL', true])
    provider.before = (_method, _params, ask) => ask()
    const { transaction } = await registerModel(ledger, { registration: chain.nextRegistration(address) })
    expect(await noncesOf([transaction])).to.deep.equal([3])
  })

  it('takes the next nonce when another process was first with it', async function () {
    const { ledger, wallet, address, provider } = chain.takeKey()
    await registerModel(ledger, { registration: chain.nextRegistration(address) })
    await registerModel(ledger, { registration: chain.nextRegistration(address) })
    // A node that has not heard of the last transaction yet.
    provider.before = async (method, _params, ask) => (method === 'eth_getTransactionCount' ? '0x1' : ask())
    const { transaction } = await registerModel(ledger, { registration: chain.nextRegistration(address) })
    expect(await noncesOf([transaction])).to.deep.equal([2])

    await chain.setMining(false)
    provider.before = async (method, _params, ask) => (method === 'eth_getTransactionCount' ? '0x3' : ask())
    const dear = { maxFeePerGas: 500_000_000_000n, maxPriorityFeePerGas: 100_000_000_000n, gasLimit: 21_000n }
    await wallet.connect(chain.node).sendTransaction({ to: address, nonce: 3, ...dear })
    const accepted = deferred<Hex>()
    const after = registerModel(ledger, { registration: chain.nextRegistration(address), onSent: accepted.resolve })
    after.catch(accepted.reject)
    expect(await noncesOf([await accepted.promise])).to.deep.equal([4])
    provider.before = (_method, _params, ask) => ask()
    await chain.mine()
    await after
  })

  it('says so when a nonce that was given is used, or waits at the same fee', async function () {
    const { ledger, address } = chain.takeKey()
    await registerModel(ledger, { registration: chain.nextRegistration(address), nonce: 0 })
    const again = registerModel(ledger, { registration: chain.nextRegistration(address), nonce: 0 })
    await expectError(again, NonceUsedError, 'nonce too low', 'Leave the nonce out')
    await chain.setMining(false)
    const accepted = deferred<Hex>()
    const first = registerModel(ledger, { registration: chain.nextRegistration(address), onSent: accepted.resolve })
    first.catch(accepted.reject)
    await accepted.promise
    const second = registerModel(ledger, { registration: chain.nextRegistration(address), nonce: 1 })
    await expectError(second, ReplacementUnderpricedError, 'underpriced', '--max-fee')
    await chain.mine()
    await first
  })

  it('sends with the fees, the gas and the nonces that are given', async function () {
    const { ledger, address } = chain.takeKey()
    const fees = { maxFeePerGas: 90_000_000_000n, maxPriorityFeePerGas: 3_000_000_000n, gasLimit: 2_000_000n }
    const { transaction } = await registerModel(ledger, { registration: chain.nextRegistration(address), ...fees })
    const sent = (await chain.node.getTransaction(transaction!))!
    expect([sent.type, sent.maxFeePerGas, sent.maxPriorityFeePerGas, sent.gasLimit]).to.deep.equal([
      2,
      ...Object.values(fees),
    ])
    const legacy = await registerModel(ledger, {
      registration: chain.nextRegistration(address),
      gasPrice: 91_000_000_000n,
    })
    const { type, gasPrice } = (await chain.node.getTransaction(legacy.transaction!))!
    expect([type, gasPrice]).to.deep.equal([0, 91_000_000_000n])

    // All that the caller pays is less than the usual priority fee.
    const low = { maxFeePerGas: 2_000_000_000n }
    const cheap = await registerModel(ledger, { registration: chain.nextRegistration(address), ...low })
    expect((await chain.node.getTransaction(cheap.transaction!))!.maxFeePerGas).to.equal(2_000_000_000n)

    const registrations = Array.from({ length: 51 }, () => chain.nextRegistration(address))
    const { transactions } = await registerModels(ledger, { registrations, nonce: 3 })
    expect(await noncesOf(transactions.map((each) => each.transaction))).to.deep.equal([3, 4])
  })

  it('says what is wrong with fees, gas and funds, in the words of the node', async function () {
    const { ledger, address, deployment } = { ...chain.takeKey(), deployment: chain.deployment }
    const registration = chain.nextRegistration(address)
    const fails = (options: object) => registerModel(ledger, { registration, ...options })
    await expectError(fails({ gasLimit: 20_000n }), GasTooLowError, 'intrinsic gas', '--gas-limit')
    await expectError(fails({ gasLimit: 40_000_000n }), GasTooHighError)
    await expectError(fails({ maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }), FeeTooLowError, 'base fee')
    await expectError(fails({ maxFeePerGas: 1n, maxPriorityFeePerGas: 2n }), InvalidFeesError, '2 wei of 1 wei')
    const poor = Wallet.createRandom(chain.node)
    const ofPoor = { registration: chain.nextRegistration(poor.address.toLowerCase() as Registration['publisher']) }
    const unpaid = registerModel(openLedger(poor, deployment), { ...ofPoor, gasLimit: 1_000_000n })
    await expectError(unpaid, InsufficientFundsError, 'unds', 'nothing was sent')
  })

  it('hands a signed transaction over again when no answer comes, and sends it once', async function () {
    const { ledger, address, provider } = chain.takeKey()
    let asked = 0
    const lose =
      (isTaken: boolean): TestProvider['before'] =>
      async (method, _params, ask) => {
        if (method !== 'eth_sendRawTransaction' || ++asked > 1) return ask()
        if (isTaken) await ask()
        throw Object.assign(new Error('timeout'), { code: 'TIMEOUT', shortMessage: 'request timeout' })
      }
    for (const [index, isTaken] of [true, false].entries()) {
      asked = 0
      provider.before = lose(isTaken)
      const { transaction } = await registerModel(ledger, { registration: chain.nextRegistration(address) })
      expect([asked, await noncesOf([transaction])]).to.deep.equal([isTaken ? 1 : 2, [index]])
    }

    provider.before = (method, _params, ask) =>
      method === 'eth_sendRawTransaction'
        ? Promise.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))
        : ask()
    const lost = registerModel(ledger, { registration: chain.nextRegistration(address) })
    await expectError(lost, TransactionUnwatchedError, 'socket hang up', 'do not send it a second time')
  })

  it('does not send a second time what an earlier attempt may have brought, whatever the node says then', async function () {
    for (const words of ['nonce too low', 'replacement transaction underpriced']) {
      const { ledger, address, provider } = chain.takeKey()
      let asked = 0
      provider.before = async (method, _params, ask) => {
        if (method === 'eth_getTransactionByHash') return null
        if (method !== 'eth_sendRawTransaction') return ask()
        if (++asked > 1) throw nodeError(-32_000, words)
        await ask()
        throw Object.assign(new Error('timeout'), { code: 'TIMEOUT', shortMessage: 'request timeout' })
      }
      const lost = registerModel(ledger, { registration: chain.nextRegistration(address) })
      await expectError(lost, TransactionUnwatchedError, words, 'do not send it a second time')
      expect([asked, await chain.node.getTransactionCount(address)]).to.deep.equal([2, 1])
    }
  })

  it('says that the node is wrong where it counts more transactions than numbers can', async function () {
    const { ledger, address, provider } = chain.takeKey()
    for (const lie of ['0xffffffffffffffffff', '7', null, 'many']) {
      provider.before = async (method, _params, ask) => (method === 'eth_getTransactionCount' ? lie : ask())
      const error = await rejectionOf(registerModel(ledger, { registration: chain.nextRegistration(address) }))
      expect(error, String(lie)).to.have.property('code', 'NODE_ANSWER')
    }
  })

  it('refuses what a wallet gives in place of a hash, and does not say that nothing was sent', async function () {
    const { ledger, address } = chain.takeKey()
    for (const odd of [null, undefined, 7, '', '0x12', { hash: '0x12' }, 'sent']) {
      const signer = Object.assign(await chain.node.getSigner(0), { sendUncheckedTransaction: async () => odd })
      // As a class of its own has it.
      Object.assign(signer, { sendTransaction: async () => ({ hash: odd }) })
      const registration = chain.nextRegistration(address)
      const publisher = (await signer.getAddress()).toLowerCase() as typeof address
      const error = (await rejectionOf(
        registerModel({ ...ledger, runner: signer }, { registration: { ...registration, publisher } }),
      )) as Error & { code: string }
      expect([error.code, error.message]).to.satisfy(
        ([code, words]: string[]) => code === 'WALLET_ANSWER' && words!.includes('may have been sent'),
      )
    }
  })

  it('stops at once when it is aborted, also while the node does not answer before anything is sent', async function () {
    for (const silent of ['eth_chainId', 'eth_estimateGas', 'eth_blockNumber', 'eth_getTransactionCount']) {
      for (const dryRun of [false, true]) {
        if (dryRun && !/chainId|estimate/.test(silent)) continue
        const { ledger, address, provider } = chain.takeKey()
        const stop = new AbortController()
        provider.before = (method, _params, ask) => {
          if (method !== silent) return ask()
          stop.abort(new Error('enough'))
          return new Promise(() => {})
        }
        const registration = chain.nextRegistration(address)
        const error = await rejectionOf(registerModel(ledger, { registration, dryRun, signal: stop.signal }))
        expect((error as Error).message, silent).to.equal('enough')
      }
    }
  })

  it('takes "already known" for success', async function () {
    const { ledger, address, provider } = chain.takeKey()
    provider.before = async (method, _params, ask) => {
      const answer = await ask()
      if (method === 'eth_sendRawTransaction') throw nodeError(-32_000, 'already known')
      return answer
    }
    const { block } = await registerModel(ledger, { registration: chain.nextRegistration(address) })
    expect(block).to.be.a('number')
  })

  it('sends the older type where the chain does not take the newer one', async function () {
    const { ledger, address, provider } = chain.takeKey()
    provider.before = (method, params, ask) =>
      method === 'eth_sendRawTransaction' && String(params[0]).startsWith('0x02')
        ? Promise.reject(nodeError(-32_000, 'transaction type not supported'))
        : ask()
    const { transaction } = await registerModel(ledger, { registration: chain.nextRegistration(address) })
    expect((await chain.node.getTransaction(transaction!))!.type).to.equal(0)
  })

  it("mends what ethers' NonceManager leaves behind after a refusal, and works with it in parallel", async function () {
    const { wallet, address, provider } = chain.takeKey()
    const ledger = openLedger(new NonceManager(wallet), chain.deployment)
    provider.before = (method, _params, ask) =>
      method === 'eth_sendRawTransaction' ? Promise.reject(nodeError(-32_000, 'txpool is full')) : ask()
    await rejectionOf(registerModel(ledger, { registration: chain.nextRegistration(address) }))
    provider.before = (_method, _params, ask) => ask()
    const sending = [0, 1, 2, 3].map(() => registerModel(ledger, { registration: chain.nextRegistration(address) }))
    const sent = await Promise.all(sending)
    expect(await noncesOf(sent.map(({ transaction }) => transaction))).to.deep.equal([0, 1, 2, 3])
  })

  it('sends nothing once the node or the wallet is on another chain', async function () {
    const { ledger, address, provider } = chain.takeKey()
    provider.before = async (method, _params, ask) => (method === 'eth_chainId' ? '0x1' : ask())
    const registration = chain.nextRegistration(address)
    for (const options of [{}, { dryRun: true }]) {
      await expectError(
        registerModel(ledger, { registration, ...options }),
        WrongChainError,
        'on chain 31337',
        'on chain 1.',
      )
    }
    expect(await chain.node.getTransactionCount(address)).to.equal(0)
    expect(registration.weights).to.not.equal(ZERO_DIGEST)
  })
})

/** An error of JSON-RPC, as ethers wraps it. */
function nodeError(code: number, message: string): Error {
  return Object.assign(new Error('could not coalesce error'), {
    code: 'UNKNOWN_ERROR',
    shortMessage: 'could not coalesce error',
    error: { code, message },
  })
}
