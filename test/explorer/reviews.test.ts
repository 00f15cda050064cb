import { expect } from 'chai'

import { readAccounts } from '../../scripts/local/accounts.ts'
import type { AccessManager } from '../../typechain-types/index.ts'
import { parseAddress } from '../../src/core/hex.ts'
import { ROLES } from '../../src/core/roles.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { attestScan } from '../../src/sdk/gate/attestScan.ts'
import { clearReview } from '../../src/sdk/gate/clearReview.ts'
import { readReview } from '../../src/sdk/gate/readReview.ts'
import { requestArtefactReview } from '../../src/sdk/gate/requestArtefactReview.ts'
import { requestReview } from '../../src/sdk/gate/requestReview.ts'
import { readModel } from '../../src/sdk/registry/readModel.ts'
import { describeExplorer, expectAccessible, expectNarrow, type Explorer } from '../fixtures/explorer.ts'
import { personOf } from '../fixtures/explorerPeople.ts'
import type { ExplorerWorld } from '../fixtures/explorerWorld.ts'
import { digestOf } from '../fixtures/ledger.ts'

// These tests move the clock of the chain.
describeExplorer('the explorer: reviews', defineReviews, 'disturbed')

function defineReviews(explorer: Explorer): void {
  let own: ExplorerWorld

  before(function () {
    own = explorer.world
  })

  it('lists reviews by their deadlines, and opens one only by the rule of the contract', async function () {
    const { page, open } = explorer
    const { provider, deployment } = own.ledger
    const { administrator, others } = await readAccounts(provider)
    const anybody = await personOf(own, 2)
    const [first] = own.hostile
    const weights = digestOf('weights that nobody registered')
    await requestArtefactReview(anybody.ledger, { weights, uri: 'javascript:document.title=1' })
    await provider.send('evm_increaseTime', [60])
    await requestReview(anybody.ledger, { model: first! })
    await requestReview(anybody.ledger, { model: own.hub })
    await open('/reviews')
    await page.locator(`[data-review="${own.hub}"]`).waitFor()
    const listed = await page
      .locator('[data-review]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-review')))
    expect(listed[0]).to.equal(weights)
    const times = await page
      .locator('[data-review] td:first-child time')
      .evaluateAll((all) => all.map((one) => (one as HTMLTimeElement).dateTime))
    expect(times).to.deep.equal(times.toSorted())
    await open(`/reviews?requester=${own.publisher}`)
    await page.getByText('That is not a clearance').waitFor()
    await open(`/reviews?order=newest&requester=${anybody.address}`)
    await page.locator('[data-review]').first().waitFor()
    expect(await page.locator('[data-review]').first().getAttribute('data-review')).to.equal(own.hub)

    await open(`/reviews/${own.hub}`)
    const standing = page.locator('.review-standing .sentence')
    const reads = async () => readReview(anybody.ledger, { subject: own.hub })
    await page.locator('.review-standing [data-state="frozen"]').waitFor()
    const code = async () =>
      clearReview(anybody.ledger, { subject: own.hub }).then(
        () => 'cleared',
        (error: unknown) => (error as { code: string }).code,
      )
    expect(await code()).to.equal('REVIEW_GATE_CLOCK_RUNNING')
    const { timeLeft, blocksLeft } = await reads()
    await provider.send('evm_increaseTime', [timeLeft + 1])
    for (let mined = 0; mined <= blocksLeft; mined += 1) await provider.send('evm_mine', [])
    // The deadline has passed, and nobody has passed the weights: the index goes on, and the page with it.
    await own.register('https://huggingface.co/acme/after-the-deadline', [])
    await standing.filter({ hasText: 'stays frozen until somebody clears it' }).waitFor()
    expect(await code()).to.equal('REVIEW_GATE_QUORUM_MISSING')

    const manager = await import('ethers').then(async ({ Contract }) => {
      const abi = ['function grantRole(uint64 roleId, address account, uint32 executionDelay)']
      return new Contract(deployment.contracts.manager, abi, await provider.getSigner(administrator))
    })
    const { registration } = await readModel(anybody.ledger, { model: own.hub })
    const report = digestOf('the report')
    for (const scanner of [others.scannerA, others.scannerB]) {
      await (await (manager as unknown as AccessManager).grantRole(ROLES.scanner, parseAddress(scanner), 0)).wait()
      const scannedAt = (await provider.getBlock('latest'))!.timestamp
      await attestScan(openLedger(await provider.getSigner(scanner), deployment), {
        report: {
          weights: registration.weights,
          tensors: registration.tensors,
          scope: 'files',
          report,
          ruleset: digestOf('rules'),
          scannedAt,
          verdict: 'passed',
          uri: '',
        },
      })
    }
    await page.locator(`[data-scan="${report}"]`).nth(1).waitFor()
    await page.locator('.review-standing [data-state="frozen"]').waitFor()
    expect(await code()).to.equal('cleared')
    await page.locator('.review-standing [data-state="cleared"]').waitFor()
    expect((await reads()).review.state).to.equal('cleared')

    await open(`/m/${own.hub}?tab=reviews`)
    await page.locator('.panel [data-state="cleared"]').waitFor()
    await open(`/m/${own.ledger.case.composer}?tab=reviews`)
    await page.locator('.panel [data-claim]', { hasText: 'acknowledged' }).waitFor()
    await open(`/reviews/${weights}`)
    expect(await page.locator('main a[href^="javascript"]').count()).to.equal(0)
    const paths = ['/reviews', `/reviews/${own.hub}`]
    await expectAccessible(explorer, paths)
    await expectNarrow(explorer, paths)
  })
}
