/**
 * Takes a picture of each page of the explorer, wide and narrow, light and dark, over a seeded ledger.
 * Usage: npm run shots:explorer -- [FOLDER]   (after npm run setup; /tmp/stemma-shots by default)
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

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
    activity: '/activity',
    overview: '/overview',
    missing: '/nowhere',
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
