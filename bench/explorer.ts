/**
 * How fast the explorer is over a synthetic ledger with the shape of Hugging Face's (bench/lineage/generate.ts), written into the index's database: what its files
 * weigh, and in a browser without a GPU the first map, "+20" more on it, the overview and its frames; at the server, a search. Beside each time is what the
 * machine itself takes: an empty page of the same server, or an empty frame.
 *
 *     npm run bench:explorer [-- --models 50000] [--runs 5] [--json]   (after npm run build:explorer)
 *
 * Ends with 1 when a budget is missed (`--targets off` only prints), with 2 when it is used wrongly.
 */
import { globSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import type { Page } from 'playwright-core'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { launchBrowser } from '../test/fixtures/browser.ts'
import { serveSynthetic } from '../test/fixtures/syntheticApi.ts'
import { syntheticId } from './lineage/rows.ts'

type Row = { what: string; value: number; unit: string; budget: number; atLeast?: true; baseline: number | null }

const { values } = readOptions({
  models: { type: 'string', default: '50000' },
  runs: { type: 'string', default: '5' },
  targets: { type: 'string', default: 'on' },
  json: { type: 'boolean', default: false },
})
const [models, runs] = [Number(values.models), Number(values.runs)]
if (![models, runs].every((number) => Number.isInteger(number) && number > 0) || models < 1000) {
  exitForUsage('--models is a whole number from 1,000 on, --runs from 1 on.')
}

const assets = join(import.meta.dirname, '../packages/explorer/dist/assets')
const kilobytes = (pattern: string): number =>
  globSync(pattern, { cwd: assets })
    .map((name) => gzipSync(readFileSync(join(assets, name))).length / 1000)
    .reduce((sum, one) => sum + one, 0)
const rows: Row[] = [
  { what: 'first load', value: kilobytes('index-*.{js,css}'), unit: 'kB gz', budget: 130, baseline: null },
  {
    what: 'map with its layout',
    value: kilobytes('{MapPage,dagre*}-*.{js,css}'),
    unit: 'kB gz',
    budget: 40,
    baseline: null,
  },
]
if (rows.some(({ value }) => value === 0)) exitForUsage('The explorer is not built: run npm run build:explorer first.')

const api = await serveSynthetic(models)
const browser = await launchBrowser()
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  page.setDefaultTimeout(120_000)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  const hub = await hubOf()
  const map = `/m/${hub}/map?use=commercial`
  const open = (path: string, selector: string): Promise<number> => timeTo(page, api.url + path, selector)
  // A server that has just started reads all edges and starts the thread of large requests once.
  await fetch(`${api.url}/v1/models/${hub}/map?use=commercial`).then((one) => one.text())
  await open('/', 'tr[data-event]')
  const empty = await median(() => open('/icon.svg', 'svg'))
  rows.push(
    {
      what: 'first map',
      value: await median(() => open(map, '.drawing .node')),
      unit: 'ms',
      budget: 1000,
      baseline: empty,
    },
    {
      what: '"+20" on a map',
      value: await median(() => more(page, api.url + map)),
      unit: 'ms',
      budget: 500,
      baseline: empty,
    },
    {
      what: 'overview',
      value: await median(() => open('/overview', '.icicle')),
      unit: 'ms',
      budget: 300,
      baseline: empty,
    },
  )
  const still = await framesASecond(page, () => {})
  rows.push({
    what: 'overview, frames a second while it zooms',
    value: await framesASecond(page, zoom),
    unit: 'fps',
    budget: 50,
    atLeast: true,
    baseline: still,
  })
  const ask = (path: string) => async (): Promise<number> => {
    const began = performance.now()
    await fetch(api.url + path).then((one) => one.text())
    return performance.now() - began
  }
  rows.push({
    what: 'search at the server',
    value: await median(ask(`/v1/search?text=model-${models - 7}`)),
    unit: 'ms',
    budget: 100,
    baseline: await median(ask('/health')),
  })
  const isEthersAsked = asked.some((url) => /ethers/.test(url))
  report(isEthersAsked)
} finally {
  await browser.close()
  await api.close()
}

