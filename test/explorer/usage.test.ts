import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { UsageLog } from '../../src/audit/usageLog.ts'
import type { CallRecord } from '../../src/core/callRecord.ts'
import { MerkleLog } from '../../src/core/merkleLog.ts'
import { consistencyProofOf, recordProofOf, type RecordProof } from '../../src/core/usageProof.ts'
import { countCredentials, usageFindings } from '../../src/sdk/audit/usageFindings.ts'
import { receiptFixture } from '../audit/calls.ts'
import { describeExplorer, expectAccessible, expectNarrow } from '../fixtures/explorer.ts'
import type { Person } from '../fixtures/explorerPeople.ts'
import { SEEDED_CALLS, seedUsage, type SeededUsage } from '../fixtures/explorerUsage.ts'

describeExplorer('the explorer: usage', (explorer) => {
  const { open } = explorer
  let publisher: Person
  let of: SeededUsage['of']
  let log: UsageLog
  let strangers: UsageLog
  let records: readonly CallRecord[]

  before(async function () {
    ;({ publisher, of, log, strangers, records } = await seedUsage(explorer.world))
  })

  it('counts under each credential what the SDK counts, and says what exceeds a quota and what does not count', async function () {
    const { page } = explorer
    const [counted] = await countCredentials(publisher.ledger, { credentials: [of] })
    const [calls, tokens] = counted!.counts
    for (const path of [`/usage?credential=${of.credential}`, `/usage?model=${of.model}`, `/usage?tier=${of.tier}`]) {
      await open(path)
      const row = page.locator(`[data-counted="${of.credential}"]`)
      await row.waitFor()
      const used = await row
        .locator('[data-used]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-used')))
      expect(used).to.deep.equal([String(calls!.used), String(tokens!.used)])
      const exceeded = (await usageFindings(publisher.ledger, { credentials: [of] })).length > 0
      expect(await row.getAttribute('data-exceeded')).to.equal(String(exceeded))
      expect(await page.locator(`[data-log="${log.id}"]`).innerText()).to.contain('1 record of a call that was refused')
      expect(await page.locator(`[data-log="${strangers.id}"]`).innerText()).to.contain('does not count')
    }
    await open(`/m/${of.model}?tab=usage`)
    await page.locator(`[data-log="${log.id}"]`).waitFor()
    await page.getByRole('tab', { name: 'Endpoints' }).click()
    await page.locator('[data-standing="holds"]', { hasText: '<b>hub</b>' }).waitFor()
    await page.getByText('the publisher’s word only').waitFor()
  })

  it('shows the checkpoints of a log as they were anchored', async function () {
    const { page } = explorer
    await open(`/usage?operator=${publisher.address}`)
    await page.locator(`[data-log="${log.id}"] a`).first().click()
    await page.waitForURL((url) => url.pathname === `/usage/${log.id}`)
    await page.locator('[data-size]').first().waitFor()
    const sizes = await page
      .locator('[data-size]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-size')))
    expect(sizes).to.deep.equal([String(SEEDED_CALLS), '4'])
    expect(await page.locator('[data-calls]').getAttribute('data-calls')).to.equal(String(log.stateAt().calls))
    await page.getByText('beyond the quota').first().waitFor()
    await page.locator('.usage-chart svg').waitFor()
  })

  it('checks proofs in the browser, and sends nothing of them until it is asked to', async function () {
    const { page } = explorer
    await open('/usage')
    await page.waitForLoadState('networkidle')
    const sent: string[] = []
    page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`))
    const field = page.getByLabel('Proof or receipt, as JSON')
    const check = async (text: string, result: string): Promise<void> => {
      await field.fill('')
      await page.locator('[data-proof]').waitFor({ state: 'detached' })
      await field.fill(text)
      await page.locator(`[data-proof="${result}"]`).waitFor()
    }
    const proof = recordProofOf(log, records[2]!, SEEDED_CALLS)
    const altered = { ...proof, record: { ...proof.record, outputTokens: 11 } } satisfies RecordProof
    const other = new MerkleLog()
    await check(JSON.stringify(altered), 'fails')
    await check(JSON.stringify({ ...proof, root: other.root() }), 'fails')
    await check(JSON.stringify(consistencyProofOf(log, 4, SEEDED_CALLS)), 'holds')
    for (const hostile of [
      '<img src=x onerror="document.title=1">',
      '['.repeat(90_000),
      '{"usageProof":"record"}',
      JSON.stringify({ ...proof, log: `0x${'1'.repeat(64)}` }),
      JSON.stringify({ ...proof, size: 1e300 }),
      JSON.stringify({ ...proof, operator: '<script>document.title=1</script>' }),
      `{"usageProof":"record","usageProof":${JSON.stringify('x'.repeat(110_000))}}`,
      '{"usageReceipt":1}',
    ]) {
      await check(hostile, 'refused')
    }
    expect(await page.title()).to.not.equal('1')
    await page.setInputFiles('.proof-check input[type=file]', {
      name: 'secret-name.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(proof)),
    })
    await page.locator('[data-proof="holds"]').waitFor()
    await page.getByText(`Record 2 is among the first ${SEEDED_CALLS} records`).waitFor()
    const parts = [proof.log, proof.root, proof.record.request, proof.record.call!, 'secret-name', ...proof.proof]
    expect(sent.filter((each) => parts.some((part) => each.includes(part)))).to.deep.equal([])
    await page.getByRole('button', { name: 'Ask the index for this log' }).click()
    await page.locator('[data-anchored="good"]').waitFor()
    const asked = sent.filter((each) => parts.some((part) => each.includes(part)))
    expect(asked.every((each) => each.includes(proof.log))).to.equal(true)
    expect(asked.filter((each) => parts.slice(1).some((part) => each.includes(part)))).to.deep.equal([])
    const folder = await mkdtemp(join(tmpdir(), 'stemma-receipt-'))
    const { receipt } = await receiptFixture(folder)
    await rm(folder, { recursive: true })
    await check(JSON.stringify(receipt), 'holds')
    await check(JSON.stringify({ ...receipt, heads: receipt.heads + 1 }), 'fails')
    await check(JSON.stringify({ ...receipt, from: receipt.from + 1 }), 'fails')
    // A log that was never anchored so: the proof holds by itself, and the ledger contradicts it.
    const forged = new UsageLog(log.owner)
    forged.add(records.map((record) => ({ ...record, outputTokens: 1 })))
    await check(JSON.stringify(recordProofOf(forged, { ...records[2]!, outputTokens: 1 }, SEEDED_CALLS)), 'holds')
    await page.getByRole('button', { name: 'Ask the index for this log' }).click()
    await page.locator('[data-anchored="bad"]').waitFor()
  })

  it('has nothing serious for axe, and needs no scrolling sideways', async function () {
    const paths = ['/usage', `/usage/${log.id}`]
    await expectAccessible(explorer, paths)
    await expectNarrow(explorer, paths)
  })
})
