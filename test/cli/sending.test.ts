import { expect } from 'chai'
import { JsonRpcProvider } from 'ethers'

import { KEYS, startWorld, type World } from './world.ts'

describe('stemma: how transactions are sent', function () {
  let world: World
  let node: JsonRpcProvider

  before(async function () {
    world = await startWorld()
    node = new JsonRpcProvider(world.rpcUrl, undefined, { cacheTimeout: -1, staticNetwork: true })
    for (const name of ['a', 'b', 'c', 'd']) await world.folder(`acme__${name}`, 'license: mit', `weights ${name}`)
  })

  after(async function () {
    node.destroy()
    await world.stop()
  })

  it('takes fees, gas, nonce and confirmations', async function () {
    const nonce = await node.getTransactionCount(KEYS.acme.address)
    const options = `--max-fee 90 --priority-fee 1.5gwei --gas-limit 3000000 --nonce ${nonce} --confirmations 1 --wait 60`
    const { transaction } = await world.ok(`register acme__a --terms none ${options}`)
    const sent = (await node.getTransaction(transaction))!
    expect([sent.maxFeePerGas, sent.maxPriorityFeePerGas, sent.gasLimit, sent.nonce]).to.deep.equal([
      90_000_000_000n,
      1_500_000_000n,
      3_000_000n,
      nonce,
    ])
    const legacy = await world.ok('register acme__b --terms none --gas-price 95000000000wei')
    const { type, gasPrice } = (await node.getTransaction(legacy.transaction))!
    expect([type, gasPrice]).to.deep.equal([0, 95_000_000_000n])
    expect(await world.fails(`register acme__c --terms none --nonce ${nonce}`)).to.deep.equal([2, 'NONCE_USED'])
    expect(await world.fails('register acme__c --terms none --max-fee 1wei --priority-fee 1wei')).to.deep.equal([
      2,
      'FEE_TOO_LOW',
    ])
  })

  it('refuses what cannot be used before it asks the node', async function () {
    for (const options of [
      '--max-fee 1kwei',
      '--max-fee -1',
      '--max-fee 1 --priority-fee 2',
      '--gas-price 1 --max-fee 1',
      '--gas-limit 0',
      '--gas-limit many',
      '--nonce 0x1',
      '--confirmations 0',
      '--wait 0',
      '--wait forever',
    ]) {
      const { code, stderr } = await world.run(`register acme__c --terms none --rpc http://127.0.0.1:1 ${options}`)
      expect([options, code, stderr.includes('USAGE')]).to.deep.equal([options, 2, true])
    }
    expect(await world.fails('wait 0x12')).to.deep.equal([2, 'INVALID_TRANSACTION'])
    expect(await world.fails(`wait 0x${'12'.repeat(32)} --nonce 1`)).to.deep.equal([2, 'USAGE'])
  })

  it('shows what took the place of a transaction, and goes on waiting for one', async function () {
    await node.send('evm_setAutomine', [false])
    const stop = new AbortController()
    const running = world.run('register acme__c --terms none --max-fee 50 --priority-fee 2 --json', {
      signal: stop.signal,
    })
    const first = await pendingOf()
    const wallet = KEYS.acme.connect(node)
    const { hash } = await wallet.sendTransaction({
      to: first.to,
      data: first.data,
      nonce: first.nonce,
      gasLimit: first.gasLimit,
      maxFeePerGas: first.maxFeePerGas! * 2n,
      maxPriorityFeePerGas: first.maxPriorityFeePerGas! * 2n,
    })
    await node.send('evm_mine', [])
    const { code, json, stderr } = await running
    expect([code, json().transaction, json().replaced]).to.deep.equal([0, hash, first.hash])
    expect(stderr).to.contain(`${first.hash} was replaced by ${hash}`)

    expect(await world.fails(`register acme__d --terms none --wait 1`)).to.deep.equal([3, 'TRANSACTION_TIMEOUT'])
    const waiting = await pendingOf()
    const again = world.run(`wait ${waiting.hash} --confirmations 2 --json`)
    await node.send('hardhat_mine', ['0x2'])
    const waited = await again
    expect([waited.code, waited.stderr]).to.deep.equal([
      0,
      `Waiting for ${waiting.hash}. Ctrl-C ends the wait, and not the transaction.\n`,
    ])
    const { transaction, block } = waited.json()
    const receipt = (await node.getTransactionReceipt(waiting.hash))!
    expect([transaction, block]).to.deep.equal([waiting.hash, receipt.blockNumber])
    await node.send('evm_setAutomine', [true])
  })

  /** The transaction that waits in the node's pool. */
  async function pendingOf() {
    for (;;) {
      const { transactions } = (await node.send('eth_getBlockByNumber', ['pending', false])) as {
        transactions: string[]
      }
      if (transactions.length > 0) return (await node.getTransaction(transactions.at(-1)!))!
    }
  }
})
