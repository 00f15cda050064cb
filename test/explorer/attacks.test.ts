import { expect } from 'chai'
import type { Browser, BrowserContext, Page, Route } from 'playwright-core'

import { syntheticId } from '../../bench/lineage/rows.ts'
import { launchBrowser } from '../fixtures/browser.ts'
import { inDepth } from '../fixtures/inDepth.ts'
import { serveSynthetic, type SyntheticApi } from '../fixtures/syntheticApi.ts'

const ID = syntheticId('model', 7)
const LONG = 'x'.repeat(8000)

/** Addresses that nobody writes by accident. Each has a heading of its own or one that says what is wrong. */
const ADDRESSES = [
  `/m/${ID}?at=-1`,
  `/m/${ID}?at=9007199254740991`,
  '/m/%E0%A4%A',
  '/%',
  '/search?q=%E0%A4%A&q=b',
  `/search?q=${LONG}`,
  '/m/__proto__?facts={"__proto__":"1"}&trust={}',
  `/m/${ID}?at=1e309&tab=constructor&use=__proto__&facts=null&trust=0x12&rules=[`,
  `/m/${ID}?facts={"__proto__":{"a":1},"constructor":"1"}&trust=["0x12",null]&rules={"version":1}`,
  `/m/${ID}/map?down=-5&cap=NaN&open={"length":1e9}&sel=[]&path=null&view=toString`,
  `/m/${ID}/map?down=1e400&open=["__proto__"]`,
  '/l/__proto__?with=constructor',
  '/c/%00?time=1e400',
  '/c/0x12?time=-1',
  '/usage?gap=NaN&model=[]&operator=__proto__',
  '/usage/constructor?gap=1',
  '/reviews?state=__proto__&order=toString&requester=[]',
  '/reviews/..%2f..%2f',
  '/impact?credential=__proto__&model=[]&datasets={}',
  '/tx/javascript:alert(1)',
  '/activity?kind=constructor&after=%00&model=x',
  '/activity?kind=models&after=bm90IGEgY3Vyc29y',
  '/overview?by=__proto__&root=1e9',
  '/overview?root=9007199254740991',
  '/licenses?q={"a":1}',
  '/verify?use=__proto__&sha256=["0x12",{}]',
  '/verify#r=1.AAAA',
  '/verify#r=__proto__',
  '/act/__proto__?model=x',
  '/act/constructor',
  '/act/register?__proto__=1&uri[]=2',
  '/a/b/c/d/..%2f..//%2e%2e/x',
] as const

/** Pages that ask the API for different things. */
const PAGES = [
  '/',
  '/search?q=model-7',
  `/m/${ID}`,
  `/m/${ID}?tab=lineage`,
  `/m/${ID}?tab=history`,
  `/m/${ID}/map`,
  `/m/${ID}/map?view=table`,
  '/licenses',
  '/usage',
  '/reviews',
  '/activity',
  '/overview',
  `/impact?model=${ID}`,
  `/tx/0x${'34'.repeat(32)}`,
  `/verify?sha256=["${syntheticId('weights', 7)}"]`,
  `/l/${syntheticId('terms', 1)}`,
  `/c/${syntheticId('credential', 1)}`,
  `/reviews/${syntheticId('weights', 7)}`,
  `/usage/${syntheticId('log', 1)}`,
] as const

