/**
 * Takes a picture of each page of the explorer, wide and narrow, light and dark, over a seeded ledger.
 * Usage: npm run shots:explorer -- [FOLDER] [PATTERN]   (after npm run setup; /tmp/stemma-shots by default; PATTERN: a regular expression over NAME-SIZE-SCHEME)
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { Page } from 'playwright-core'

import { verifyModel } from '../src/sdk/compliance/verifyModel.ts'
import { openLedger } from '../src/sdk/connect.ts'
import { readRegistrations } from '../src/sdk/registry/readRegistrations.ts'
import { loadLicenses } from '../src/artifacts/licenseLibrary.ts'
import { termsIdOfLicense } from '../src/documents/license.ts'
import { requestReview } from '../src/sdk/gate/requestReview.ts'
import { seedUsage } from '../test/fixtures/explorerUsage.ts'
import { addWallets } from '../test/fixtures/browserWallets.ts'
import { launchBrowser } from '../test/fixtures/browser.ts'
import { startExplorerWorld } from '../test/fixtures/explorerWorld.ts'

const [folder = '/tmp/stemma-shots', pattern = ''] = process.argv.slice(2)
const only = new RegExp(pattern)
const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 360, height: 780 } } as const

await mkdir(folder, { recursive: true })
const world = await startExplorerWorld()
const browser = await launchBrowser()
try {
  const { forkA } = world.ledger.case
  const [child] = world.hostile
  const ledger = openLedger(world.ledger.provider, world.ledger.deployment)
  const report = await verifyModel(ledger, { model: forkA, use: 'commercial' })
  const [{ registration }] = (await readRegistrations(ledger, { models: [forkA] })) as [
    Awaited<ReturnType<typeof readRegistrations>>[number],
  ]
  const { weights } = registration
  const latest = await fetch(`${world.url}/v1/activity?first=1`)
  const { activity } = (await latest.json()) as { activity: { nodes: [{ transaction: string }] } }
  const [{ transaction }] = activity.nodes
  const { of, log, publisher } = await seedUsage(world)
  await requestReview(publisher.ledger, { model: forkA })
  const [apache, kimi] = (await loadLicenses())
    .filter(({ id }) => ['Apache-2.0', 'kimi-k3'].includes(id))
    .map(termsIdOfLicense)
  const pages = {
    home: '/',
    search: '/search?q=composer',
    'search-nothing': '/search?q=moonshotai/Kimi-K25',
    model: `/m/${forkA}`,
    'model-lineage': `/m/${child}?tab=lineage`,
    map: `/m/${forkA}/map`,
    'map-hub': `/m/${world.hub}/map`,
    'map-table': `/m/${forkA}/map?view=table`,
    verify: '/verify',
    'verify-hash': `/verify?sha256=${weights}`,
    'verify-files': '/verify',
    'verify-report': '/verify',
    'model-chain': `/m/${forkA}`,
    transaction: `/tx/${transaction}`,
    activity: '/activity',
    overview: '/overview',
    missing: '/nowhere',
    licenses: '/licenses',
    terms: `/l/${kimi}`,
    'terms-beside': `/l/${apache}?with=${kimi}`,
    credential: `/c/${of.credential}`,
    impact: `/impact?model=${world.hub}`,
    reviews: '/reviews',
    review: `/reviews/${forkA}`,
    usage: '/usage',
    'usage-log': `/usage/${log.id}`,
    'model-record': `/m/${world.hub}?tab=record`,
    'model-reviews': `/m/${world.ledger.case.composer}?tab=reviews`,
    'model-usage': `/m/${world.hub}?tab=usage`,
    'model-endpoints': `/m/${world.hub}?tab=endpoints`,
    act: '/act',
    'act-register': '/act/register',
    'act-terms': '/act/terms',
    'act-claim': `/act/claim?subject=${forkA}`,
  }
  /** What is done on a page before its picture is taken. */
  const acts: Readonly<Record<string, (page: Page) => Promise<void>>> = {
    async 'verify-files'(page) {
      const files = ['config.json', 'model-00001-of-00002.bin', 'LICENSE'].map((name) => ({
        name,
        mimeType: '',
        buffer: Buffer.from(name.repeat(5000)),
      }))
      await page.locator('input[type=file]').first().setInputFiles(files)
      await page.locator('dd[data-digest]').waitFor()
    },
    async 'verify-report'(page) {
      await page.locator('textarea').fill(JSON.stringify({ ...report, verdict: 'permitted', findings: [] }))
      await page.getByRole('button', { name: 'Check', exact: true }).click()
      await page.locator('[data-outcome]').waitFor()
    },
    async 'model-chain'(page) {
      await page.getByRole('button', { name: 'Check against the chain' }).click()
      await page.getByLabel('Address of a node').fill(world.ledger.rpcUrl)
      await page.getByRole('button', { name: 'Ask this node' }).click()
      await page.locator('[data-chain]').waitFor()
    },
  }
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport, colorScheme, locale: 'en-GB' })
      for (const [name, path] of Object.entries(pages)) {
        if (!only.test(`${name}-${size}-${colorScheme}`)) continue
        const page = await context.newPage()
        await page.goto(world.url + path)
        await page.waitForLoadState('networkidle')
        await acts[name]?.(page)
        await page.waitForLoadState('networkidle')
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`), fullPage: true })
        await page.close()
      }
      if (only.test(`act-sign-${size}-${colorScheme}`)) {
        const page = await context.newPage()
        await toSign(page)
        await page.screenshot({ path: join(folder, `act-sign-${size}-${colorScheme}.png`), fullPage: true })
      }
      await context.close()
    }
  }
  const chinese = await browser.newContext({ viewport: SIZES.wide, locale: 'zh-CN' })
  const page = await chinese.newPage()
  await page.goto(`${world.url}/m/${forkA}`)
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: join(folder, 'model-chinese.png'), fullPage: true })
  console.log(`Wrote the pictures to ${folder}.`)
} finally {
  await browser.close()
  await world.close()
}

/** Opens a form, and goes as far as what is to be signed. */
async function toSign(page: Page): Promise<void> {
  const { provider } = world.ledger
  const accounts = [world.publisher]
  await addWallets(page, provider, [
    { rdns: 'one.wallet.example', name: 'Wallet One', accounts },
    { rdns: 'two.wallet.example', name: 'Wallet Two', accounts },
  ])
  await page.goto(`${world.url}/act/offer?model=${world.hub}&tierName=Research&terms=apache-2.0&days=365`)
  await page.getByRole('button', { name: /^Wallet One/ }).click()
  await page.locator('.connected').waitFor()
  await page.getByRole('button', { name: 'Check, and show what will be signed' }).click()
  await page.locator('.review').waitFor()
}
