import { expect } from 'chai'

import { EVENT_KINDS } from '../../packages/server/src/indexer/codes.ts'
import { compare } from '../../packages/explorer/src/activity/compare.ts'
import { KINDS, SENTENCES } from '../../packages/explorer/src/activity/sentences.ts'
import { words } from '../../packages/explorer/src/activity/words.ts'
import { describeExplorer, expectAccessible, expectNarrow } from '../fixtures/explorer.ts'

type Listed = { id: string; name: string; block: { number: number } }

describeExplorer('the activity of the explorer', (explorer) => {
  const { open } = explorer

  async function eventsOf(query = ''): Promise<Listed[]> {
    const answer = (await fetch(`${explorer.world.url}/v1/activity?first=50${query}`).then((one) => one.json())) as {
      activity: { nodes: Listed[] }
    }
    return answer.activity.nodes
  }

  it('has a sentence for each event, in both languages, and a kind that lists it', function () {
    const names = Object.keys(EVENT_KINDS).toSorted()
    for (const sentences of Object.values(SENTENCES)) {
      expect(Object.keys(sentences).toSorted()).to.deep.equal(names)
      for (const text of Object.values(sentences)) expect(text).to.not.match(/\{(?![amthlp]\})/)
    }
    expect(Object.values(KINDS).flat().toSorted()).to.deep.equal(names)
    expect(Object.keys(words.en.kinds)).to.deep.equal(Object.keys(KINDS))
  })

  it('lists what the API lists, by kind, model and account in the address, and older pages', async function () {
    const { page } = explorer
    const { composer } = explorer.world.ledger.case
    const listed = (): Promise<string[]> =>
      page.locator('tr[data-event]').evaluateAll((all) => all.map((one) => one.getAttribute('data-event')!))
    await open('/activity')
    await page.locator('tr[data-event]').first().waitFor()
    expect(await listed()).to.deep.equal((await eventsOf()).map(({ name }) => name))
    await page.getByLabel('About').selectOption('claims')
    await page.waitForURL(/kind=claims/)
    await page.locator('tr[data-event="ClaimFiled"]').last().waitFor()
    expect(await listed()).to.deep.equal(
      (await eventsOf(KINDS.claims.map((name) => `&events=${name}`).join(''))).map(({ name }) => name),
    )
    // Other tests may have filed claims since.
    const sentence = page.locator('tr[data-event="ClaimFiled"]').last().locator('td').first()
    expect(await sentence.innerText()).to.match(
      /^0x\S+ claimed that anysphere\/Composer-2 derives from moonshotai\/Kimi-K2\.5/,
    )
    await open(`/activity?model=${composer}`)
    await page.locator('tr[data-event="ModelRegistered"]').waitFor()
    expect(await listed()).to.deep.equal((await eventsOf(`&model=${composer}`)).map(({ name }) => name))
    await page.reload()
    await page.locator('tr[data-event="ModelRegistered"]').waitFor()
    await page.getByLabel('Account').fill('0x12')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByRole('alert').filter({ hasText: '40' }).waitFor()
    await open('/activity')
    await page.getByRole('link', { name: 'Older' }).click()
    await page.waitForURL(/after=/)
    await page.getByRole('link', { name: 'Newest' }).click()
    await page.waitForURL((url) => !url.search.includes('after='))
  })

  it('announces new events by the stream without moving a row, and says how firm each is', async function () {
    const { page } = explorer
    await open('/activity')
    await page.getByText('Live: new events are announced').waitFor()
    // How firm an event is may change beside its sentence.
    const first = page.locator('tr[data-event] td').first()
    const row = await first.innerText()
    await explorer.world.register('https://huggingface.co/acme/streamed', [])
    const fresh = page.getByRole('button', { name: /new: show/ })
    await fresh.waitFor()
    expect(await first.innerText()).to.equal(row)
    await fresh.click()
    await page.getByRole('link', { name: 'acme/streamed' }).waitFor()
    await page.locator('tr[data-event]').first().getByText('latest').waitFor()
  })

  it('names the events that a chain has replaced, struck through, with the block of the same transaction', function () {
    const event = (id: string, hash: string, transaction: string) => {
      const [number, log] = id.split('.').map(Number) as [number, number]
      return { id, transaction, log, block: { number, hash } }
    }
    const held = [event('9.0', 'c', 'z'), event('8.1', 'b', 'y'), event('8.0', 'b', 'x'), event('7.0', 'a', 'w')]
    const newer = [event('9.2', 'e', 'y'), event('8.0', 'd', 'q'), event('7.0', 'a', 'w')]
    const { fresh, vanished, from } = compare(held, newer, false)
    expect([fresh, [...vanished], from?.id]).to.deep.equal([
      2,
      [
        ['9.0', null],
        ['8.1', 9],
        ['8.0', null],
      ],
      '8.0',
    ])
    // What a full page has pushed out is not void.
    expect(compare(held, [event('9.0', 'c', 'z'), event('8.1', 'b', 'y')], false).vanished.size).to.equal(0)
    expect(compare(held, [], true).vanished.size).to.equal(4)
  })

  it('has nothing serious for axe, and needs no scrolling sideways', async function () {
    await expectAccessible(explorer, ['/activity'])
    await expectNarrow(explorer, ['/activity', '/activity?kind=claims'])
  })
})
