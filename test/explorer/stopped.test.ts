import { expect } from 'chai'

import { describeExplorer, type Explorer } from '../fixtures/explorer.ts'

// These tests replace blocks of the chain, and stop its node: no file after this one may need that ledger.
describeExplorer('the explorer when the chain changes and the node stops', defineStopped, 'disturbed')

function defineStopped(explorer: Explorer): void {
  it('announces the blocks that the chain has replaced, and shows nothing that was in them', async function () {
    const { page, context, world, open } = explorer
    const { provider } = world.ledger
    await open('/activity')
    await page.getByText('Live: new events are announced').waitFor()
    const snapshot = (await provider.send('evm_snapshot', [])) as string
    const model = await world.register('https://huggingface.co/acme/short-lived', [world.hub])
    await page.getByRole('button', { name: /new: show/ }).click()
    const row = page.locator('tr[data-event]', { hasText: 'acme/short-lived' }).first()
    await row.waitFor()
    const other = await context.newPage()
    await other.goto(`${world.url}/m/${model}`)
    await other.locator('.sentence').waitFor()

    await provider.send('evm_revert', [snapshot])
    // One by one, and more than there were: of blocks that hardhat_mine makes, hashes and parents disagree.
    for (let block = 0; block < 3; block += 1) await provider.send('evm_mine', [])
    await page.getByRole('alert').filter({ hasText: 'The chain replaced its blocks from' }).waitFor()
    await page.locator('tr.void s', { hasText: 'acme/short-lived' }).first().waitFor()
    await other.getByText('that is not a clearance').waitFor()
    expect((await fetch(`${world.url}/v1/models/${model}`)).status).to.equal(404)
    await page.getByRole('button', { name: 'Show the list as it is now' }).click()
    await row.waitFor({ state: 'detached' })
    // The same registration gets the same id, in a block of the chain as it is now.
    expect(await world.register('https://huggingface.co/acme/short-lived', [world.hub])).to.equal(model)
    await other.locator('.sentence').waitFor()
    await other.close()
  })

  it('goes on with what the index has while the node is stopped, and says so on every page', async function () {
    const { page, world, open } = explorer
    await open(`/m/${world.hub}`)
    await page.locator('.sentence').waitFor()
    await world.ledger.stop()
    const banner = page.getByText('The node of this index does not answer')
    await banner.waitFor()
    for (const path of ['/', '/activity', '/overview', '/usage']) {
      await open(path)
      await banner.waitFor()
    }
    const { progress } = (await (await fetch(`${world.url}/v1/status`)).json()) as { progress: { nodeAway: boolean } }
    expect(progress.nodeAway).to.equal(true)
    await open(`/m/${world.hub}`)
    await page.locator('.sentence').waitFor()
    explorer.allowed.push(world.ledger.rpcUrl)
    explorer.isAway = true
    await page.getByRole('button', { name: 'Check against the chain' }).click()
    await page.getByLabel('Address of a node').fill(world.ledger.rpcUrl)
    await page.getByRole('button', { name: 'Ask this node' }).click()
    await page.locator('[data-chain="NODE_UNREACHABLE"]').waitFor()
  })
}
