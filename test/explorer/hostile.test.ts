import type { DatabaseSync } from 'node:sqlite'

import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'

import { syntheticId } from '../../bench/lineage/rows.ts'
import { launchBrowser } from '../fixtures/browser.ts'
import { inDepth } from '../fixtures/inDepth.ts'
import { serveSynthetic, type SyntheticApi } from '../fixtures/syntheticApi.ts'

/** What would set the title or a variable of the page if it ran. */
const PAYLOADS = [
  '<script>window.ran=1</script>',
  '<img src=x onerror="window.ran=1">',
  '<svg onload=window.ran=1>',
  '"><script>window.ran=1</script>',
  "'-window.ran=1-'",
  'javascript:window.ran=1',
  'data:text/html,<script>parent.ran=1</script>',
  '<iframe srcdoc="<script>parent.ran=1</script>">',
  '<a href="javascript:window.ran=1">here</a>',
  '{{constructor.constructor("window.ran=1")()}}',
  '${window.ran=1}',
  '</title><script>window.ran=1</script>',
  '<style>*{display:none}</style>',
  '<base href="https://evil.example/">',
  '<form action="https://evil.example/"><button>go',
  '<link rel=stylesheet href="https://evil.example/x.css">',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
  '__proto__',
  '=HYPERLINK("https://evil.example","x")',
  '%3Cscript%3Ewindow.ran=1%3C/script%3E',
] as const
/** How each payload is hidden or made awkward: as it is, turned, joined, endless, in other letters. */
const DISGUISES: readonly ((payload: string, at: number) => string)[] = [
  (payload) => payload,
  (payload) => `\u202e${payload}\u2066`,
  (payload) => `a\u200b\u200d\ufeff${payload}`,
  (payload) => `${'long'.repeat(60)}${payload}`,
  (payload) => `${payload}\n\r\t\u0007\u001b[31m`,
  (payload) => `\u0430nysphere ${payload}`,
  (payload) => `e${'\u0301'.repeat(80)}${payload}`,
  (payload) => `\u{1f469}\u200d\u{1f4bb}${payload}\u{1f469}`,
  (payload) => `${'文'.repeat(100)}${payload}`,
  (payload, at) => `${at} ${payload} ${payload.toUpperCase()}`,
]
const HOSTILE = PAYLOADS.flatMap((payload) => DISGUISES.map((disguise, at) => disguise(payload, at)))
const MODELS = 300
const [HUB, CLAIMED] = [1, 7]

describe('hostile texts in the explorer', function () {
  this.timeout(120_000)
  let api: SyntheticApi
  let browser: Browser
  const problems: string[] = []

  before(async function () {
    api = await serveSynthetic(MODELS, writeHostile)
    browser = await launchBrowser()
  })
  after(async function () {
    await browser?.close()
    await api?.close()
  })

  it('are 200, in every field that strangers write', async function () {
    expect(new Set(HOSTILE).size).to.equal(200)
    const { nodes } = (
      (await fetch(`${api.url}/v1/models/${syntheticId('model', HUB)}/map?cap=300&down=1`).then((one) =>
        one.json(),
      )) as {
        map: { nodes: { name: string }[] }
      }
    ).map
    expect(nodes.length).to.be.above(200)
  })

  it('run nowhere, load nothing, and need no scrolling sideways at 360 pixels', async function () {
    const context = await browser.newContext({ viewport: { width: 360, height: 780 }, locale: 'en-GB' })
    const page = await context.newPage()
    page.on('dialog', (dialog) => void dialog.dismiss().then(() => problems.push('a dialog')))
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('request', (request) => {
      if (!request.url().startsWith(api.url) && !request.url().startsWith('blob:')) problems.push(request.url())
    })
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    const [hub, claimed] = [syntheticId('model', HUB), syntheticId('model', CLAIMED)]
    const paths = [
      '/',
      '/activity',
      '/overview?by=license',
      '/overview?by=publisher',
      `/m/${hub}/map?cap=300&down=1`,
      `/m/${hub}/map?view=table&cap=300&down=1`,
      `/search?q=${encodeURIComponent(HOSTILE[0]!)}`,
      `/search?q=${encodeURIComponent(HOSTILE[13]!)}`,
      `/${encodeURIComponent(HOSTILE[21]!)}/${encodeURIComponent(HOSTILE[1]!)}`,
      ...['record', 'licenses', 'lineage', 'endpoints', 'history', 'reviews'].map((tab) => `/m/${claimed}?tab=${tab}`),
    ]
    // `npm test` opens every second one.
    for (const path of paths.filter((_, at) => at % inDepth(2, 1) === 0)) {
      await page.goto(api.url + path)
      await page.locator('main h1').first().waitFor()
      await page.waitForLoadState('networkidle')
      if (path.endsWith('tab=reviews')) await openClaims(page)
      await expectInert(page, path)
    }
    expect(problems).to.deep.equal([])
    await context.close()
  })
})

