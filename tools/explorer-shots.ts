/**
 * Takes a picture of each page of the explorer, wide and narrow, light and dark, over a seeded ledger.
 * Usage: npm run shots:explorer -- [FOLDER]   (after npm run setup; /tmp/stemma-shots by default)
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { loadLicenses } from '../src/artifacts/licenseLibrary.ts'
import { termsIdOfLicense } from '../src/documents/license.ts'
import { requestReview } from '../src/sdk/gate/requestReview.ts'
import { seedUsage } from '../test/fixtures/explorerUsage.ts'
import { launchBrowser, startExplorerWorld } from '../test/fixtures/explorerWorld.ts'

const folder = process.argv[2] ?? '/tmp/stemma-shots'
const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 360, height: 780 } } as const

await mkdir(folder, { recursive: true })
const world = await startExplorerWorld()
const browser = await launchBrowser()
try {
  const { forkA } = world.ledger.case
  const [child] = world.hostile
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
  }
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await browser.newContext({ viewport, colorScheme, locale: 'en-GB' })
      for (const [name, path] of Object.entries(pages)) {
        const page = await context.newPage()
        await page.goto(world.url + path)
        await page.waitForLoadState('networkidle')
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`), fullPage: true })
        await page.close()
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
