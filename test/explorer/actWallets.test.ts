import { expect } from 'chai'
import { Interface, Wallet } from 'ethers'

import { licenseCredentialAbi } from '../../src/abi/licenseCredential.ts'
import { parseAddress } from '../../src/core/hex.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { requestReview } from '../../src/sdk/gate/requestReview.ts'
import { actingOn } from '../fixtures/acting.ts'
import { addWallets, REJECTED } from '../fixtures/browserWallets.ts'
import { describeExplorer } from '../fixtures/explorer.ts'
import { digestOf } from '../fixtures/ledger.ts'
import { itInDepth } from '../fixtures/inDepth.ts'

/** A wallet that announces itself a thousand times, and does what no wallet should. */
const NOISY = `
  globalThis.made = 0
  const make = URL.createObjectURL
  URL.createObjectURL = (blob) => (globalThis.made++, make.call(URL, blob))
  let asked = 0
  const heard = []
  globalThis.tell = (chain) => heard.forEach((listener) => listener(chain))
  const provider = {
    request({ method }) {
      if (method === 'eth_chainId') return '0x7a69'
      if (method === 'eth_requestAccounts' && asked++ === 0) throw { code: 'constructor', message: 'no', data: null }
      return ['PUBLISHER']
    },
    on: (event, listener) => event === 'chainChanged' && heard.push(listener),
    removeListener() { throw new Error('never') },
  }
  const info = { uuid: '1', rdns: 'noisy.example', name: 'Noisy', icon: 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>' }
  addEventListener('eip6963:requestProvider', () => {
    for (let at = 0; at < 1000; at++)
      dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: { info, provider } }))
  })
`

