import { readFile } from 'node:fs/promises'

import { expect } from 'chai'
import { Contract, type EventLog, type Result } from 'ethers'

import { ledgerAbi } from '../../src/abi/ledger.ts'
import { lineageClaimsAbi } from '../../src/abi/lineageClaims.ts'
import type { ModelId } from '../../src/core/hex.ts'
import { VERDICT_WORDS } from '../../src/core/reportWords.ts'
import type { Right } from '../../src/core/vocabulary.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { verifyModel } from '../../src/sdk/compliance/verifyModel.ts'
import { readRegistrations } from '../../src/sdk/registry/readRegistrations.ts'
import { describeExplorer, expectAccessible, expectNarrow } from '../fixtures/explorer.ts'
import { itInDepth } from '../fixtures/inDepth.ts'

describeExplorer('the explorer', (explorer) => {
  const { open } = explorer

  async function search(text: string): Promise<void> {
    const { page } = explorer
    await open('/')
    await page.getByRole('searchbox').fill(text)
    await page.getByRole('searchbox').press('Enter')
    await page.waitForURL((url) => url.pathname !== '/')
    await page.locator('main h1').waitFor()
  }

  async function mapOf(id: ModelId, query = ''): Promise<Map> {
    return (await fetch(`${explorer.world.url}/v1/models/${id}/map?use=commercial${query}`).then((one) => one.json()))
      .map as Map
  }
  type Map = {
    nodes: { id: string }[]
    edges: { child: string; parent: string }[]
    more: { of: string; up: boolean; models: number; externals: number }[]
    ancestors: number
    externals: number
    descendants: number
  }

  it('is served with a policy, kept assets, its page at every page address, and refusals in JSON for the API', async function () {
    const html = { headers: { accept: 'text/html,*/*' } }
    const found = await fetch(`${explorer.world.url}/m/some/where`, html)
    expect(found.status).to.equal(200)
    const policy = found.headers.get('content-security-policy')!
    expect(policy).to.contain("default-src 'none'").and.not.contain('unsafe')
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await found.text())![1]!
    const asset = await fetch(explorer.world.url + script)
    expect(asset.headers.get('cache-control')).to.contain('immutable')
    expect(asset.headers.get('content-type')).to.contain('text/javascript')
    for (const path of ['/v1/nothing', '/assets/nothing.js', '/nothing.json']) {
      const refused = await fetch(explorer.world.url + path, html)
      expect([refused.status, refused.headers.get('content-type')], path).to.deep.equal([404, 'application/json'])
    }
    expect((await fetch(`${explorer.world.url}/nowhere`)).status).to.equal(404)
    expect(await fetch(explorer.world.url).then((one) => one.json())).to.have.property('graphql', '/graphql')
  })

  it('finds by name, id, digest and account, says what it takes a text for, and that nothing found is not a clearance', async function () {
    const { page } = explorer
    const { composer } = explorer.world.ledger.case
    const { provider, deployment } = explorer.world.ledger
    const reader = openLedger(provider, deployment)
    const [{ registration }] = (await readRegistrations(reader, { models: [composer] })) as [
      Awaited<ReturnType<typeof readRegistrations>>[number],
    ]
    await open('/')
    for (const [text, kind] of [
      [`sha256:${registration.weights.slice(2)}`, '32 bytes'],
      [registration.publisher, 'an account'],
      ['anysphere/Composer-2', 'owner/name'],
      ['https://models.example/x', 'the address of a model'],
      ['composer', 'a name'],
    ] as const) {
      await page.getByRole('searchbox').fill(text)
      expect(await page.locator('form.search .hint').innerText()).to.contain(
        `Recognised: ${kind}`.replace('owner/name', 'a name on the Hub'),
      )
    }
    for (const text of ['anysphere/Composer-2', composer, `sha256:${registration.weights.slice(2)}`]) {
      await search(text)
      await page.waitForURL((url) => url.pathname === `/m/${composer}`)
      await page.locator('h1', { hasText: /^anysphere\/Composer-2$/ }).waitFor()
    }
    await search(registration.publisher)
    await page.getByRole('heading', { name: 'Accounts' }).waitFor()
    await search('anysphere/Composr-2')
    await page.getByText('That is not a clearance').waitFor()
    await page.getByRole('link', { name: 'anysphere/Composer-2' }).click()
    await page.waitForURL((url) => url.pathname === `/m/${composer}`)
    await open(`/m/0x${'12'.repeat(32)}`)
    await page.getByText('That is not a clearance').waitFor()
  })

  it('answers as the SDK does, for a use, an account and facts that are kept in the address', async function () {
    const { page } = explorer
    const { forkA, forkB, composer } = explorer.world.ledger.case
    const { provider, deployment } = explorer.world.ledger
    const ledger = openLedger(provider, deployment)
    const licensee = explorer.world.publisher
    const facts = { 'monthlyRevenueUsd/product': 50_000_000n }
    const asked: readonly (readonly [ModelId, Right, object, string])[] = [
      [forkA, 'commercial', {}, ''],
      [forkB, 'research', {}, ''],
      [composer, 'commercial', {}, ''],
      [explorer.world.hub, 'commercial', { facts, policy: { licensee, trustedPublishers: [licensee] } }, '50000000'],
      [explorer.world.hub, 'commercial', { policy: { licensee, trustedPublishers: [licensee] } }, ''],
    ]
    for (const [model, use, more, revenue] of asked) {
      const report = await verifyModel(ledger, { model, use, ...more })
      const query = new URLSearchParams({ use })
      if ('policy' in more) {
        query.set('licensee', licensee)
        query.set('trust', JSON.stringify([licensee]))
      }
      if (revenue !== '') query.set('facts', JSON.stringify({ 'monthlyRevenueUsd/product': revenue }))
      await open(`/m/${model}?${query}`)
      await page.locator('.sentence').waitFor()
      expect(await page.locator('.sentence').innerText()).to.contain(VERDICT_WORDS[report.verdict])
      for (const { code } of report.findings.filter(({ severity }) => severity === 'blocking')) {
        expect(await page.locator('.answer').textContent()).to.contain(code)
      }
      expect(await page.locator('.answer .deciding li').count()).to.equal(report.deciding.length)
      for (const { atMost, verdict } of report.deciding.flatMap(({ steps }) => steps)) {
        const limit = atMost === null ? 'above ' : `at most ${BigInt(atMost).toLocaleString('en')}:`
        const step = page.locator('.answer .step', { hasText: limit }).filter({ hasText: VERDICT_WORDS[verdict] })
        expect(await step.count(), limit).to.be.above(0)
      }
      expect(await page.locator('.answer .hint').innerText()).to.match(/ Block \d+ · \w+ /)
    }
    await page.getByLabel('Use', { exact: true }).selectOption('host')
    await page.waitForURL(/use=host/)
    await page.reload()
    await page.locator('.sentence', { hasText: 'Hosting' }).waitFor()
    await page.goBack()
    await page.locator('.sentence', { hasText: 'Commercial use' }).waitFor()
  })

  it('shows on a map and in its table what the API answers, opens more, and adds up', async function () {
    const { page } = explorer
    for (const [id, query] of [
      [explorer.world.ledger.case.forkA, ''],
      [explorer.world.hub, ''],
    ] as const) {
      const answer = await mapOf(id, query)
      await open(`/m/${id}/map`)
      await page.locator('.drawing .node').first().waitFor()
      const drawn = await page
        .locator('.drawing .node')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-id')!))
      expect(drawn.toSorted()).to.deep.equal(answer.nodes.map((node) => node.id).toSorted())
      expect(await page.locator('.drawing g.edge').count()).to.equal(answer.edges.length)
      await page.getByRole('button', { name: 'Table' }).click()
      const rows = await page
        .locator('[data-node]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-node')!))
      expect(rows).to.deep.equal(answer.nodes.map((node) => node.id))
      const edges = await page
        .locator('[data-edge]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-edge')!))
      expect(edges).to.deep.equal(answer.edges.map(({ child, parent }) => `${child} ${parent}`))
      const beyond = answer.more.reduce((sum, { models, externals }) => sum + models + externals, 0)
      expect(answer.nodes.length - 1 + beyond).to.equal(answer.ancestors + answer.externals + answer.descendants)
    }
    await page.getByRole('button', { name: 'Map', exact: true }).click()
    const before = await page.locator('.drawing .node').count()
    await page.locator('.drawing .more').first().click()
    await page.waitForFunction((count) => document.querySelectorAll('.drawing .node').length > count, before)
    expect(await page.locator('.drawing .more').count()).to.equal(0)
    expect(page.url()).to.contain('open=')
    await page.goBack()
    await page.locator('.drawing .more').first().waitFor()
  })

  it('has the edges of the contracts’ events on a map, each once', async function () {
    const { ledger, hub } = explorer.world
    const { ledger: registry, lineageClaims } = ledger.deployment.contracts
    const { provider } = ledger
    const registered = await new Contract(registry, ledgerAbi, provider).queryFilter('ModelRegistered')
    const claims = new Contract(lineageClaims, lineageClaimsAbi, provider)
    const [attested, detached] = await Promise.all([
      claims.queryFilter('ParentAttested'),
      claims.queryFilter('ParentDetached'),
    ])
    const argumentsOf = (logs: typeof registered) => logs.map((log) => (log as EventLog).args)
    const pairOf = ({ model, parent }: Result) => `${String(model)} ${String(parent)}`
    const gone = new Set(argumentsOf(detached).map(pairOf))
    const pairs = [
      ...argumentsOf(registered).flatMap(({ model, parents }) =>
        (parents as Result[]).map((each) => `${String(model)} ${String(each[0])}`),
      ),
      ...argumentsOf(attested)
        .map(pairOf)
        .filter((pair) => !gone.has(pair)),
    ]
    for (const id of [hub, ledger.case.forkA]) {
      const answer = await mapOf(id, '&cap=300&down=12')
      const on = new Set(answer.nodes.map((node) => node.id))
      const between = pairs.filter((pair) => pair.split(' ').every((each) => on.has(each)))
      const drawn = answer.edges.map(({ child, parent }) => `${child} ${parent}`)
      expect(drawn.toSorted()).to.deep.equal([...new Set(between)].toSorted())
      expect(drawn.length).to.be.above(0)
    }
  })

  it('names the parent in the sentences about an edge', async function () {
    const { page, world } = explorer
    const { provider, deployment } = world.ledger
    const claims = new Contract(deployment.contracts.lineageClaims, lineageClaimsAbi, provider)
    for (const name of ['ParentAttested', 'ParentCountersigned']) {
      const logs = (await claims.queryFilter(name)) as EventLog[]
      const onChain = logs.map(({ args }) => `${String(args.model)} ${String(args.parent)}`)
      const { activity } = (await fetch(`${world.url}/v1/activity?first=100&events=${name}`).then((one) =>
        one.json(),
      )) as {
        activity: { nodes: { model: { id: string }; parent: { id: string } }[] }
      }
      const indexed = activity.nodes.map(({ model, parent }) => `${model.id} ${parent.id}`)
      expect(indexed.toSorted()).to.deep.equal(onChain.toSorted())
      expect(indexed.length).to.be.above(0)
    }
    await open(`/activity?kind=lineage&model=${world.ledger.case.composer}`)
    const sentence = page.locator('tr[data-event="ParentAttested"] td').first()
    expect(await sentence.innerText()).to.equal('moonshotai/Kimi-K2.5 was attested as a parent of anysphere/Composer-2')
  })

  it('draws the way of a restriction thick, and saves the map as SVG, PNG, JSON and CSV', async function () {
    const { page } = explorer
    const { forkA, composer } = explorer.world.ledger.case
    await open(`/m/${forkA}/map`)
    await page.locator(`.edge.way[data-child="${forkA}"][data-parent="${composer}"]`).waitFor()
    expect(await page.locator('.node.dim').count()).to.be.above(0)
    const files = new globalThis.Map<string, Buffer>()
    for (const kind of ['SVG', 'PNG', 'JSON', 'CSV']) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: `Save as ${kind}` }).click(),
      ])
      files.set(kind, await readFile(await download.path()))
    }
    expect(files.get('SVG')!.toString())
      .to.match(/^<svg xmlns=/)
      .and.to.contain(composer)
    expect(files.get('PNG')!.subarray(1, 4).toString()).to.equal('PNG')
    const answer = await mapOf(forkA)
    expect(JSON.parse(files.get('JSON')!.toString()).nodes).to.deep.equal(answer.nodes)
    expect(files.get('CSV')!.toString().trim().split('\r\n').length).to.equal(1 + answer.nodes.length)
  })

  it('is used from home to a model by keyboard alone', async function () {
    const { page } = explorer
    const { forkA, composer } = explorer.world.ledger.case
    await open('/')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal('Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.type('fork-a/composer-2-open')
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === `/m/${forkA}`)
    await page.getByRole('link', { name: 'Open the map' }).first().press('Enter')
    const focus = page.locator(`.drawing [data-id="${forkA}"]`)
    await focus.waitFor()
    await focus.focus()
    await page.keyboard.press('ArrowLeft')
    await page.waitForURL((url) => url.search.includes(composer))
    await page.waitForFunction((id) => document.activeElement?.getAttribute('data-id') === id, composer)
    await page.keyboard.press('p')
    await page.waitForURL(/path=/)
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'hidden' })
    await page.waitForFunction((id) => document.activeElement?.getAttribute('data-id') === id, composer)
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname === `/m/${composer}/map`)
    // The heading may still be that of the model before.
    await page.locator('main h1 a', { hasText: 'anysphere/Composer-2' }).press('Enter')
    await page.waitForURL((url) => url.pathname === `/m/${composer}`)
    await page.locator('.sentence').waitFor()
  })

  it('keeps a block in the address on every page', async function () {
    const { page } = explorer
    const { composer } = explorer.world.ledger.case
    await open('/?at=1')
    await page.getByText('as it stood after block 1').waitFor()
    await open(`/m/${composer}?at=1`)
    await page.getByText('That is not a clearance').waitFor()
    await page.getByRole('button', { name: 'Read the newest block' }).click()
    await page.locator('.sentence').waitFor()
  })

  itInDepth('shows hostile names as plain text, on every page and at 360 pixels', async function () {
    const { page } = explorer
    await page.setViewportSize({ width: 360, height: 780 })
    const { hub, hostile } = explorer.world
    const all = `open=${encodeURIComponent(JSON.stringify([hub]))}`
    const [last] = hostile.slice(-1)
    for (const path of [
      '/',
      ...hostile.map((id) => `/m/${id}`),
      `/m/${last}?tab=lineage`,
      `/m/${last}?tab=history`,
      `/m/${hub}/map?${all}`,
      `/m/${hub}/map?view=table&${all}`,
    ]) {
      await open(path)
      await page.locator('.drawing .node, [data-node], .sentence, tbody tr').first().waitFor()
      const [wide, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
      expect(wide, path).to.equal(inner)
      expect(await page.title()).to.not.equal('1')
      expect(await page.locator('main img, main script, main a[href^="javascript"]').count()).to.equal(0)
      expect(await page.locator('main').innerText()).to.not.match(/[\u202a-\u202e\u2066-\u2069]/)
    }
  })

  it('has nothing serious for axe, in light and dark, and needs no scrolling sideways', async function () {
    const { forkA } = explorer.world.ledger.case
    const paths = [
      '/',
      '/search?q=composer',
      `/m/${forkA}`,
      `/m/${forkA}/map`,
      `/m/${explorer.world.hub}/map?view=table`,
    ]
    await expectAccessible(explorer, paths)
    await expectNarrow(explorer, paths)
  })

  it('speaks Chinese, and keeps the choice', async function () {
    const { page } = explorer
    await open('/')
    await page.getByLabel('Language').selectOption('zh-CN')
    await page.getByRole('heading', { name: '最新事件' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: '最新事件' }).waitFor()
    expect(await page.evaluate(() => document.documentElement.lang)).to.equal('zh-CN')
  })

  it('says when the index is away and when it is back, keeps what it had, and moves no row for new events', async function () {
    const { page } = explorer
    await open('/')
    const first = page.locator('tbody tr').first()
    await first.waitFor()
    const row = await first.innerText()
    explorer.isAway = true
    await explorer.world.restart(async () => {
      await page.getByRole('alert').filter({ hasText: 'The index does not answer' }).waitFor()
      expect(await first.innerText()).to.equal(row)
    })
    await page.getByRole('alert').waitFor({ state: 'detached' })
    explorer.isAway = false
    await explorer.world.register('https://huggingface.co/acme/later', [])
    const fresh = page.getByRole('button', { name: /new: show/ })
    await fresh.waitFor()
    expect(await first.innerText()).to.equal(row)
    await fresh.click()
    await page.getByRole('link', { name: 'acme/later' }).waitFor()
  })
})