/** Opens what became of claims: the texts of their parties are there as text, and so is the domain that the publisher states. */
async function openClaims(page: Page): Promise<void> {
  const claims = page.locator('[data-claim]')
  await claims.first().waitFor()
  for (const claim of (await claims.all()).slice(0, 5)) {
    await claim.locator('summary').click()
    await claim.locator('details .uri').first().waitFor()
  }
  expect(await page.locator('main').innerText()).to.contain('<script>window.ran=1</script>')
}

async function expectInert(page: Page, path: string): Promise<void> {
  const found = await page.evaluate(() => ({
    ran: (globalThis as { ran?: number }).ran,
    elements: document.querySelectorAll(
      'main :is(img, script, iframe, base, meta, style, link, object, embed), main form[action], main a[href^="javascript" i], main a[href^="data" i]',
    ).length,
    text: document.querySelector('main')!.textContent,
    wide: document.documentElement.scrollWidth,
    inner: innerWidth,
  }))
  expect(found.ran, path).to.equal(undefined)
  expect(found.elements, path).to.equal(0)
  expect(found.text, path).to.not.match(/[\u202a-\u202e\u2066-\u2069\u200b]|[^\P{Cc}\n]/u)
  expect(found.wide, path).to.equal(found.inner)
}

/** Writes the texts into the fields of the index that strangers write. The contracts and the indexer allow all of them. */
function writeHostile(database: DatabaseSync): void {
  const text = (at: number): string => HOSTILE[at % HOSTILE.length]!
  const each = (table: string, key: string, column: string, valueOf: (at: number) => string): void => {
    const update = database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${key} = ?`)
    const keys = database.prepare(`SELECT ${key} AS key FROM ${table} ORDER BY ${key}`).all()
    keys.forEach((row, at) => update.run(valueOf(at), row.key!))
  }
  // Every second model has its text for a whole URI, every other one behind the address of the Hub.
  each('models', 'n', 'uri', (at) => (at % 2 === 0 ? text(at) : `https://huggingface.co/acme/${text(at)}`))
  each('models', 'n', 'name', (at) => text(at).slice(0, 200).toLowerCase())
  each('terms', 'n', 'name', (at) => text(at * 5))
  each('terms', 'n', 'uri', (at) => text(at * 5 + 1))
  each('tiers', 'n', 'name', text)
  each('tiers', 'n', 'uri', text)
  const digest = (kind: string, at: number): Buffer => Buffer.from(syntheticId(kind, at).slice(2), 'hex')
  const insert = (table: string, row: Readonly<Record<string, unknown>>): void => {
    const names = Object.keys(row)
    const places = names.map(() => '?').join(', ')
    const values = Object.values(row) as (string | number | null | Uint8Array)[]
    database.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`).run(...values)
  }
  const weights = digest('weights', CLAIMED)
  for (const at of HOSTILE.keys()) {
    // The lists have the newest first.
    const claim = HOSTILE.length - at
    const filed = { block: 2, log: 8000 + 2 * claim }
    insert('claims', {
      n: claim,
      id: digest('claim', claim),
      subject: digest('model', CLAIMED),
      model: CLAIMED,
      product: 0,
      parent: HUB,
      relation: 1,
      replaces: null,
      claimant: 1 + (at % 20),
      commitment: digest('commitment', claim),
      contest_until: 1_800_000_000,
      deposit: '0',
      ...filed,
    })
    for (const state of [1, 2]) {
      insert('claim_states', {
        claim,
        block: 2,
        log: filed.log + state - 1,
        state,
        disclosed: state - 1,
        accepted: 0,
        contest_until: 1_800_000_000,
        account: 1 + (at % 20),
        evidence: digest('evidence', claim),
        salt: digest('salt', claim),
        uri: text(at + state - 1),
      })
    }
    const place = { block: 2, log: 5000 + at }
    insert('profiles', { publisher: 1 + (at % 20), ...place, profile: null, domain: text(at) })
    insert('external_names', { external: digest('external', at), ...place, name: text(at) })
    insert('serving_statements', {
      publisher: 1,
      ...place,
      model: digest('model', CLAIMED),
      endpoint: digest('endpoint', at),
      statement: digest('statement', at),
      origin: text(at),
      name: text(at + 1),
      since: 1,
      until: 2_000_000_000,
      grade: 0,
      evidence: null,
      revision: 1,
    })
    insert('scans', {
      weights,
      scanner: 1 + (at % 20),
      ...place,
      tensors: null,
      scope: 0,
      report: digest('report', at),
      ruleset: digest('ruleset', at),
      scanned_at: 1_700_000_000,
      verdict: 0,
      uri: text(at),
    })
  }
  database.exec(`UPDATE models SET terms = 1 WHERE n = ${CLAIMED}`)
  // The hub has most models for children, so that one map has all texts.
  database.exec(`DELETE FROM edges WHERE child > 1`)
  for (let child = 2; child <= MODELS; child++) {
    insert('edges', {
      child,
      parent: HUB,
      relation: 1,
      part: 0,
      grade: 0,
      undisclosed: 0,
      position: 0,
      block: 1 + Math.floor((child - 1) / 100),
      log: 10_000 + child,
    })
  }
}
