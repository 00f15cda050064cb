import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'

import { createApp } from '../../examples/credit/app.ts'
import { createDescription, type LedgerDescription } from '../../packages/server/src/gateway/description.ts'
import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import { termsIdOfName, termsNamed } from '../../src/cli/names.ts'
import { parseAddress } from '../../src/core/hex.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { publishTerms } from '../../src/sdk/licensing/publishTerms.ts'
import { nodeProvider } from '../../src/sdk/nodeProvider.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { launchBrowser } from '../fixtures/browser.ts'
import { startHttpNode, type HttpNode } from '../fixtures/httpNode.ts'
import { digestOf, registrationOf } from '../fixtures/ledger.ts'

const HOSTILE = '<img src=x onerror="document.title=1"> & "so on"'

/** Listens on a port of its own, and returns the URL. */
async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('examples/credit', function () {
  this.timeout(120_000)
  let node: HttpNode
  let description: LedgerDescription
  let gateway: Server
  let app: Server
  let url: string
  let browser: Browser
  let page: Page
  /** Whether the gateway leaves the duties out of the header for their length. */
  let isCut = false

  before(async function () {
    node = await startHttpNode()
    const provider = nodeProvider(node.url, node.deployment, { pollingInterval: 10 })
    const signer = await provider.getSigner(1)
    const ledger = openLedger(signer, node.deployment)
    const licenses = await loadLicenses()
    const register = async (uri: string, license: string) => {
      await publishTerms(ledger, { terms: termsNamed(licenses, license) })
      const terms = termsIdOfName(licenses, license)
      const registration = registrationOf(parseAddress(signer.address), { terms, uri, weights: digestOf(uri) })
      return (await registerModel(ledger, { registration })).model
    }
    const llama = await register('https://huggingface.co/acme/llama', 'llama3.1')
    const free = await register('https://huggingface.co/acme/free', 'Apache-2.0')
    const reader = openLedger(provider, node.deployment)
    const models = [
      { name: 'llama-1', model: llama, use: 'redistribute' },
      { name: 'free-1', model: free, use: 'commercial' },
    ] as const
    ;({ description } = await createDescription({ ledger: reader, models, trusted: [parseAddress(signer.address)] }))
    provider.destroy()
    // What a gateway sends: the answer of an upstream, and the headers and the list of the description.
    gateway = createServer((request, response) => {
      if (request.url === '/v1/models') {
        const data = models.map(({ name }) => ({ id: name, object: 'model', ...description.model(name) }))
        response.end(JSON.stringify({ object: 'list', data }))
        return
      }
      let body = ''
      request.setEncoding('utf8').on('data', (chunk) => (body += chunk))
      request.on('end', () => {
        const { model, messages } = JSON.parse(body)
        const headers = description.headers(model).map(([name, value]) => {
          return [name, isCut && name === 'stemma-duties' ? 'more' : value] as const
        })
        response.writeHead(200, [['content-type', 'application/json'] as const, ...headers].flat())
        response.end(JSON.stringify({ choices: [{ message: { content: `Asked: ${messages[0].content}` } }] }))
      })
    })
    url = await listening(gateway)
    browser = await launchBrowser()
  })

  beforeEach(async function () {
    page = await browser.newPage({ viewport: { width: 360, height: 640 } })
  })

  afterEach(async function () {
    await page.close()
    app.close()
    isCut = false
  })

  after(async function () {
    await browser?.close()
    gateway?.close()
    await node?.close()
  })

  /** Asks the page about a model, and returns the credits that it shows. */
  async function creditsFor(model: string, question: string): Promise<string[]> {
    app = createApp({ gateway: url, key: 'key', model })
    await page.goto(await listening(app))
    expect(await page.locator('.credit').count()).to.equal(0)
    await page.getByLabel('Question').fill(question)
    await page.getByRole('button').click()
    await page.locator('#answer').waitFor()
    expect(await page.locator('#answer').textContent()).to.equal(`Asked: ${question}`)
    expect(await page.title()).to.equal('Ask')
    const [width, inner] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [
      number,
      number,
    ]
    expect(width).to.be.at.most(inner)
    return page.locator('.credit').allTextContents()
  }

  it('shows "Built with Llama" because the response names it, and nothing where it names nothing', async function () {
    expect(await creditsFor('llama-1', 'What is a lineage?')).to.deep.equal(['Built with Llama'])
    const folder = process.env.STEMMA_PICTURES
    if (folder !== undefined) {
      await page.screenshot({ path: `${folder}/credit-narrow.png` })
      await page.setViewportSize({ width: 1280, height: 720 })
      await page.screenshot({ path: `${folder}/credit-wide.png` })
    }
    app.close()
    expect(await creditsFor('free-1', HOSTILE)).to.deep.equal([])
  })

  it('looks into the list of models where the header cannot hold all duties', async function () {
    isCut = true
    expect(await creditsFor('llama-1', HOSTILE)).to.deep.equal(['Built with Llama'])
  })
})
