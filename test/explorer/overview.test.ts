import { expect } from 'chai'

import { blocksOf, icicleOf, placeAt, wayTo, windowOf } from '../../packages/explorer/src/pages/overview/icicle.ts'
import { describeExplorer, expectAccessible, expectNarrow } from '../fixtures/explorer.ts'

describeExplorer('the overview of the explorer', (explorer) => {
  const { open } = explorer

  it('makes each block as wide as what was made from it, and draws as many as there are pixels', function () {
    // 0 and 5 are roots; 5 was registered later than its child 4.
    const icicle = icicleOf(Int32Array.from([-1, 0, 0, 1, 5, -1]), Uint8Array.from([0, 0, 0, 3, 0, 0]))
    expect([...icicle.order]).to.deep.equal([0, 1, 3, 2, 5, 4])
    expect([...icicle.sizes]).to.deep.equal([4, 2, 1, 1, 1, 2])
    expect([...icicle.worst]).to.deep.equal([3, 3, 0, 3, 0, 0])
    expect(icicle.depth).to.equal(3)
    expect(wayTo(icicle, 3)).to.deep.equal([0, 1, 3])
    expect(placeAt(icicle, 1.5, 0)).to.equal(0)
    expect(placeAt(icicle, 2.5, 2)).to.equal(3)
    expect(placeAt(icicle, 3.5, 2)).to.equal(undefined)
    const all = blocksOf(icicle, windowOf(icicle, undefined), 600)
    expect(all.map(({ place, x, width, row }) => [place, x, width, row])).to.deep.equal([
      [0, 0, 400, 0],
      [1, 100, 200, 1],
      [3, 200, 100, 2],
      [2, 300, 100, 1],
      [5, 400, 200, 0],
      [4, 500, 100, 1],
    ])
    expect(blocksOf(icicle, windowOf(icicle, 1), 600).map(({ place, width }) => [place, width])).to.deep.equal([
      [1, 600],
      [3, 300],
    ])
    const many = icicleOf(
      Int32Array.from({ length: 50_000 }, (_, place) => (place === 0 ? -1 : 0)),
      new Uint8Array(50_000),
    )
    expect(blocksOf(many, windowOf(many, undefined), 800).length).to.be.below(900)
  })

  it('has the models, parents and counts of the API, zooms by mouse, table and keys, and keeps where it is', async function () {
    const { page } = explorer
    const answer = (await fetch(`${explorer.world.url}/v1/overview`).then((one) => one.json())) as {
      overview: { models: number; parents: string; licenseCounts: { models: number }[] }
    }
    const again = await fetch(`${explorer.world.url}/v1/overview`)
    const etag = again.headers.get('etag')!
    const kept = await fetch(`${explorer.world.url}/v1/overview`, {
      headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' },
    })
    expect(kept.status).to.equal(304)
    expect(Buffer.from(answer.overview.parents, 'base64').length).to.equal(4 * answer.overview.models)
    await open('/overview')
    const rows = page.locator('tr[data-place]')
    await rows.first().waitFor()
    await page.getByText(`${answer.overview.models} models`).waitFor()
    const counts = await page.locator('.categories .muted').allInnerTexts()
    expect(counts.reduce((sum, text) => sum + Number(text.replaceAll(/\D/g, '')), 0)).to.equal(answer.overview.models)
    const hub = rows.filter({ hasText: 'acme/hub' })
    const made = Number(await hub.locator('td').nth(1).innerText())
    const { map } = (await fetch(`${explorer.world.url}/v1/models/${explorer.world.hub}/map`).then((one) =>
      one.json(),
    )) as {
      map: { descendants: number }
    }
    expect(made).to.equal(map.descendants)
    await hub.getByRole('button').click()
    await page.waitForURL(/root=\d+/)
    await page.waitForFunction(
      (count) => document.querySelectorAll('tr[data-place]').length === count,
      Math.min(50, made + 1),
    )
    await page.reload()
    await page.locator('.way').getByText('acme/hub').waitFor()
    const canvas = page.getByRole('application')
    await canvas.focus()
    await page.keyboard.press('ArrowDown')
    await page.locator('.chosen a').first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.querySelectorAll('.way li').length === 3)
    await page.keyboard.press('Escape')
    await page.waitForFunction(() => document.querySelectorAll('.way li').length === 2)
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => !url.search.includes('root='))
    await page.getByLabel('Colored by').selectOption('license')
    await page.locator('.categories').getByText('Apache-2.0').waitFor()
  })

  it('has nothing serious for axe, and needs no scrolling sideways', async function () {
    await expectAccessible(explorer, ['/overview?by=publisher'])
    await expectNarrow(explorer, ['/overview'])
  })
})
