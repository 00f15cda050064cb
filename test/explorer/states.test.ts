import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { expect } from 'chai'
import type { Browser, BrowserContext, Page } from 'playwright-core'

import { syntheticId } from '../../bench/lineage/rows.ts'
import { mixesScripts, skeletonOf } from '../../src/core/lookAlike.ts'
import { launchBrowser } from '../fixtures/browser.ts'
import { inDepth } from '../fixtures/inDepth.ts'
import { serveSynthetic, type SyntheticApi } from '../fixtures/syntheticApi.ts'

const MODELS = inDepth(300, 50_000)
const PAGES = ['/', '/activity', '/overview', '/search?q=model-7', `/m/${syntheticId('model', 7)}`]
const dist = join(import.meta.dirname, '../../packages/explorer/dist')

describe('states of the explorer', function () {
  this.timeout(120_000)
  let api: SyntheticApi
  let browser: Browser
  let context: BrowserContext
  let page: Page

  before(async function () {
    api = await serveSynthetic(MODELS, (database) => {
      database.exec('UPDATE checkpoint SET finalized = block - 2')
      database.exec("UPDATE models SET uri = 'https://huggingface.co/famous/Base-7B', name = 'base-7b' WHERE n = 1")
      database.exec("UPDATE models SET uri = 'https://huggingface.co/famous/Bаse-7B', name = 'bаse-7b' WHERE n = 299")
      database.exec("UPDATE models SET uri = 'https://huggingface.co/famous/Base-7C', name = 'base-7c' WHERE n = 300")
    })
    browser = await launchBrowser()
  })
  beforeEach(async function () {
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' })
    page = await context.newPage()
  })
  afterEach(async function () {
    await context.close()
  })
  after(async function () {
    await browser?.close()
    await api?.close()
  })

  it('loads within its budget: the first load, and the map with what places it; no file imports itself in a circle', function () {
    const assets = join(dist, 'assets')
    const text = (name: string): string => readFileSync(join(assets, name), 'utf8')
    const importsOf = (name: string): string[] =>
      name.endsWith('.js')
        ? Array.from(text(name).matchAll(/(?:from|import)[`"]\.\/([^`"]+\.js)[`"]/g), ([, other]) => other!)
        : []
    const withImports = (names: readonly string[], loaded = new Set<string>()): Set<string> => {
      for (const name of names) if (!loaded.has(name)) withImports(importsOf(name), loaded.add(name))
      return loaded
    }
    const size = (names: Iterable<string>): number =>
      [...names].reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0)
    const page = readFileSync(join(dist, 'index.html'), 'utf8')
    const first = withImports(Array.from(page.matchAll(/"\/assets\/([^"]+)"/g), ([, name]) => name!))
    expect(size(first)).to.be.within(50_000, 130_000)
    // What other pages load too, such as the evaluator, is not of the map.
    const map = globSync('{MapPage,map,dagre}*-*.{js,css}', { cwd: assets }).filter((name) => !first.has(name))
    expect(size(map)).to.be.within(30_000, 40_000)
    for (const name of first) expect(text(name), name).to.not.contain('JsonRpcProvider')
    for (const name of globSync('*.js', { cwd: assets })) {
      expect([...withImports(importsOf(name))], name).to.not.contain(name)
    }
  })

  it('marks names that look like those of better-known models of other publishers', async function () {
    expect(skeletonOf('Bаse-7B')).to.equal(skeletonOf('base-7b'))
    expect([
      mixesScripts('Bаse-7B'),
      mixesScripts('Base-7B'),
      mixesScripts('Модель'),
      mixesScripts('ｂase'),
    ]).to.deep.equal([true, false, false, true])
    for (const number of [299, 300]) {
      await page.goto(`${api.url}/m/${syntheticId('model', number)}`)
      await page.locator('[data-look-alikes]').getByText('famous/Base-7B').waitFor()
      expect(await page.locator('h1 .alike').count()).to.equal(number === 299 ? 1 : 0)
    }
    await page.goto(`${api.url}/m/${syntheticId('model', 1)}`)
    await page.locator('h1').waitFor()
    await page.waitForLoadState('networkidle')
    expect(await page.locator('[data-look-alikes]').count()).to.equal(0)
  })

  it('names what may have been meant where nothing is', async function () {
    await page.goto(`${api.url}/models/famous/Base-7D`)
    await page.getByText('Did you mean').waitFor()
    await page.getByRole('link', { name: 'famous/Base-7B' }).waitFor()
  })

  it('says that the index is behind', async function () {
    api.change((database) => database.exec('UPDATE checkpoint SET head = block + 1234'))
    await page.goto(api.url)
    await page.getByText('1,234 blocks behind').waitFor()
    api.change((database) => database.exec('UPDATE checkpoint SET head = block'))
    await page.getByText('blocks behind').waitFor({ state: 'detached' })
  })

  it('says how long to wait when there were too many requests', async function () {
    await page.route('**/graphql', (route) =>
      route.fulfill({ status: 429, headers: { 'retry-after': '7' }, body: '{}' }),
    )
    await page.goto(`${api.url}/activity`)
    await page.getByText('Wait 7 seconds').first().waitFor()
    // What no server means is not repeated.
    await page.route('**/graphql', (route) =>
      route.fulfill({ status: 429, headers: { 'retry-after': '99999999999999999999' }, body: '{}' }),
    )
    await page.getByRole('button', { name: 'Ask again' }).last().click()
    await page.getByText('Wait 3,600 seconds').first().waitFor()
    await page.unroute('**/graphql')
    await page.getByRole('button', { name: 'Ask again' }).last().click()
    await page.locator('tr[data-event]').first().waitFor()
  })

  it('says when a part of the page is not there, as after an upgrade, and opens it again', async function () {
    await page.goto(api.url)
    await page.locator('main h1').waitFor()
    await page.route(/UsageLogs-.*css/, (route) => route.fulfill({ status: 404, body: '' }))
    await page.getByRole('link', { name: 'Usage' }).click()
    await page.getByText('A part of this page is missing').waitFor()
    await page.unroute(/UsageLogs-.*css/)
    await page.getByRole('button', { name: 'Open it again' }).click()
    await page.locator('main h1').waitFor()
  })

  it('has a page that says so on every page when the API is away', async function () {
    await page.goto(api.url)
    await page.locator('tr[data-event]').first().waitFor()
    // What a browser has of the pages works on without the server.
    const pages = await Promise.all(
      PAGES.map(async (path) => {
        const other = await context.newPage()
        await other.goto(api.url + path)
        await other.locator('main h1').first().waitFor()
        return other
      }),
    )
    await api.stop()
    for (const [index, other] of pages.entries()) {
      await other.getByText('The index does not answer').first().waitFor()
      expect((await other.locator('main').innerText()).length, PAGES[index]).to.be.above(20)
      await other.close()
    }
  })
})