/** The model from which most were made, by the table beside the overview. */
async function hubOf(): Promise<string> {
  const { overview } = (await fetch(`${api.url}/v1/overview`).then((one) => one.json())) as {
    overview: { parents: string }
  }
  const bytes = Buffer.from(overview.parents, 'base64')
  const counts = new Map<number, number>()
  for (let at = 0; at < bytes.length; at += 4) {
    const parent = bytes.readInt32LE(at)
    if (parent >= 0) counts.set(parent, (counts.get(parent) ?? 0) + 1)
  }
  const [[place]] = [...counts].toSorted(([, one], [, other]) => other - one) as [[number, number]]
  return syntheticId('model', place + 1)
}

/** Milliseconds from the navigation until an element is there and its frame is drawn. */
async function timeTo(on: Page, url: string, selector: string): Promise<number> {
  const began = performance.now()
  await on.goto(url, { waitUntil: 'commit' })
  await on.waitForSelector(selector, { state: 'attached' })
  await on.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  return performance.now() - began
}

/** Milliseconds from a click on "+20" until the map has more nodes. */
async function more(on: Page, url: string): Promise<number> {
  await timeTo(on, url, '.drawing .more')
  return on.evaluate(async () => {
    const count = document.querySelectorAll('.drawing .node').length
    const began = performance.now()
    document
      .querySelector('.drawing .more[data-up="false"], .drawing .more')!
      .dispatchEvent(new MouseEvent('click', { bubbles: true }))
    while (document.querySelectorAll('.drawing .node').length <= count) {
      if (performance.now() - began > 20_000) throw new Error('The map has no more nodes after 20 seconds.')
      await new Promise(requestAnimationFrame)
    }
    return performance.now() - began
  })
}

/** Frames a second in two seconds, while something goes on. */
async function framesASecond(on: Page, what: (on: Page) => void | Promise<void>): Promise<number> {
  const counted = on.evaluate(async () => {
    const began = performance.now()
    let frames = 0
    while (performance.now() - began < 2000) {
      await new Promise(requestAnimationFrame)
      frames += 1
    }
    return (frames * 1000) / (performance.now() - began)
  })
  await what(on)
  return counted
}

/** Goes into the largest block and out again. */
async function zoom(on: Page): Promise<void> {
  await on.locator('.icicle').focus()
  for (let times = 0; times < 3; times++) {
    await on.keyboard.press('ArrowDown')
    await on.keyboard.press('Enter')
    await on.waitForTimeout(300)
    await on.keyboard.press('Escape')
    await on.waitForTimeout(300)
  }
}

async function median(measure: () => Promise<number>): Promise<number> {
  const found: number[] = []
  for (let run = 0; run < runs; run++) found.push(await measure())
  process.stderr.write(`${found.map((one) => one.toFixed(0)).join(' ')}\n`)
  return found.toSorted((a, b) => a - b)[Math.floor(runs / 2)]!
}

function report(isEthersAsked: boolean): void {
  const missed = rows.filter(({ value, budget, atLeast }) => (atLeast ? value < budget : value > budget))
  if (values.json) console.log(JSON.stringify({ models, cpus: cpus().length, isEthersAsked, rows }, null, 2))
  else {
    console.log(`The explorer over ${models} models, median of ${runs}, ${cpus().length} processors, no GPU\n`)
    for (const { what, value, unit, budget, atLeast, baseline } of rows) {
      const machine = baseline === null ? '' : `, the machine alone ${baseline.toFixed(1)}`
      const isMet = !missed.some((row) => row.what === what)
      console.log(
        `${isMet ? 'met   ' : 'MISSED'} ${what.padEnd(42)} ${value.toFixed(1)} ${unit} (${atLeast ? 'at least' : 'at most'} ${budget}${machine})`,
      )
    }
    console.log(`${isEthersAsked ? 'MISSED' : 'met   '} ethers is loaded only when asked for`)
  }
  if (values.targets !== 'off' && (missed.length > 0 || isEthersAsked)) process.exitCode = 1
}
