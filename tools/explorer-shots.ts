/**
 * Takes a picture of each page of the explorer, wide and narrow, light and dark, over a seeded ledger.
 * Usage: npm run shots:explorer -- [FOLDER]   (after npm run setup; /tmp/stemma-shots by default)
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { Page } from 'playwright-core'

import { addWallets } from '../test/fixtures/browserWallets.ts'
import { launchBrowser, startExplorerWorld } from '../test/fixtures/explorerWorld.ts'

const folder = process.argv[2] ?? '/tmp/stemma-shots'
const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 360, height: 780 } } as const

await mkdir(folder, { recursive: true })
const world = await startExplorerWorld()
const browser = await launchBrowser()
try {
  const { forkA } = world.ledger.case
  const [child] = world.hostile
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
    act: '/act',
    'act-register': '/act/register',
    'act-claim': `/act/claim?subject=${forkA}`,
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
      const page = await context.newPage()
      await toSign(page)
      await page.screenshot({ path: join(folder, `act-sign-${size}-${colorScheme}.png`), fullPage: true })
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
