import { mkdir } from 'node:fs/promises'
import { launchBrowser, startExplorerWorld } from '/work/h/c/test/fixtures/explorerWorld.ts'
const out = '/tmp/h19/shots-c'
describe('shots', function () {
  this.timeout(120000)
  let w: any; let b: any
  after(async () => { await b?.close(); await w?.close() })
  it('shoots', async () => {
    await mkdir(out, { recursive: true })
    w = await startExplorerWorld(); b = await launchBrowser()
    const pages: Record<string, string> = { home: '/', activity: '/activity', overview: '/overview', 'map-hub': `/m/${w.hub}/map`, map: `/m/${w.ledger.case.forkA}/map`, missing: '/nowhere/composr-2', model: `/m/${w.ledger.case.forkA}` }
    const only = (process.env.ONLY ?? '').split(',').filter(Boolean)
    for (const [size, viewport, scheme] of [['wide', { width: 1280, height: 900 }, 'light'], ['narrow', { width: 360, height: 780 }, 'light'], ['wide', { width: 1280, height: 900 }, 'dark']] as const) {
      const context = await b.newContext({ viewport, colorScheme: scheme, locale: 'en-GB' })
      for (const [name, path] of Object.entries(pages)) {
        if (only.length && !only.includes(name)) continue
        const page = await context.newPage()
        page.on('pageerror', (e: any) => console.log(name, String(e)))
        page.on('console', (m: any) => m.type() === 'error' && console.log(name, m.text()))
        await page.goto(w.url + path)
        await page.waitForLoadState('networkidle')
        await page.waitForTimeout(200)
        await page.screenshot({ path: `${out}/${name}-${size}-${scheme}.png`, fullPage: true })
        await page.close()
      }
      await context.close()
    }
  })
})
