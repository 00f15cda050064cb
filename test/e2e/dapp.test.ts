import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'

import { serveApi } from '../../packages/server/src/api/serve.ts'
import { indexLedger } from '../../packages/server/src/indexer/indexLedger.ts'
import { parseAddress, type ModelId } from '../../src/core/hex.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { publishTerms } from '../../src/sdk/licensing/publishTerms.ts'
import { nodeProvider } from '../../src/sdk/nodeProvider.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { launchBrowser } from '../fixtures/browser.ts'
import { startHttpNode, type HttpNode } from '../fixtures/httpNode.ts'
import { digestOf, registrationOf, TERMS } from '../fixtures/ledger.ts'

const root = join(import.meta.dirname, '../..')
const HOSTILE = 'https://models.example/<img src=x onerror="document.title=1">'

describe('examples/dapp', function () {
  this.timeout(120_000)
  let node: HttpNode
  let api: Awaited<ReturnType<typeof serveApi>>
  let folder: string
  let server: ChildProcess
  let url: string
  let browser: Browser
  let page: Page
  let hostile: ModelId
  const failures: string[] = []

  before(async function () {
    node = await startHttpNode()
    const provider = nodeProvider(node.url, node.deployment, { pollingInterval: 10 })
    const [publisher, tuner] = [await provider.getSigner(1), await provider.getSigner(3)]
    const [ofPublisher, ofTuner] = [publisher, tuner].map((signer) => openLedger(signer, node.deployment))
    const { terms } = await publishTerms(ofPublisher!, { terms: TERMS })
    const register = async (by: typeof ofPublisher, uri: string, parents: readonly ModelId[]): Promise<ModelId> => {
      const address = parseAddress((by === ofPublisher ? publisher : tuner).address)
      const registration = registrationOf(address, {
        terms,
        uri,
        weights: digestOf(uri + address),
        parents: parents.map((model) => ({ model, relation: 'finetune' })),
      })
      return (await registerModel(by!, { registration })).model
    }
    const base = await register(ofPublisher, 'https://huggingface.co/acme/base', [])
    hostile = await register(ofTuner, HOSTILE, [base])
    await register(ofTuner, 'https://huggingface.co/beta/tuned', [hostile])
    for (const by of [ofPublisher, ofTuner]) await register(by, 'https://huggingface.co/acme/twice', [])
    provider.destroy()

    folder = await mkdtemp(join(tmpdir(), 'stemma-dapp-'))
    const database = join(folder, 'index.sqlite')
    await indexLedger({ deployment: node.deployment, database, rpc: { url: node.url }, once: true })
    api = await serveApi({ database, port: 0, host: '127.0.0.1' })
    await writeFile(join(folder, 'local.json'), JSON.stringify(node.deployment))
    server = spawn(process.execPath, serve(0), { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    const { value } = await createInterface(server.stdout!)[Symbol.asyncIterator]().next()
    url = /http\S+/.exec(String(value))![0]
    browser = await launchBrowser()
  })

  beforeEach(async function () {
    page = await browser.newPage({ viewport: { width: 360, height: 800 } })
    page.on('pageerror', (error) => failures.push(String(error)))
  })

  afterEach(async function () {
    // The page is as wide as the window, whatever it shows.
    const [wide, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect(wide).to.equal(window_)
    expect(failures).to.deep.equal([])
    await page.close()
  })

  after(async function () {
    await browser?.close()
    server?.kill()
    await api?.close()
    await node?.close()
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  })

  /** The arguments of Node that serve the page on a port. */
  function serve(port: number): string[] {
    const program = join(root, 'examples/dapp/serve.ts')
    return ['--conditions=source', program, '--port', String(port), '--deployment', join(folder, 'local.json')]
  }

  /** Opens the page, which connects to the node of its deployment by itself. */
  async function open(): Promise<void> {
    await page.goto(url)
    await page.waitForSelector('#ask button:not([disabled])')
  }

  /** What stands in a place of the page, once nothing runs there. */
  async function settled(id: 'connection' | 'result'): Promise<string> {
    await page.waitForSelector(`#${id}:not([aria-busy]) > div`)
    return page.innerText(`#${id}`)
  }

  async function ask(query: string): Promise<string> {
    await page.fill('#model', query)
    // By keyboard: the form is sent by the enter key.
    await page.press('#model', 'Enter')
    return settled('result')
  }

  it('connects to a node, and shows the verdict, its reasons and remedies, and the ancestors of a model by name', async function () {
    await open()
    expect(await settled('connection')).to.contain('Connected to "test" on chain 31337')
    const text = await ask('beta/tuned')
    for (const part of [
      'Commercial use of beta/tuned',
      'What is not known',
      'Made from 2 models',
      'acme/base by finetune',
    ]) {
      expect(text).to.contain(part)
    }
    expect(await page.locator('.tree > li > ul > li').innerText()).to.match(/^acme\/base/)
    await page.getByRole('button', { name: 'acme/base' }).click()
    await page.getByText('Made from no other models').waitFor()
    expect(await page.inputValue('#model')).to.match(/^0x[0-9a-f]{64}$/)
  })

  it('asks for the numbers that the answer depends on, and answers by them', async function () {
    await open()
    await ask('acme/base')
    const label = 'Monthly revenue in US dollars of the products that use the model'
    const field = page.getByLabel(label)
    await field.fill('50,000,000')
    await page.getByRole('button', { name: 'Ask again' }).click()
    expect(await field.evaluate((input: HTMLInputElement) => input.validity.patternMismatch)).to.equal(true)
    await field.fill('50000000')
    await page.getByRole('button', { name: 'Ask again' }).click()
    await page.locator('#result .not-permitted').waitFor()
    expect(await settled('result')).to.contain('What forbids it')
    expect(await page.getByLabel(label).inputValue()).to.equal('50000000')
  })

  it('serves its files only, whatever the path', async function () {
    for (const path of ['/', '//x', '../page.ts', '%', 'nothing']) {
      expect((await fetch(url + path)).status, path).to.equal(404)
    }
    expect((await fetch(`${url}?from=mail`)).headers.get('content-type')).to.equal('text/html; charset=utf-8')
  })

  it('says that its port is taken', function () {
    const port = Number(new URL(url).port)
    const { status, stderr } = spawnSync(process.execPath, serve(port), { cwd: folder, encoding: 'utf8' })
    const words = `Port ${port} is taken. Choose another with --port, or 0 for any that is free. Use --help for the usage.\n`
    expect([status, stderr]).to.deep.equal([2, words])
  })

  it('shows what strangers wrote on the ledger as text', async function () {
    await open()
    const text = await ask(hostile)
    expect(text).to.contain('<img src=x onerror=')
    expect(await page.locator('#result img, #result script').count()).to.equal(0)
    expect(await page.title()).to.equal('May I use this model? Stemma')
    const policy = await page.getAttribute('meta[http-equiv="Content-Security-Policy"]', 'content')
    expect(policy).to.match(/default-src 'none'; script-src 'self'; style-src 'self';/)
  })

  it('says what to do when a model is not registered, is not named, or is meant twice', async function () {
    await open()
    expect(await ask('nobody/nothing')).to.match(/Not registered[^]*"nobody\/nothing"[^]*Check the id/)
    expect(await page.getAttribute('#result .error', 'role')).to.equal('alert')
    await page.fill('#model', ' ')
    await page.getByRole('button', { name: 'Ask', exact: true }).click()
    await page.getByText('Enter a model first').waitFor()
    expect(await ask('acme/twice')).to.contain('More than one publisher')
    await page.getByRole('button', { name: 'acme/twice' }).last().click()
    await page.getByText('Commercial use of acme/twice').waitFor()
  })

  it('says that no node is there, and that a URL is not one', async function () {
    await open()
    for (const [typed, words] of [
      ['http://127.0.0.1:1', /No node there[^]*Check that it is running/],
      ['nowhere', /Enter the URL of a node/],
    ] as const) {
      await page.fill('#url', typed)
      await page.getByRole('button', { name: 'Connect' }).click()
      await page.locator('#connection .error').filter({ hasText: words }).waitFor()
      expect(await page.isDisabled('#ask button')).to.equal(true)
    }
  })

  it('asks an index as well, and shows how far it is', async function () {
    await open()
    await page.fill('#api', api.url)
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByText(/The index is at block \d+ of \d+/).waitFor()
    expect(await ask('beta/tuned')).to.match(
      /Commercial use of beta\/tuned[^]*, read from a node at block \d+, and the index agrees\./,
    )
    await page.fill('#api', 'http://127.0.0.1:1')
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.locator('#connection .error').filter({ hasText: 'No query API there' }).waitFor()
  })

  it('reads by a wallet, which it asks to switch when that is on another chain', async function () {
    await page.addInitScript({ content: walletOf(node.url) })
    await open()
    await page.selectOption('#reader', { label: '<b>Wallet</b>' })
    expect(await page.isVisible('#url')).to.equal(false)
    await page.getByRole('button', { name: 'Connect' }).click()
    await page
      .locator('#connection .error')
      .filter({ hasText: /Declined[^]*confirm it in the wallet/ })
      .waitFor()
    await page.getByRole('button', { name: 'Connect' }).click()
    await page
      .locator('#connection .error')
      .filter({ hasText: /Wrong chain[^]*on chain 1\./ })
      .waitFor()
    await page.getByRole('button', { name: 'Switch the wallet to chain 31337' }).click()
    await page.getByText('You ask as 0x14dc79964da2c08b23698b3d3cc7ca32193d9955').waitFor()
    expect(await ask('acme/base')).to.contain('Asked as 0x14dc')
  })
})

/**
 * The script of a wallet (EIP-6963) that reads by a node, as text, because it runs in the page: it is on another chain until it is asked to
 * switch, and its owner declines the first time.
 */
function walletOf(rpcUrl: string): string {
  return `
let chain = '0x1'
let declined = false
const provider = {
  on() {},
  async request({ method, params = [] }) {
    if (method === 'eth_chainId') return chain
    if (method === 'eth_requestAccounts') {
      if (declined) return ['0x14dc79964da2c08b23698b3d3cc7ca32193d9955']
      declined = true
      throw Object.assign(new Error('User rejected the request.'), { code: 4001 })
    }
    if (method === 'wallet_switchEthereumChain') return void (chain = params[0].chainId)
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const headers = { 'content-type': 'application/json' }
    const { result, error } = await (await fetch('${rpcUrl}', { method: 'POST', headers, body })).json()
    if (error) throw Object.assign(new Error(error.message), error)
    return result
  },
}
const info = { uuid: 'a', name: '<b>Wallet</b>', icon: '', rdns: 'example.wallet' }
addEventListener('eip6963:requestProvider', () =>
  dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: { info, provider } })),
)
`
}