type Lie = (route: Route, text: () => Promise<string>) => Promise<void>
const json = (body: string): Parameters<Route['fulfill']>[0] => ({ status: 200, contentType: 'application/json', body })
/** What a server may answer that is broken, or lies. */
const LIES: Readonly<Record<string, Lie>> = {
  html: (route) =>
    route.fulfill({ status: 200, contentType: 'text/html', body: '<h1>Sign in</h1><script>window.ran=1</script>' }),
  'no data': (route) => route.fulfill(json('{"data":null}')),
  'an empty ledger': (route) => route.fulfill(json('{"data":{"ledger":{}},"overview":{}}')),
  'a null ledger': (route) => route.fulfill(json('{"data":{"ledger":null}}')),
  'an error of another form': (route) => route.fulfill(json('{"errors":[null]}')),
  'a failure': (route) => route.fulfill({ status: 502, contentType: 'text/plain', body: 'Bad gateway' }),
  'half an answer': async (route, text) => {
    const whole = await text()
    await route.fulfill(json(whole.slice(0, whole.length / 2)))
  },
  'numbers for texts': async (route, text) => route.fulfill(json((await text()).replaceAll(/:"[^"]*"/g, ':7'))),
  'texts for numbers': async (route, text) => route.fulfill(json((await text()).replaceAll(/:-?\d+/g, ':"<b>x</b>"'))),
  'nulls for lists': async (route, text) => route.fulfill(json((await text()).replaceAll('[', 'null,"x":['))),
  'endless numbers': async (route, text) => route.fulfill(json((await text()).replaceAll(/:-?\d+/g, ':1e300'))),
}

describe('attacks on the explorer', function () {
  this.timeout(900_000)
  let api: SyntheticApi
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let problems: string[]
  /** Pages that cannot show an answer say so, and the router writes why to the console. */
  let isLying = false

  before(async function () {
    api = await serveSynthetic(100)
    browser = await launchBrowser()
  })
  beforeEach(async function () {
    problems = []
    isLying = false
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' })
    page = await context.newPage()
    page.on('dialog', (dialog) => void dialog.dismiss().then(() => problems.push('a dialog')))
    page.on('pageerror', (error) => problems.push(`${page.url().slice(0, 200)} ${String(error)}`))
    page.on('console', (message) => {
      // The browser itself reports answers that fail.
      if (message.type() === 'error' && !isLying && !message.text().startsWith('Failed to load resource')) {
        problems.push(`${page.url().slice(0, 200)} ${message.text().slice(0, 300)}`)
      }
    })
  })
  afterEach(async function () {
    await context.close()
  })
  after(async function () {
    await browser?.close()
    await api?.close()
  })

  /** Waits until a page stands still, and asserts that it says something and ran nothing. */
  async function expectPage(where: string): Promise<void> {
    await page
      .locator('main h1, [role=alert]')
      .first()
      .waitFor({ timeout: 60_000 })
      .catch(() => problems.push(`${where}: blank`))
    await page
      .waitForFunction(() => document.querySelector('.skeleton') === null, null, { timeout: 60_000 })
      .catch(() => problems.push(`${where}: skeleton stays`))
    const found = await page.evaluate(() => ({
      ran: (globalThis as { ran?: number }).ran,
      text: document.body.innerText,
      isFramed: document.querySelector('header nav') !== null,
    }))
    if (found.ran !== undefined) problems.push(`${where}: ran`)
    if (found.text.length < 40) problems.push(`${where}: ${found.text}`)
    if (!found.isFramed) problems.push(`${where}: no header: ${found.text.slice(0, 200)}`)
  }

  it('has a page for every address', async function () {
    for (const path of ADDRESSES.filter((_, at) => at % inDepth(2, 1) === 0)) {
      await page.goto(api.url + path)
      await expectPage(path)
    }
    expect(problems).to.deep.equal([])
  })

  it('goes from page to page, back and forward, while they load', async function () {
    await page.goto(`${api.url}/m/${ID}`)
    const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
    await links.first().waitFor()
    const count = await links.count()
    // No answer comes before all is left.
    let answer = (): void => {}
    const left = new Promise<void>((resolve) => (answer = resolve))
    await page.route(/\/(graphql|v1)(\/|$|\?)/, async (route) => {
      await left
      await route.continue()
    })
    for (let at = 0; at < count; at += 1) {
      await links.nth(at).click()
      const to = await links.nth(at).getAttribute('href')
      await page.waitForURL((url) => url.pathname === to)
    }
    for (const step of [-1, -1, -1, 1, -2, 1, 1, 1, -3]) await page.evaluate((by) => history.go(by), step)
    answer()
    await expectPage('back and forward')
    const path = new URL(page.url()).pathname
    const heading = await page.locator('main h1').first().innerText()
    // What stands there is the page of the address, and no answer of another came over it.
    await page.unrouteAll({ behavior: 'ignoreErrors' })
    await page.goto(api.url + path)
    await expectPage(path)
    expect(await page.locator('main h1').first().innerText()).to.equal(heading)
    expect(problems).to.deep.equal([])
  })

  it('says so when the API answers what it should not', async function () {
    isLying = true
    for (const [at, [name, lie]] of Object.entries(LIES).entries()) {
      await page.route(/\/(graphql|v1)(\/|$|\?)/, (route) =>
        route.request().url().includes('/stream')
          ? route.abort()
          : lie(route, async () => (await route.fetch()).text()),
      )
      for (const path of inDepth([PAGES[(at * 3) % PAGES.length]!], [...PAGES])) {
        await page.goto(api.url + path)
        await expectPage(`${name}: ${path}`)
      }
      // Requests of the page that is left may still be on their way.
      await page.unrouteAll({ behavior: 'ignoreErrors' })
    }
    expect(problems).to.deep.equal([])
  })
})
