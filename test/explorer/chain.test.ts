import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'

import { expect } from 'chai'

import { VERDICT_WORDS } from '../../src/core/reportWords.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { verifyModel } from '../../src/sdk/compliance/verifyModel.ts'
import { describeExplorer } from '../fixtures/explorer.ts'
import { itInDepth } from '../fixtures/inDepth.ts'

type Call = { id: number; method: string; params: unknown[] }

describeExplorer('the explorer and the chain', (explorer) => {
  const { open } = explorer
  const servers: Server[] = []

  after(async function () {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  })

  /** A node that answers as the chain's, apart from what `change` answers otherwise. */
  async function nodeLike(change: (call: Call) => unknown, allowsPages = true): Promise<string> {
    const answer = async (call: Call): Promise<object> => {
      const changed = change(call)
      if (changed !== undefined) return { jsonrpc: '2.0', id: call.id, result: changed }
      const response = await fetch(explorer.world.ledger.rpcUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', ...call }),
      })
      return (await response.json()) as object
    }
    return serve(async (response, text) => {
      const calls = JSON.parse(text) as Call | Call[]
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(Array.isArray(calls) ? await Promise.all(calls.map(answer)) : await answer(calls)))
    }, allowsPages)
  }

  /** A server that answers what a page sends to a node. */
  async function serve(
    answer: (response: ServerResponse, text: string) => unknown,
    allowsPages = true,
  ): Promise<string> {
    const server = createServer(async (request, response) => {
      if (allowsPages) response.setHeader('access-control-allow-origin', '*')
      response.setHeader('access-control-allow-headers', '*')
      if (request.method === 'OPTIONS') return response.end()
      let text = ''
      for await (const part of request) text += String(part)
      await answer(response, text)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    explorer.allowed.push(url)
    return url
  }

  async function check(url: string): Promise<void> {
    const { page } = explorer
    await page.getByLabel('Address of a node').fill(url)
    await page.getByRole('button', { name: 'Ask this node' }).click()
  }

  async function openCheck(path = ''): Promise<void> {
    await open(`/m/${explorer.world.ledger.case.forkA}${path}`)
    await explorer.page.getByRole('button', { name: 'Check against the chain' }).click()
    await explorer.page.getByLabel('Address of a node').waitFor()
  }

  it('asks a node that the reader names, and says that it answers the same, at which block of which ledger', async function () {
    const { page } = explorer
    const { provider, deployment, rpcUrl } = explorer.world.ledger
    const { forkA } = explorer.world.ledger.case
    explorer.allowed.push(rpcUrl)
    const report = await verifyModel(openLedger(provider, deployment), { model: forkA, use: 'host' })
    const blockOf = async (moment: string): Promise<number> => {
      const answered = await fetch(`${explorer.world.url}/v1/models/${forkA}${moment}`)
      return ((await answered.json()) as { block: { number: number } }).block.number
    }
    // The last block may have no event of the ledger, and is not named by answers about the past.
    const indexed = await blockOf(`?block=${await blockOf('')}`)
    const scripts: string[] = []
    page.on('request', (request) => void scripts.push(request.url()))
    await openCheck('?use=host')
    expect(scripts.filter((url) => /nodeWorker/.test(url))).to.deep.equal([])
    await check(rpcUrl)
    const outcome = page.locator('[data-chain]')
    await outcome.waitFor({ timeout: 90_000 })
    expect(await outcome.getAttribute('data-chain'), await outcome.innerText()).to.equal('same')
    const text = await outcome.innerText()
    expect(text).to.contain(deployment.contracts.ledger).and.to.contain(VERDICT_WORDS[report.verdict])
    // The index may have gone on since.
    const [hash] = (await outcome.locator('code').allInnerTexts()).filter((each) => /^0x[0-9a-f]{64}$/.test(each))
    const block = await provider.getBlock(hash!)
    expect(block!.number).to.be.at.least(indexed)
    await page.reload()
    await page.getByRole('button', { name: 'Check against the chain' }).click()
    expect(await page.getByLabel('Address of a node').inputValue()).to.equal(rpcUrl)
    // The page itself may not ask the node: only its worker may.
    explorer.isAway = true
    expect(await page.evaluate((url) => fetch(url).then(() => 'sent', String), rpcUrl)).to.contain('Failed to fetch')
    explorer.isAway = false
  })

  it('says when the node is of another chain, behind, on another branch, or answers otherwise', async function () {
    const { page } = explorer
    const { forkA } = explorer.world.ledger.case
    await openCheck()
    await check(await nodeLike(({ method }) => (method === 'eth_chainId' ? '0x1' : undefined)))
    await page.locator('[data-chain="WRONG_CHAIN"]').waitFor()
    await check(await nodeLike(({ method }) => (method === 'eth_getBlockByNumber' ? null : undefined)))
    await page.locator('[data-chain="behind"]').waitFor()
    const { provider } = explorer.world.ledger
    const genesis = (await provider.send('eth_getBlockByNumber', ['0x0', false])) as unknown
    await check(await nodeLike(({ method }) => (method === 'eth_getBlockByNumber' ? genesis : undefined)))
    await page.locator('[data-chain="other-block"]').waitFor()
    await check(await nodeLike(({ method }) => (method === 'eth_getCode' ? '0x' : undefined)))
    await page.locator('[data-chain="STALE_DEPLOYMENT"]').waitFor()
    await check(await nodeLike(({ method }) => (method === 'eth_getLogs' ? [] : undefined)))
    await page.locator('[data-chain]:not([data-chain="STALE_DEPLOYMENT"]):not([data-chain="same"])').waitFor()
    await page.getByLabel('Address of a node').fill('ftp://node.example')
    await page.getByRole('button', { name: 'Ask this node' }).click()
    await page.getByRole('alert').filter({ hasText: 'Use an address such as' }).waitFor()
    expect(new URL(page.url()).pathname).to.equal(`/m/${forkA}`)
  })

  it('says when the node is away, or does not let pages ask it', async function () {
    const { page } = explorer
    await openCheck()
    explorer.isAway = true
    const url = await nodeLike(() => undefined, false)
    const server = servers.at(-1)!
    await check(url)
    await page.locator('[data-chain="NODE_UNREACHABLE"]').waitFor()
    await page.getByText('CORS').waitFor()
    // Another host is asked only by name.
    const other = (await nodeLike(() => undefined)).replace('127.0.0.1', 'localhost')
    const asked: string[] = []
    page.on('request', (request) => void asked.push(request.url()))
    await check(await serve((response) => response.writeHead(307, { location: other }).end()))
    await page.locator('[data-chain="NODE_UNREACHABLE"]').waitFor()
    expect(asked.filter((each) => each.startsWith(other))).to.deep.equal([])
    // An answer without end is left.
    let leave = (): void => {}
    const left = new Promise<void>((resolve) => (leave = resolve))
    const chunk = Buffer.alloc(1024 * 1024, ' ')
    await check(
      await serve((response) => {
        const pour = (): void => void (response.destroyed || (response.write(chunk) ? setImmediate(pour) : undefined))
        response.on('drain', pour).once('close', () => leave())
        pour()
      }),
    )
    await left
    await page.locator('[data-chain="NODE_ANSWER"]').waitFor()
    await new Promise((resolve) => server.close(resolve))
    await check(url)
    await page.getByRole('status').filter({ hasText: 'Asking the node' }).waitFor({ state: 'detached' })
    await page.locator('[data-chain="NODE_UNREACHABLE"]').waitFor()
    explorer.isAway = false
  })

  it('asks a node nothing more when the page is left', async function () {
    const { page } = explorer
    let ask = (): void => {}
    let leave = (): void => {}
    const asked = new Promise<void>((resolve) => (ask = resolve))
    const left = new Promise<void>((resolve) => (leave = resolve))
    await openCheck()
    // It takes a question and never answers.
    await check(
      await serve((response) => {
        response.once('close', leave)
        ask()
      }),
    )
    await asked
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Licenses' }).click()
    await left
  })

  itInDepth('asks by a wallet that announces itself, and passes on no more than reads', async function () {
    const { page, context } = explorer
    const methods = new Set<string>()
    await context.exposeFunction('askNode', async (asked: { method: string; params: unknown[] }) => {
      methods.add(asked.method)
      return explorer.world.ledger.provider.send(asked.method, asked.params)
    })
    await context.addInitScript({
      content: `
        const info = { uuid: '1', rdns: 'example.wallet', name: '<img src=x onerror="document.title=1">', icon: '' }
        const detail = { info, provider: { request: (asked) => window.askNode(asked) } }
        const event = 'eip6963:announceProvider'
        addEventListener('eip6963:requestProvider', () => dispatchEvent(new CustomEvent(event, { detail })))
      `,
    })
    await openCheck()
    await page.getByRole('button', { name: /^Ask by </ }).click()
    const outcome = page.locator('[data-chain]')
    await outcome.waitFor({ timeout: 90_000 })
    expect(await outcome.getAttribute('data-chain'), await outcome.innerText()).to.equal('same')
    expect([...methods].filter((method) => /send|sign|account/i.test(method))).to.deep.equal([])
    expect(await page.locator('main img').count()).to.equal(0)
  })

  it('leads from a transaction to its events, and from the root of datasets to the models', async function () {
    const { page } = explorer
    type Activity = { activity: { nodes: { transaction: string; id: string }[] } }
    const ask = async <T>(path: string): Promise<T> => (await (await fetch(explorer.world.url + path)).json()) as T
    const { transaction } = (await ask<Activity>('/v1/activity?first=1')).activity.nodes[0]!
    await open('/')
    await page.getByRole('searchbox').fill(transaction)
    await page.getByRole('searchbox').press('Enter')
    await page.waitForURL((url) => url.pathname === `/tx/${transaction}`)
    await page.locator('tbody tr').first().waitFor()
    const events = (await ask<Activity>(`/v1/activity?transaction=${transaction}&first=100`)).activity.nodes
    expect(await page.locator('tbody tr').count()).to.equal(events.length)
    await open(`/tx/0x${'34'.repeat(32)}`)
    await page.getByText('No event of this ledger').waitFor()
  })

  it('saves a model as Markdown, and prints its sentence and its ids whole', async function () {
    const { page } = explorer
    const { forkA } = explorer.world.ledger.case
    await open(`/m/${forkA}`)
    await page.locator('.sentence').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'As Markdown' }).click(),
    ])
    const markdown = await readFile(await download.path(), 'utf8')
    expect(download.suggestedFilename()).to.match(/\.md$/)
    expect(markdown)
      .to.contain(forkA)
      .and.to.contain('## Chain of rights')
      .and.to.contain('Stemma: 0 of 1 model passes')
    await page.emulateMedia({ media: 'print' })
    const printed = await page.locator('body').innerText()
    expect(printed)
      .to.contain(await page.locator('.sentence').innerText())
      .and.to.contain(forkA)
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).to.equal(false)
    expect(await page.getByRole('link', { name: 'Open the map' }).isVisible()).to.equal(false)
    const reasons = page.locator('.answer .reason .code')
    expect(await reasons.count()).to.be.above(1)
    for (const reason of await reasons.all()) expect(await reason.isVisible()).to.equal(true)
    const pdf = await page.pdf()
    expect(pdf.subarray(0, 5).toString()).to.equal('%PDF-')
    expect(pdf.length).to.be.above(10_000)
    const { hostile } = explorer.world
    await page.emulateMedia({ media: 'screen' })
    await open(`/m/${hostile[0]!}`)
    await page.locator('.sentence').waitFor()
    const [second] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'As Markdown' }).click(),
    ])
    // Between backticks, text stays text.
    const prose = (await readFile(await second.path(), 'utf8')).replaceAll(/`[^`\n]*`/g, '')
    expect(prose).to.contain('&lt;img').and.not.contain('<img')
  })
})
