import { expect } from 'chai'

import { UsageLog } from '../../src/audit/usageLog.ts'
import type { CallRecord } from '../../src/core/callRecord.ts'
import type { Address, CredentialId, ModelId, TierId } from '../../src/core/hex.ts'
import { MerkleLog } from '../../src/core/merkleLog.ts'
import { consistencyProofOf, recordProofOf, type RecordProof } from '../../src/core/usageProof.ts'
import { anchorCheckpoint } from '../../src/sdk/audit/anchorCheckpoint.ts'
import { stateServing } from '../../src/sdk/audit/stateServing.ts'
import { countCredentials, usageFindings } from '../../src/sdk/audit/usageFindings.ts'
import { grantCredential } from '../../src/sdk/licensing/grantCredential.ts'
import { readModel } from '../../src/sdk/registry/readModel.ts'
import { callOf } from '../fixtures/calls.ts'
import { describeExplorer, expectAccessible, expectNarrow } from '../fixtures/explorer.ts'
import { offerOf, personOf, type Person } from '../fixtures/explorerPeople.ts'

const CALLS = 7
const QUOTA = 5n

describeExplorer('the explorer: usage', (explorer) => {
  const { open } = explorer
  let publisher: Person
  let of: { credential: CredentialId; model: ModelId; tier: TierId; holder: Address }
  let log: UsageLog
  let strangers: UsageLog
  const records: CallRecord[] = []

  before(async function () {
    const { world } = explorer
    publisher = await personOf(world, 0)
    const stranger = await personOf(world, 3)
    const holder = (await personOf(world, 2)).address
    const { registration } = await readModel(publisher.ledger, { model: world.hub })
    const { terms } = registration
    const tier = await offerOf(publisher, { model: world.hub, terms, name: 'Metered', callQuota: QUOTA })
    const { credential } = await grantCredential(publisher.ledger, { model: world.hub, tier, holder })
    of = { credential, model: world.hub, tier, holder }
    log = new UsageLog({ operator: publisher.address, credential, epoch: 0 })
    for (let index = 0; index < CALLS; index += 1) {
      records.push({ index, ...callOf(index, index === 3 ? { outcome: 'refused' } : {}) })
    }
    for (const size of [4, CALLS]) {
      log.add(records.slice(log.tree.size, size))
      await anchorCheckpoint(publisher.ledger, { ...log.owner, checkpoint: log.stateAt() })
    }
    strangers = new UsageLog({ operator: stranger.address, credential, epoch: 0 })
    strangers.add(records.slice(0, 1))
    await anchorCheckpoint(stranger.ledger, { ...strangers.owner, checkpoint: strangers.stateAt() })
    const from = (await world.ledger.provider.getBlock('latest'))!.timestamp
    await stateServing(publisher.ledger, {
      statement: {
        publisher: publisher.address,
        model: world.hub,
        origin: 'https://api.example',
        name: '<b>hub</b>',
        from,
        until: from + 86_400,
        grade: 'stated',
        evidence: null,
      } as never,
    })
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
      expect(await page.locator(`[data-log="${log.id}"]`).innerText()).to.contain(
        '1 records of calls that were refused',
      )
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
    expect(sizes).to.deep.equal([String(CALLS), '4'])
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
    const proof = recordProofOf(log, records[2]!, CALLS)
    const altered = { ...proof, record: { ...proof.record, outputTokens: 11 } } satisfies RecordProof
    const other = new MerkleLog()
    await check(JSON.stringify(altered), 'fails')
    await check(JSON.stringify({ ...proof, root: other.root() }), 'fails')
    await check(JSON.stringify(consistencyProofOf(log, 4, CALLS)), 'holds')
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
    await page.getByText(`Record 2 is among the first ${CALLS} records`).waitFor()
    const parts = [proof.log, proof.root, proof.record.request, proof.record.call!, 'secret-name', ...proof.proof]
    expect(sent.filter((each) => parts.some((part) => each.includes(part)))).to.deep.equal([])
    await page.getByRole('button', { name: 'Ask the index for this log' }).click()
    await page.locator('[data-anchored="good"]').waitFor()
    const asked = sent.filter((each) => parts.some((part) => each.includes(part)))
    expect(asked.every((each) => each.includes(proof.log))).to.equal(true)
    expect(asked.filter((each) => parts.slice(1).some((part) => each.includes(part)))).to.deep.equal([])
    // A log that was never anchored so: the proof holds by itself, and the ledger contradicts it.
    const forged = new UsageLog(log.owner)
    forged.add(records.map((record) => ({ ...record, outputTokens: 1 })))
    await check(JSON.stringify(recordProofOf(forged, { ...records[2]!, outputTokens: 1 }, CALLS)), 'holds')
    await page.getByRole('button', { name: 'Ask the index for this log' }).click()
    await page.locator('[data-anchored="bad"]').waitFor()
  })

  it('has nothing serious for axe, and needs no scrolling sideways', async function () {
    const paths = ['/usage', `/usage/${log.id}`]
    await expectAccessible(explorer, paths)
    await expectNarrow(explorer, paths)
  })
})
