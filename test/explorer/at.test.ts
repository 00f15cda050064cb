import { expect } from 'chai'

import { obtainCredential } from '../../src/sdk/licensing/obtainCredential.ts'
import { readModel } from '../../src/sdk/registry/readModel.ts'
import { describeExplorer } from '../fixtures/explorer.ts'
import { offerOf, personOf } from '../fixtures/explorerPeople.ts'

// What one page of the API answers, as far as the pages of the explorer show it.
type Answer = {
  overview: { models: number }
  blastRadius: { models: { totalCount: number } }
  reviews: { nodes: { subject: string }[] }
  usageLogs: { totalCount: number }
  activity: { nodes: { name: string }[] }
  termsList: { nodes: { id: string }[] }
  model: { registered: { number: number } }
}

describeExplorer('older blocks in the explorer', (explorer) => {
  async function ask<Field extends keyof Answer>(field: Field, path: string): Promise<Answer[Field]> {
    const response = await fetch(explorer.world.url + path)
    return ((await response.json()) as Answer)[field]
  }

  async function listed(attribute: string): Promise<(string | null)[]> {
    const found = explorer.page.locator(`[${attribute}]`)
    await found.first().waitFor()
    return found.evaluateAll((all, name) => all.map((one) => one.getAttribute(name)), attribute)
  }

  it('show what each page said then: overview, impact, reviews, usage, activity, licenses and credentials', async function () {
    const { page, world, open } = explorer
    // The hub is registered after what the seed publishes, and before its children and what other tests do.
    const { registered } = await ask('model', `/v1/models/${world.hub}`)
    const at = registered.number
    const pinned = page.getByText(`as it stood after block ${at.toLocaleString('en-GB')}`)
    const openAt = async (path: string): Promise<void> => {
      await open(`${path}${path.includes('?') ? '&' : '?'}at=${at}`)
      await pinned.waitFor()
    }

    const { models } = await ask('overview', `/v1/overview?block=${at}`)
    expect(models).to.be.below((await ask('overview', '/v1/overview')).models)
    await openAt('/overview')
    await page.getByText(`${models} models`).waitFor()

    const impact = `/v1/blast-radius?model=${world.hub}`
    expect((await ask('blastRadius', `${impact}&block=${at}`)).models.totalCount).to.equal(1)
    expect((await ask('blastRadius', impact)).models.totalCount).to.be.above(1)
    await openAt(`/impact?model=${world.hub}`)
    expect(await listed('data-model')).to.deep.equal([world.hub])

    const reviews = await ask('reviews', `/v1/reviews?block=${at}&first=20`)
    await openAt('/reviews?state=any&order=newest')
    if (reviews.nodes.length === 0) await page.getByText('That is not a clearance').waitFor()
    else
      expect(new Set(await listed('data-review'))).to.deep.equal(new Set(reviews.nodes.map(({ subject }) => subject)))

    const logs = await ask('usageLogs', `/v1/audits?block=${at}`)
    await openAt('/usage')
    if (logs.totalCount === 0) await page.getByText('Nobody has anchored usage here').waitFor()
    else expect(await listed('data-log')).to.have.length(logs.totalCount)

    const { nodes: events } = await ask('activity', `/v1/activity?block=${at}&first=50`)
    expect(events[0]!.name).to.equal('ModelRegistered')
    await openAt('/activity')
    expect(await listed('data-event')).to.deep.equal(events.map(({ name }) => name))
    expect(await page.getByText('Live: new events').count()).to.equal(0)

    const { nodes: terms } = await ask('termsList', `/v1/terms?block=${at}&first=50`)
    await openAt('/licenses')
    await page.locator('main a[href^="/l/"]').first().waitFor()
    const links = await page
      .locator('main a[href^="/l/"]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')!))
    expect(links).to.deep.equal(terms.map(({ id }) => `/l/${id}?at=${at}`))

    // Links keep the block, and the reader leaves it where the page says so.
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Activity' }).click()
    await page.waitForURL((url) => url.pathname === '/activity' && url.searchParams.get('at') === String(at))
    await page.getByRole('button', { name: 'Read the newest block' }).click()
    await page.waitForURL((url) => !url.searchParams.has('at'))
    await page.getByText('Live: new events').waitFor()
  })

  it('have no credential before it was issued, and the same one since', async function () {
    const { page, world, open } = explorer
    const [publisher, holder] = [await personOf(world, 0), await personOf(world, 3)]
    const { registration } = await readModel(publisher.ledger, { model: world.hub })
    const tier = await offerOf(publisher, { model: world.hub, terms: registration.terms, name: 'Then', open: true })
    const { credential, block } = await obtainCredential(holder.ledger, { model: world.hub, tier })
    // The page asks again as the index goes on.
    await page.goto(`${world.url}/c/${credential}`)
    await page.locator('[data-valid]').waitFor()
    await open(`/c/${credential}?at=${block! - 1}`)
    await page.getByText('No credential with this id').waitFor()
    await open(`/c/${credential}?at=${block}`)
    await page.locator('[data-valid="true"]').waitFor()
    const impact = page.locator('main a[href^="/impact?"]').first()
    expect(await impact.getAttribute('href')).to.contain(`at=${block}`)
  })
})