describeExplorer('wallets in the explorer', (explorer) => {
  const { open } = explorer
  const acting = actingOn(explorer)

  it('survives a refusal in the wallet, another chain, another account, an empty account, and a refusal of the contract', async function () {
    const { page } = explorer
    const { publisher, stranger } = acting.accounts
    const model = await acting.register()
    const [wallet] = await acting.wallets(publisher)
    const sent = (): number => wallet.asked.filter(({ method }) => method === 'eth_sendTransaction').length
    wallet.refuses.set('eth_requestAccounts', REJECTED)
    await open(`/act/review?model=${model}`)
    await page.getByRole('button', { name: /^Wallet One/ }).click()
    await page.getByRole('alert').getByText('You declined in the wallet').waitFor()
    wallet.refuses.clear()
    wallet.chainId = 1n
    await acting.connect()
    await page.getByRole('alert').getByText('The wallet is on chain 1; this ledger is on chain 31337.').waitFor()
    expect(await page.getByRole('button', { name: 'Check, and show' }).isDisabled()).to.equal(true)
    const change = page.getByRole('button', { name: 'Switch the wallet to chain 31337' })
    wallet.refuses.set('wallet_switchEthereumChain', { code: 4902, message: 'Unrecognized chain ID' })
    await change.click()
    await page.getByText('The wallet does not know chain 31337. It can be added').waitFor()
    wallet.refuses.set('wallet_switchEthereumChain', REJECTED)
    await change.click()
    await page.getByRole('alert').getByText('You declined in the wallet').waitFor()
    wallet.refuses.clear()
    await change.click()
    await change.waitFor({ state: 'detached' })

    await page.getByLabel('Address of the documents').fill('https://models.example/kept')
    const isSame = async (): Promise<void> => {
      const uri = await page.getByLabel('Address of the documents').inputValue()
      expect(uri).to.equal('https://models.example/kept')
    }
    wallet.refuses.set('eth_sendTransaction', REJECTED)
    await acting.check()
    await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
    await page.locator('[data-failure=rejected]').waitFor()
    await isSame()
    wallet.refuses.clear()
    const before = sent()
    await acting.check()
    await page.getByRole('button', { name: 'Back to the form' }).click()
    await page.locator('[data-failure=back]').waitFor()
    await isSame()

    await acting.check()
    await page.getByRole('button', { name: 'Sign in Wallet One' }).waitFor()
    wallet.accounts = [stranger]
    await wallet.emit('accountsChanged', [stranger])
    await page.locator('[data-failure=changed]').waitFor()
    await page.locator('.connected', { hasText: stranger }).waitFor()
    // A wallet that says nothing of its change is asked again before it opens.
    await acting.check()
    await page.getByRole('button', { name: 'Sign in Wallet One' }).waitFor()
    wallet.accounts = [publisher]
    await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
    await page.locator('[data-failure=changed]').waitFor()
    await isSame()

    const empty = parseAddress(Wallet.createRandom().address)
    wallet.accounts = [empty]
    await wallet.emit('accountsChanged', [empty])
    await page.locator('.connected', { hasText: empty }).waitFor()
    await acting.check()
    await page.locator('[data-failure=funds]', { hasText: `${empty} has 0 ether` }).waitFor()
    await isSame()

    wallet.accounts = [stranger]
    await wallet.emit('accountsChanged', [stranger])
    await open(`/act/offer?model=${model}&tierName=Theirs&terms=mit`)
    await page.locator('[data-hindrance=not-publisher]', { hasText: publisher }).waitFor()
    await acting.check()
    await page.locator('[data-failure=refused]', { hasText: 'PUBLISHER_REGISTRY' }).waitFor()
    expect(sent()).to.equal(before)
    await wallet.emit('accountsChanged', [])
    await page.getByRole('button', { name: /^Wallet Two/ }).waitFor()
  })

  it('says what became of a transaction that was sent before the page was opened again, and asks the contract again before the wallet opens', async function () {
    const { page } = explorer
    const { deployment, provider } = explorer.world.ledger
    const [wallet] = await acting.wallets(acting.accounts.stranger)
    const hash = await provider.send('eth_sendTransaction', [
      { from: acting.accounts.stranger, to: acting.accounts.stranger },
    ])
    await provider.waitForTransaction(hash)
    const model = await acting.register()
    await open(`/act/review?model=${model}`)
    await acting.connect()
    const pend = async (transaction: string): Promise<void> => {
      await page.evaluate(
        ([place, sent]) => sessionStorage.setItem(place!, sent!),
        [`stemma-act review {"model":"${model}"} sent`, JSON.stringify({ transaction })],
      )
      await page.reload()
    }
    const call = {
      from: acting.accounts.stranger,
      to: deployment.contracts.licenseCredential,
      data: new Interface(licenseCredentialAbi).encodeFunctionData('revoke', [1n, '']),
      gas: '0x30000',
    }
    // The node says that it fails, and takes it into a block.
    await provider.send('eth_sendTransaction', [call]).catch(() => {})
    const [failed] = (await provider.getBlock('latest'))!.transactions
    await pend(failed!)
    await page.locator('[data-failure=reverted]', { hasText: 'LICENSE_CREDENTIAL' }).waitFor()
    await pend(hash)
    await page.locator('[data-outcome]', { hasText: hash }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Check, and show' }).waitFor()
    expect(wallet.asked.some(({ method }) => method === 'eth_sendTransaction')).to.equal(false)
    await acting.check()
    await page.getByRole('button', { name: 'Sign in Wallet One' }).waitFor()
    // Somebody else is faster, while the reader reads.
    const other = openLedger(await provider.getSigner(acting.accounts.holder), deployment)
    await requestReview(other, { model })
    await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
    await page.locator('[data-failure=refused]', { hasText: 'REVIEW_GATE_UNEXPECTED_STATE' }).waitFor()
    expect(wallet.asked.some(({ method }) => method === 'eth_sendTransaction')).to.equal(false)
  })

  it('has a wallet add the chain that it does not know, with the node that the server names', async function () {
    const { page, world } = explorer
    const [wallet] = await acting.wallets(acting.accounts.stranger)
    wallet.chainId = 1n
    wallet.refuses.set('wallet_switchEthereumChain', { code: 4902, message: 'Unrecognized chain ID' })
    const states = async (rpcUrl: string | undefined): Promise<void> => {
      const json = { ...world.ledger.deployment, rpcUrl }
      await page.route('**/v1/deployment', (route) => route.fulfill({ json }))
      await open('/act/review')
    }
    // Wallets take a node over https alone, but on the reader's own computer.
    await states('http://node.example/rpc')
    await acting.connect()
    await page.getByRole('button', { name: 'Switch the wallet to chain 31337' }).click()
    await page.getByText('The wallet does not know chain 31337. Add it in the settings').waitFor()
    expect(await page.getByRole('button', { name: /^Add chain/ }).count()).to.equal(0)
    const rpcUrl = 'https://node.example/rpc'
    await states(rpcUrl)
    await page.getByRole('button', { name: 'Switch the wallet to chain 31337' }).click()
    await page.getByRole('alert').getByText(rpcUrl).waitFor()
    const add = page.getByRole('button', { name: 'Add chain 31337 to the wallet' })
    wallet.refuses.set('wallet_addEthereumChain', REJECTED)
    await add.click()
    await page.getByRole('alert').getByText('You declined in the wallet').waitFor()
    wallet.refuses.delete('wallet_addEthereumChain')
    await page.getByRole('button', { name: 'Switch the wallet to chain 31337' }).click()
    // The wallet adds it, and only goes there when it is asked.
    wallet.answers.set('wallet_addEthereumChain', () => {
      wallet.refuses.clear()
      return null
    })
    await add.click()
    await page.getByText('The wallet is on chain 1').waitFor({ state: 'detached' })
    const { params } = wallet.asked.findLast(({ method }) => method === 'wallet_addEthereumChain')!
    expect(params).to.deep.equal([
      {
        chainId: '0x7a69',
        chainName: world.ledger.deployment.name,
        rpcUrls: [rpcUrl],
        nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      },
    ])
    await page.unrouteAll()
  })

  it('says when a wallet names a transaction that is not the call that was shown, also after the page was opened again', async function () {
    const { page } = explorer
    const { provider } = explorer.world.ledger
    const { stranger, holder } = acting.accounts
    const [wallet] = await acting.wallets(stranger)
    await open(`/act/review?model=${await acting.register()}`)
    await acting.connect()
    const sent: { from?: string; to?: string; data?: string }[] = []
    const foreign = page.locator('[data-failure=foreign]')
    const sign = async (): Promise<void> => {
      await acting.check()
      await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
    }
    /** Has a wallet send something else, and name that. */
    const sends = (change: (asked: Record<string, string>) => object): void => {
      wallet.answers.set('eth_sendTransaction', ([asked]) => {
        sent.push(asked as object)
        return provider.send('eth_sendTransaction', [change(asked as Record<string, string>)]) as Promise<unknown>
      })
    }
    const others: ((asked: Record<string, string>) => object)[] = [
      // Somebody else's, and one's own to the same contract with other data.
      () => ({ from: holder, to: holder }),
      ({ from, to, data }) => ({ from, to, data: `${data}00` }),
    ]
    for (const change of others) {
      sends(change)
      await sign()
      await foreign.waitFor()
      const named = (await provider.getBlock('latest'))!.transactions.at(-1)!
      expect(await foreign.innerText())
        .to.contain('another transaction')
        .and.contain(named)
      await page.getByRole('button', { name: 'Check, and show' }).waitFor()
      await open(new URL(page.url()).pathname + `?model=${await acting.register()}`)
      await page.locator('.connected').waitFor()
    }
    expect(sent).to.have.length(others.length)
    // Kept while it waits, the call is compared again by the page that is opened later.
    let named = `0x${'cd'.repeat(32)}`
    wallet.answers.set('eth_sendTransaction', () => named)
    await sign()
    await page.getByText('Sent. Waiting for a block').waitFor()
    named = await provider.send('eth_sendTransaction', [{ from: holder, to: holder }])
    await page.evaluate((hash) => {
      const place = Object.keys(sessionStorage).find((each) => each.endsWith(' sent'))!
      const kept = JSON.parse(sessionStorage.getItem(place)!) as object
      sessionStorage.setItem(place, JSON.stringify({ ...kept, transaction: hash }))
    }, named)
    await page.reload()
    await foreign.waitFor()
    // The reload after it knows of nothing that waits.
    await page.reload()
    await page.getByRole('button', { name: 'Check, and show' }).waitFor()
  })

  it('asks the index for what a transaction left, where a wallet lies in everything that it reads', async function () {
    const { page } = explorer
    const { provider, deployment } = explorer.world.ledger
    const { stranger, holder } = acting.accounts
    const [wallet] = await acting.wallets(stranger)
    // What the wallet says became of its transaction became of another one.
    const other = openLedger(await provider.getSigner(holder), deployment)
    const { transaction } = await requestReview(other, { model: await acting.register() })
    const [sent, receipt] = (await Promise.all(
      ['eth_getTransactionByHash', 'eth_getTransactionReceipt'].map((method) => provider.send(method, [transaction])),
    )) as [object, { logs: object[] }]
    const made = `0x${'ef'.repeat(32)}`
    let call: Record<string, string> = {}
    const lies: Record<string, () => object> = {
      eth_getTransactionByHash: () => ({ ...sent, ...call, input: call.data, hash: made }),
      eth_getTransactionReceipt: () => ({
        ...receipt,
        from: call.from,
        transactionHash: made,
        logs: receipt.logs.map((log) => ({ ...log, transactionHash: made })),
      }),
    }
    for (const [method, lie] of Object.entries(lies)) {
      wallet.answers.set(method, ([hash]) => (hash === made ? lie() : provider.send(method, [hash])))
    }
    wallet.answers.set('eth_sendTransaction', ([asked]) => {
      call = asked as Record<string, string>
      return made
    })
    await open(`/act/review?model=${await acting.register()}`)
    await acting.connect()
    await acting.check()
    await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
    await page.locator('[data-outcome]', { hasText: made }).waitFor()
    await page.locator('.notice.failure', { hasText: 'Look in your wallet' }).waitFor()
  })

  itInDepth('lets go of a wallet that never answers, and of a transaction that no node shows', async function () {
    const { page } = explorer
    const { provider } = explorer.world.ledger
    const [wallet] = await acting.wallets(acting.accounts.stranger)
    await open(`/act/review?model=${await acting.register()}`)
    await acting.connect()
    wallet.answers.set('eth_estimateGas', () => new Promise(() => {}))
    await acting.check()
    await page.getByRole('button', { name: 'Back to the form' }).click()
    await page.locator('[data-failure=back]').waitFor()
    wallet.answers.clear()
    wallet.answers.set('eth_sendTransaction', () => `0x${'ab'.repeat(32)}`)
    await acting.check()
    await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
    await page.getByRole('button', { name: 'Stop waiting' }).click()
    await page.locator('[data-failure=open]').waitFor()
    const { params } = wallet.asked.find(({ method }) => method === 'eth_sendTransaction')!
    expect(params[0]).to.include({ chainId: '0x7a69', from: acting.accounts.stranger })
    await page.getByRole('button', { name: 'Go on waiting' }).click()
    // One by one: of blocks that hardhat_mine makes, hashes and parents disagree, and an index waits forever.
    for (let block = 0; block < 14; block += 1) await provider.send('evm_mine', [])
    await page.locator('[data-failure=lost]', { hasText: 'TRANSACTION_DROPPED' }).waitFor()
  })

  itInDepth(
    'follows a transaction that the wallet sends again with another fee, and says when the wallet cancels one',
    async function () {
      const { page } = explorer
      const { provider } = explorer.world.ledger
      const [wallet] = await acting.wallets(acting.accounts.stranger)
      type Sent = { hash: string; nonce: string; gasPrice: string; to: string; input: string; gas: string }
      /** Signs, keeps the transaction out of blocks until the page has looked at it, and sends another one with its nonce. */
      const replaceBy = async (change: (sent: Sent) => object): Promise<string> => {
        await open(`/act/review?model=${await acting.register()}`)
        if (!(await page.locator('.connected').count()))
          await page
            .getByRole('button', { name: /^Wallet One/ })
            .or(page.locator('.connected'))
            .first()
            .waitFor()
        if (!(await page.locator('.connected').count())) await acting.connect()
        await acting.check()
        await page.getByRole('button', { name: 'Sign in Wallet One' }).waitFor()
        await provider.send('evm_setAutomine', [false])
        try {
          await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
          await page.getByText('Sent. Waiting for a block').waitFor()
          const hash = await page.locator('.working .full-id code').innerText()
          const looks = (): number => wallet.asked.filter(({ params }) => params[0] === hash).length
          while (looks() < 2) await page.waitForRequest(() => true, { timeout: 200 }).catch(() => {})
          const sent = (await provider.send('eth_getTransactionByHash', [hash])) as Sent
          const gasPrice = `0x${(BigInt(sent.gasPrice) * 2n).toString(16)}`
          await provider.send('eth_sendTransaction', [
            { from: acting.accounts.stranger, nonce: sent.nonce, gasPrice, ...change(sent) },
          ])
          await provider.send('evm_mine', [])
          return hash
        } finally {
          await provider.send('evm_setAutomine', [true])
        }
      }
      const first = await replaceBy(({ to, input, gas }) => ({ to, data: input, gas }))
      const done = page.locator('[data-outcome]')
      await done.waitFor()
      expect(await done.innerText())
        .to.contain('The wallet has sent it again with another fee')
        .and.to.contain(first)
      await replaceBy(() => ({ to: acting.accounts.stranger }))
      await page.locator('[data-failure=lost]', { hasText: 'TRANSACTION_CANCELLED' }).waitFor()
    },
  )

  it('lists wallets with hostile names and icons as plain text, once each, and draws only small images', async function () {
    const { page } = explorer
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=1"><script>document.title=1</script></svg>`
    await addWallets(page, explorer.world.ledger.provider, [
      {
        rdns: 'a.example',
        name: '<script>document.title=1</script>',
        icon: 'javascript:document.title=1',
        accounts: [],
      },
      {
        rdns: 'b.example',
        name: '\u202eetihw <img src=x onerror=document.title=1>',
        icon: `data:image/svg+xml,${svg}`,
        accounts: [],
      },
      {
        rdns: 'c.example',
        name: 'n'.repeat(10_000),
        icon: 'data:image/png;base64,',
        padding: 10_000_000,
        accounts: [],
      },
      { rdns: 'd.example', name: '', icon: 'https://elsewhere.example/icon.png', accounts: [] },
      { rdns: 'a.example', name: 'An impostor', accounts: [] },
      { rdns: '<b>', name: 'No domain', accounts: [] },
    ])
    await page.addInitScript({ content: NOISY.replace('PUBLISHER', acting.accounts.publisher) })
    await open('/act')
    await page.locator('.wallets li').nth(4).waitFor()
    const names = await page.locator('.wallets bdi').allInnerTexts()
    expect(names).to.have.length(5)
    expect(await page.evaluate(() => (globalThis as { made?: number }).made)).to.equal(2)
    expect(names[0]).to.equal('<script>document.title=1</script>')
    expect(names[1])
      .to.contain('<img')
      .and.not.match(/[\u202a-\u202e]/)
    expect(names[2]!.length).to.be.below(50)
    expect(names[3]).to.equal('d.example')
    const images = await page
      .locator('.wallets img')
      .evaluateAll((all) => all.map((each) => (each as HTMLImageElement).src))
    expect(images).to.have.length(2)
    expect(images[0]).to.match(/^blob:/)
    expect(await page.title()).to.equal('Act on the ledger · Stemma')
    // One that answers at once, fails with a name of JavaScript, and cannot forget who listens, can still be left.
    const noisy = page.getByRole('button', { name: /^Noisy/ })
    await noisy.click()
    await page.getByRole('alert').getByText('The wallet answered').waitFor()
    await noisy.click()
    await page.locator('.connected', { hasText: acting.accounts.publisher }).waitFor()
    await page.getByRole('button', { name: 'Use another wallet' }).click()
    await noisy.waitFor()
    await page.evaluate(() => (globalThis as unknown as { tell: (chain: string) => void }).tell('0x1'))
    expect(await page.getByText('The wallet is on chain').count()).to.equal(0)
  })

  it('signs nothing where the server names no contracts, those of another ledger, or contracts with other code', async function () {
    const { page, world } = explorer
    const { deployment } = world.ledger
    expect(await fetch(`${world.url}/v1/deployment`).then((one) => one.json())).to.deep.equal(deployment)
    const model = await acting.register()
    const [wallet] = await acting.wallets(acting.accounts.stranger)
    const answers = async (contentType: string, body: string): Promise<void> => {
      await page.unrouteAll()
      await page.route('**/v1/deployment', (route) => route.fulfill({ contentType, body }))
      await open(`/act/review?model=${model}`)
    }
    await answers('text/html', '<h1>Nothing</h1>')
    await page.getByText('does not say where the contracts').waitFor()
    const { contracts, codeHashes } = deployment
    const other = { ...deployment, contracts: { ...contracts, ledger: contracts.recalls } }
    await answers('application/json', JSON.stringify(other))
    await page.getByText('are of another ledger').waitFor()
    const changed = { ...deployment, codeHashes: { ...codeHashes, reviewGate: digestOf('other code') } }
    await answers('application/json', JSON.stringify(changed))
    await acting.connect()
    await acting.check()
    await page.locator('[data-failure=other]', { hasText: 'CODE_MISMATCH' }).waitFor()
    expect(wallet.asked.some(({ method }) => /sendTransaction|estimateGas/.test(method))).to.equal(false)
    await page.unrouteAll()
  })
})
