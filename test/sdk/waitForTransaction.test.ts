import { expect } from 'chai'
import type { TransactionRequest } from 'ethers'

import type { Hex } from '../../src/core/hex.ts'
import { modelIdOf, type Registration } from '../../src/core/registration.ts'
import type { Ledger } from '../../src/sdk/connect.ts'
import { ContractError } from '../../src/sdk/contractError.ts'
import { readModel } from '../../src/sdk/registry/readModel.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import type { WriteOptions } from '../../src/sdk/transact.ts'
import {
  InvalidWriteOptionError,
  TransactionCancelledError,
  TransactionDroppedError,
  TransactionReplacedError,
  TransactionRevertedError,
  TransactionTimeoutError,
  TransactionUnwatchedError,
} from '../../src/sdk/transactionErrors.ts'
import { waitForTransaction, type SentTransaction } from '../../src/sdk/waitForTransaction.ts'
import { expectError, rejectionOf } from '../fixtures/sdk.ts'
import { deferred, startSendingChain } from '../fixtures/sendingChain.ts'

describe('waitForTransaction', function () {
  let chain: Awaited<ReturnType<typeof startSendingChain>>

  before(async function () {
    chain = await startSendingChain()
  })
  beforeEach(() => chain.setMining(false))
  after(() => chain.stop())

  /** Registers a model, and gives what is known once it is sent. */
  async function send(ledger: Ledger, registration: Registration, options: WriteOptions = {}) {
    const accepted = deferred<SentTransaction>()
    const done = registerModel(ledger, {
      registration,
      ...options,
      onSent: (_hash, sent) => accepted.resolve(sent),
    })
    done.catch(accepted.reject)
    return { done, sent: await accepted.promise }
  }

  /** The transaction, with other fields, at double the fee. */
  async function instead(transaction: Hex, change: TransactionRequest = {}): Promise<TransactionRequest> {
    const { to, data, value, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas } =
      (await chain.node.getTransaction(transaction))!
    return {
      to,
      data,
      value,
      nonce,
      gasLimit,
      maxFeePerGas: maxFeePerGas! * 2n,
      maxPriorityFeePerGas: maxPriorityFeePerGas! * 2n,
      ...change,
    }
  }

  it('gives the receipt of the transaction that sped it up', async function () {
    const { ledger, wallet, address } = chain.takeKey()
    const registration = chain.nextRegistration(address)
    const replaced: Hex[][] = []
    const { done, sent } = await send(ledger, registration, { onReplaced: (...hashes) => replaced.push(hashes) })
    const { hash } = await wallet.sendTransaction(await instead(sent.transaction))
    await chain.mine(12)
    const { model, transaction, block, replaced: first } = await done
    const receipt = (await chain.node.getTransactionReceipt(hash))!
    expect([transaction, block, first]).to.deep.equal([hash, receipt.blockNumber, sent.transaction])
    expect(replaced).to.deep.equal([[hash, sent.transaction]])
    expect((await readModel(ledger, { model })).model).to.equal(modelIdOf(registration))
  })

  it('follows a transaction that is sped up twice', async function () {
    const { ledger, wallet, address } = chain.takeKey()
    const { done, sent } = await send(ledger, chain.nextRegistration(address))
    const first = await wallet.sendTransaction(await instead(sent.transaction))
    const second = await wallet.sendTransaction(await instead(first.hash as Hex))
    await chain.mine()
    const { transaction, replaced } = await done
    expect([transaction, replaced]).to.deep.equal([second.hash, sent.transaction])
  })

  it('does not believe a node that shows another transaction for it', async function () {
    const { ledger, address, provider } = chain.takeKey()
    const { done, sent } = await send(ledger, chain.nextRegistration(address))
    await chain.mine(2)
    await done
    const other = (await chain.node.getBlock(1))!.transactions[0] as Hex
    let lies = 0
    provider.before = async (method, params, ask) => {
      const isAsked = params[0] === sent.transaction && /ByHash|Receipt/.test(method)
      return isAsked && lies++ < 4 ? chain.node.send(method, [other]) : ask()
    }
    const { block } = await waitForTransaction(ledger, { transaction: sent.transaction })
    expect(lies).to.be.greaterThan(4)
    expect(block).to.equal((await chain.node.getTransactionReceipt(sent.transaction))!.blockNumber)
  })

  it('says that it was canceled, and by which transaction', async function () {
    const { ledger, wallet, address } = chain.takeKey()
    const { done, sent } = await send(ledger, chain.nextRegistration(address))
    const failing = rejectionOf(done)
    const empty = { to: address, data: '0x', value: 0n, gasLimit: 21_000n }
    const { hash } = await wallet.sendTransaction(await instead(sent.transaction, empty))
    await chain.mine(12)
    const error = (await failing) as TransactionCancelledError
    expect(error).to.be.instanceOf(TransactionCancelledError)
    expect([error.code, error.transaction, error.replacement]).to.deep.equal([
      'TRANSACTION_CANCELLED',
      sent.transaction,
      hash,
    ])
  })

  it('says that another call took its nonce', async function () {
    const { ledger, wallet, address } = chain.takeKey()
    const { done, sent } = await send(ledger, chain.nextRegistration(address))
    const failing = rejectionOf(done)
    const other = { to: address, data: '0x', value: 1n, gasLimit: 21_000n }
    const { hash } = await wallet.sendTransaction(await instead(sent.transaction, other))
    await chain.mine(12)
    const error = (await failing) as TransactionReplacedError
    expect(error).to.be.instanceOf(TransactionReplacedError)
    expect([error.code, error.replacement]).to.deep.equal(['TRANSACTION_REPLACED', hash])
  })

  it('says that nodes have forgotten it, and leaves its nonce to the next one', async function () {
    const { ledger, address } = chain.takeKey()
    const { done, sent } = await send(ledger, chain.nextRegistration(address))
    const failing = rejectionOf(done)
    await chain.node.send('anvil_dropTransaction', [sent.transaction])
    await chain.mine(12)
    const error = (await failing) as TransactionDroppedError
    expect(error).to.be.instanceOf(TransactionDroppedError)
    expect(error.transaction).to.equal(sent.transaction)
    const next = await send(ledger, chain.nextRegistration(address))
    expect(next.sent.nonce).to.equal(sent.nonce)
    await chain.mine()
    await next.done
  })

  it('ends when the time is over, and goes on later from what was known', async function () {
    const { ledger, wallet, address } = chain.takeKey()
    const { done, sent } = await send(ledger, chain.nextRegistration(address), { timeout: 50 })
    const error = (await rejectionOf(done)) as TransactionTimeoutError
    expect(error).to.be.instanceOf(TransactionTimeoutError)
    expect([error.transaction, error.kind]).to.deep.equal([sent.transaction, 'unavailable'])
    expect(error.message).to.contain(`stemma wait ${sent.transaction}`)
    const { hash } = await wallet.sendTransaction(await instead(sent.transaction))
    await chain.mine(3)
    // Nobody knows the call any more, so another transaction with the nonce is another call.
    const failed = (await rejectionOf(waitForTransaction(ledger, sent))) as TransactionReplacedError
    expect([failed.code, failed.replacement]).to.deep.equal(['TRANSACTION_REPLACED', hash])
    const { block } = await waitForTransaction(ledger, { transaction: hash as Hex, confirmations: 3 })
    expect(block).to.equal((await chain.node.getTransactionReceipt(hash))!.blockNumber)
  })

  it('waits for confirmations, also when a reorganization takes the transaction out of its block', async function () {
    const { ledger, address, provider } = chain.takeKey()
    await chain.mine(2)
    let isDone = false
    const { done, sent } = await send(ledger, chain.nextRegistration(address), { confirmations: 3 })
    void done.then(() => (isDone = true))
    await chain.mine(2)
    const first = (await chain.node.getTransactionReceipt(sent.transaction))!.blockNumber
    let looks = 0
    await new Promise<void>((resolve) => {
      provider.before = (method, _params, ask) => {
        if (method === 'eth_getTransactionReceipt' && ++looks > 3) resolve()
        return ask()
      }
    })
    expect(isDone, 'done with 2 of 3 confirmations').to.equal(false)
    // The last two blocks are made without it; anvil puts it back into the pool, or a node that knows it does.
    const raw = await rawOf(sent.transaction)
    await chain.node.send('anvil_rollback', [2])
    await chain.node.send('eth_sendRawTransaction', [raw]).catch(() => {})
    await chain.mine(4)
    const { block } = await done
    expect(block).to.equal((await chain.node.getTransactionReceipt(sent.transaction))!.blockNumber)
    expect(block).to.be.at.least(first)
  })

  async function rawOf(hash: Hex): Promise<string> {
    return (await chain.node.send('eth_getRawTransactionByHash', [hash])) as string
  }

  it('explains why a contract refused in the block', async function () {
    const { ledger, address } = chain.takeKey()
    const registration = chain.nextRegistration(address)
    const first = await send(ledger, registration)
    const second = await send(ledger, registration, { gasLimit: 1_000_000n })
    const failing = rejectionOf(second.done)
    await chain.mine()
    await first.done
    const error = (await failing) as ContractError
    expect(error).to.be.instanceOf(ContractError)
    expect(error.code).to.equal('MODEL_REGISTRY_ALREADY_REGISTERED')
    expect((error.cause as TransactionRevertedError).transaction).to.equal(second.sent.transaction)
  })

  it('says that the gas did not suffice', async function () {
    const { ledger, address } = chain.takeKey()
    const { done } = await send(ledger, chain.nextRegistration(address), { gasLimit: 60_000n })
    const failing = expectError(done, TransactionRevertedError, 'all of its gas', 'gasLimit')
    await chain.mine()
    await failing
  })

  it('goes on while the node fails, and says when it does so for good', async function () {
    const { ledger, address, provider } = chain.takeKey()
    const { done, sent } = await send(ledger, chain.nextRegistration(address))
    let failures = 0
    const failed = deferred<void>()
    provider.before = async (_method, _params, ask) => {
      if (++failures > 6) return ask()
      failed.resolve()
      throw Object.assign(new Error('502 Bad Gateway'), { code: 'SERVER_ERROR', shortMessage: 'server response 502' })
    }
    await failed.promise
    await chain.mine()
    expect((await done).transaction).to.equal(sent.transaction)

    provider.pollingInterval = 1
    const lost = await send(ledger, chain.nextRegistration(address))
    provider.before = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
    const error = (await rejectionOf(lost.done)) as TransactionUnwatchedError
    expect(error).to.be.instanceOf(TransactionUnwatchedError)
    expect(error.transaction).to.equal(lost.sent.transaction)
    expect(error.message).to.contain('ECONNREFUSED')
    await chain.mine()
  })

  it('does not take another chain for a node that has forgotten the transaction', async function () {
    const { ledger, address, provider } = chain.takeKey()
    provider.pollingInterval = 1
    const { done, sent } = await send(ledger, chain.nextRegistration(address))
    provider.before = async (method, _params, ask) => {
      if (method === 'eth_chainId') return '0x1'
      if (method === 'eth_blockNumber') return '0xffffff'
      return method.startsWith('eth_getTransaction') ? null : ask()
    }
    const error = (await rejectionOf(done)) as TransactionUnwatchedError
    expect([error.code, error.transaction]).to.deep.equal(['TRANSACTION_UNWATCHED', sent.transaction])
    expect((error.cause as Error).message).to.contain('is on chain 1.')
    await chain.mine()
  })

  it('stops at once when it is aborted', async function () {
    const { ledger, address } = chain.takeKey()
    const controller = new AbortController()
    const { done } = await send(ledger, chain.nextRegistration(address), { signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await rejectionOf(done)).to.equal(reason)
    await chain.mine()
    const nothing = registerModel(ledger, {
      registration: chain.nextRegistration(address),
      signal: controller.signal,
      onSent: () => expect.fail('it was sent'),
    })
    expect(await rejectionOf(nothing)).to.equal(reason)
  })

  it('refuses options that cannot be used before anything is sent', async function () {
    const { ledger, address } = chain.takeKey()
    const registration = chain.nextRegistration(address)
    const onSent = (): never => expect.fail('it was sent')
    for (const options of [
      { confirmations: 0 },
      { confirmations: 1.5 },
      { timeout: 0 },
      { timeout: NaN },
      { nonce: -1 },
      { nonce: 0.5 },
      { gasLimit: 0n },
      { maxFeePerGas: -1n },
      { gasPrice: 5 as unknown as bigint },
      { gasPrice: 1n, maxFeePerGas: 1n },
    ] satisfies WriteOptions[]) {
      await expectError(registerModel(ledger, { registration, onSent, ...options }), InvalidWriteOptionError)
    }
  })
})
