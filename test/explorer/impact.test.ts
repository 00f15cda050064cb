import { readFile } from 'node:fs/promises'

import { expect } from 'chai'

import type { ModelId } from '../../src/core/hex.ts'
import { termsIdOf } from '../../src/core/terms.ts'
import type { Operations } from '../../src/query/operations.ts'
import { grantCredential } from '../../src/sdk/licensing/grantCredential.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { describeExplorer, expectAccessible, expectNarrow } from '../fixtures/explorer.ts'
import { offerOf, personOf } from '../fixtures/explorerPeople.ts'
import { digestOf, registrationOf, TERMS } from '../fixtures/ledger.ts'

type Radius = {
  origins: { id: string }[]
  models: { nodes: { model: { id: string }; depth: number }[]; totalCount: number }
  publishers: { totalCount: number }
  credentials: { totalCount: number }
}

type RadiusMap = Operations['BlastRadiusMap']['result']['ledger']['blastRadiusMap']

describeExplorer('the explorer: blast radius', (explorer) => {
  const { open } = explorer

  async function radiusOf(cause: string): Promise<Radius> {
    return fetch(`${explorer.world.url}/v1/blast-radius?${cause}&first=100`).then(
      async (one) => ((await one.json()) as { blastRadius: Radius }).blastRadius,
    )
  }

  async function mapOf(cause: string, bounds = ''): Promise<RadiusMap> {
    return fetch(`${explorer.world.url}/v1/blast-radius/map?${cause}${bounds}`).then(
      async (one) => ((await one.json()) as { blastRadiusMap: RadiusMap }).blastRadiusMap,
    )
  }

  /** That the drawing has what the API answers: nodes, edges, and nodes that stand for more. */
  async function expectDrawn(cause: string, bounds = ''): Promise<void> {
    const { page } = explorer
    await page.locator('.drawing .node').first().waitFor()
    const attributes = async (selector: string, ...names: string[]): Promise<string[]> =>
      page
        .locator(`.drawing ${selector}`)
        .evaluateAll((all, of) => all.map((one) => of.map((name) => one.getAttribute(name)).join(' ')), names)
    const { nodes, edges, more, models } = await mapOf(cause, bounds)
    expect(await attributes('.node', 'data-id')).to.have.members(nodes.map(({ id }) => id))
    expect(await attributes('.edge[data-child]', 'data-child', 'data-parent')).to.have.members(
      edges.map(({ child, parent }) => `${child} ${parent}`),
    )
    expect(await attributes('.more', 'data-of')).to.have.members(more.map(({ of }) => of ?? ''))
    expect(nodes.length + more.reduce((sum, each) => sum + each.models, 0)).to.equal(models)
    expect(await page.locator('[data-count="models"] dd').innerText()).to.equal(String(models))
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
    await expectDrawn(`model=${world.hub}`)
    expect(await page.locator('[data-change]').count()).to.equal(0)
  })

  it('draws one map of all models that fall with a credential, from which more can be opened, and saves it', async function () {
    const { page, world } = explorer
    const [publisher, holder] = [await personOf(world, 0), await personOf(world, 4)]
    const model = await world.register('https://huggingface.co/acme/licensed-base', [])
    const tier = await offerOf(publisher, { model, terms: termsIdOf(TERMS), name: 'Commercial' })
    const { credential } = await grantCredential(publisher.ledger, { model, tier, holder: holder.address })
    const made: ModelId[] = []
    for (let place = 0; place < 11; place += 1) {
      // The last is made from the first.
      const parents = [{ model: place < 10 ? model : made[0]!, relation: 'finetune' as const }]
      const uri = `https://huggingface.co/holder/tuned-${place}`
      const registration = registrationOf(holder.address, { uri, weights: digestOf(uri), parents })
      made.push((await registerModel(holder.ledger, { registration })).model)
    }
    await open(`/impact?credential=${credential}&down=0`)
    await page.locator(`[data-model="${made.at(-1)}"]`).waitFor()
    expect(await page.locator('[data-count="origins"] dd').innerText()).to.equal('10')
    await expectDrawn(`credential=${credential}`, '&down=0')
    expect(await page.locator(`[data-change="${credential}"]`).count()).to.equal(1)
    expect(await page.locator('.drawing .beyond').count(), 'to 8 models, to the others, and below the first').to.equal(
      10,
    )
    await page.locator('.drawing .more[data-of=""]').click()
    await page.locator(`.drawing [data-id="${made[9]}"]`).waitFor()
    expect(new URL(page.url()).searchParams.get('open')).to.equal(JSON.stringify([credential]))
    await expectDrawn(`credential=${credential}`, `&down=0&open=${credential}`)
    await page.getByLabel('Levels below').selectOption('1')
    await page.locator(`.drawing [data-id="${made[10]}"]`).waitFor()
    const save = async (kind: string): Promise<string> => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page
          .locator('.map-tools')
          .getByRole('button', { name: `Save as ${kind}` })
          .click(),
      ])
      return (await readFile(await download.path())).toString()
    }
    const [svg, json] = [await save('SVG'), JSON.parse(await save('JSON')) as RadiusMap]
    expect(json).to.deep.equal(await mapOf(`credential=${credential}`, '&down=1'))
    expect(svg).to.contain(`data-change="${credential}"`).and.to.contain('What falls with the revoked credential')
    // From the map of what falls to the map of one of them.
    await page.locator(`.drawing [data-id="${made[0]}"]`).click()
    await page.getByRole('button', { name: 'Make it the middle' }).click()
    await page.waitForURL((url) => url.pathname === `/m/${made[0]}/map`)
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
