import { readFile } from 'node:fs/promises'

import { expect } from 'chai'

import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { describeExplorer, expectAccessible, expectNarrow } from '../fixtures/explorer.ts'
import { personOf } from '../fixtures/explorerPeople.ts'
import { digestOf, registrationOf } from '../fixtures/ledger.ts'

type Radius = {
  origins: { id: string }[]
  models: { nodes: { model: { id: string }; depth: number }[]; totalCount: number }
  publishers: { totalCount: number }
  credentials: { totalCount: number }
}

describeExplorer('the explorer: blast radius', (explorer) => {
  const { open } = explorer

  async function radiusOf(cause: string): Promise<Radius> {
    return fetch(`${explorer.world.url}/v1/blast-radius?${cause}&first=100`).then(
      async (one) => ((await one.json()) as { blastRadius: Radius }).blastRadius,
    )
  }

  it('counts, lists, maps and saves what the API answers, for models and datasets', async function () {
    const { page, world } = explorer
    const { address, ledger } = await personOf(world, 0)
    const datasets = digestOf('datasets that are withdrawn')
    for (const name of ['with-data', 'with-data-too']) {
      const uri = `https://huggingface.co/acme/${name}`
      await registerModel(ledger, { registration: registrationOf(address, { uri, weights: digestOf(uri), datasets }) })
    }
    await world.register('https://huggingface.co/acme/one-more', [world.hub])
    for (const cause of [`model=${world.hub}`, `datasets=${datasets}`]) {
      await open(`/impact?${cause}`)
      await page.locator('[data-model]').first().waitFor()
      const answer = await radiusOf(cause)
      const count = async (name: string): Promise<string> => page.locator(`[data-count="${name}"] dd`).innerText()
      expect(await count('models')).to.equal(String(answer.models.totalCount))
      expect(await count('origins')).to.equal(String(answer.origins.length))
      expect(await count('publishers')).to.equal(String(answer.publishers.totalCount))
      expect(await count('credentials')).to.equal(String(answer.credentials.totalCount))
      const listed = await page
        .locator('[data-model]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-model')!))
      expect(listed).to.deep.equal(answer.models.nodes.map(({ model }) => model.id))
      expect(listed.length).to.equal(answer.models.totalCount)
      const files = new Map<string, string>()
      for (const kind of ['CSV', 'JSON']) {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page
            .getByRole('button', { name: `Save as ${kind}` })
            .first()
            .click(),
        ])
        files.set(kind, (await readFile(await download.path())).toString())
      }
      const saved = JSON.parse(files.get('JSON')!) as { models: Radius['models']['nodes']; totalCount: number }
      expect(saved.totalCount).to.equal(answer.models.totalCount)
      expect(saved.models).to.deep.equal(answer.models.nodes)
      const rows = files.get('CSV')!.trim().split('\r\n')
      expect(rows.slice(1).map((row) => row.split(',')[0])).to.deep.equal(listed)
    }
    await open(`/impact?model=${world.hub}`)
    const map = (await fetch(`${world.url}/v1/models/${world.hub}/map?up=0&down=2&cap=8`).then((one) =>
      one.json(),
    )) as {
      map: { nodes: { id: string }[] }
    }
    await page.locator('.drawing .node').first().waitFor()
    const drawn = await page
      .locator('.drawing .node')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-id')!))
    expect(drawn.toSorted()).to.deep.equal(map.map.nodes.map(({ id }) => id).toSorted())
  })

  it('is reached from a model, keeps its question in the address, and says what nothing means', async function () {
    const { page, world } = explorer
    await open(`/m/${world.hub}`)
    await page.locator('.page-head').getByRole('link', { name: 'Blast radius' }).click()
    await page.waitForURL((url) => url.pathname === '/impact' && url.search.includes(world.hub))
    await page.locator('[data-model]').first().waitFor()
    await page.reload()
    await page.locator(`[data-model="${world.hub}"]`).waitFor()
    await page.getByLabel('What happens').selectOption('datasets')
    await page.getByLabel('Merkle root').fill('0x12')
    await page.getByRole('button', { name: 'Show what falls' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Merkle root').fill(`0x${'12'.repeat(32)}`)
    await page.getByRole('button', { name: 'Show what falls' }).click()
    await page.getByText('That is not a clearance').waitFor()
    // The browser itself reports what the API refuses.
    explorer.isAway = true
    await open(`/impact?credential=0x${'12'.repeat(32)}`)
    await page.getByText('is not on the ledger').waitFor()
  })

  it('has nothing serious for axe, and needs no scrolling sideways', async function () {
    const paths = [`/impact?model=${explorer.world.hub}`]
    await expectAccessible(explorer, paths)
    await expectNarrow(explorer, paths)
  })
})
