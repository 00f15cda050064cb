import { expect } from 'chai'

import { VERDICT_WORDS } from '../../src/core/reportWords.ts'
import { modelSearch } from '../../packages/explorer/src/app/address.ts'
import { verifyModel } from '../../src/sdk/compliance/verifyModel.ts'
import { readModel } from '../../src/sdk/registry/readModel.ts'
import { parsePolicy } from '../../src/verify/policy.ts'
import { describeExplorer } from '../fixtures/explorer.ts'
import { personOf } from '../fixtures/explorerPeople.ts'

describeExplorer('the explorer: a policy', (explorer) => {
  it('is read from a file, kept in the address, and answered as the SDK answers it', async function () {
    const { page, open, world } = explorer
    const { ledger } = await personOf(world, 0)
    const { forkA, composer } = world.ledger.case
    const { registration } = await readModel(ledger, { model: composer })
    const policies = [
      { version: 1, deniedPublishers: [registration.publisher] },
      { version: 1, lineage: [{ denyModels: ['moonshotai/*'], why: '<b>a test</b>' }, { accredited: true }] },
      { version: 1, fulfilled: ['notice', 'attribution'], trustedOperators: [world.publisher] },
    ]
    await open(`/m/${forkA}?use=research`)
    await page.locator('.sentence').waitFor()
    await page.getByText('The whole policy').click()
    for (const policy of policies) {
      const report = await verifyModel(ledger, { model: forkA, use: 'research', policy: parsePolicy(policy) })
      await page.setInputFiles('.policy input[type=file]', {
        name: 'policy.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify(policy)),
      })
      const before = page.url()
      await page.waitForFunction(
        (rules) => document.querySelector<HTMLTextAreaElement>('textarea[id$="-rules"]')!.value === rules,
        'lineage' in policy ? JSON.stringify(policy.lineage) : '',
      )
      await page.getByRole('button', { name: 'Ask again' }).click()
      await page.waitForURL((url) => url.href !== before)
      await page
        .locator('.verdict-part[aria-busy="false"] .sentence', { hasText: VERDICT_WORDS[report.verdict] })
        .waitFor()
      for (const { code } of report.findings.filter(({ severity }) => severity === 'blocking')) {
        await page.locator('.answer .code', { hasText: code }).first().waitFor({ state: 'attached' })
      }
      const answers = (report.rules ?? []).map(({ answer }) => answer)
      await page.waitForFunction((count) => document.querySelectorAll('[data-rule]').length === count, answers.length)
      const found = await page
        .locator('[data-rule]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-rule')))
      expect(found).to.deep.equal(answers)
    }
    await page.setInputFiles('.policy input[type=file]', {
      name: 'policy.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify({ version: 1, guard: {} })),
    })
    await page.getByText('Fields that say nothing about this answer were left out').waitFor()
    await page.getByLabel('Rules on the lineage').fill('[{"denyAll": true}]')
    await page.getByText('This is not a policy').waitFor()
    // Cut short, a list of publishers that are denied would be another policy.
    const denied = Array.from({ length: 150 }, (_, at) => `0x${at.toString(16).padStart(40, '0')}`)
    await page.getByLabel('Rules on the lineage').fill('')
    await page.getByLabel('Publishers whose models may not be used').fill(denied.join(' '))
    await page.getByText('longer than an address can keep').waitFor()
    expect(modelSearch({ deny: denied }).deny).to.have.length(150)
  })

  it('is refused where an entry of the address is none, by its name: without it, another question would be answered', async function () {
    const { page, open, world } = explorer
    const { ledger } = await personOf(world, 0)
    const { forkA, composer } = world.ledger.case
    const { registration } = await readModel(ledger, { model: composer })
    const failure = page.locator('main .failure')
    // A link that somebody wrote by hand: one entry, or several with a comma.
    const written = `${registration.publisher},0x12`
    for (const [query, named] of [
      [`deny=${written}`, '0x12'],
      ['licensee=alice', 'alice'],
      ['facts={"monthlyActiveUsers":"8e8"}', '8e8'],
      ['fulfilled=notise', 'notise'],
      ['rules=[', 'the rules on the lineage'],
    ] as const) {
      await open(`/m/${forkA}?${query}`)
      await failure.waitFor()
      expect(await failure.innerText(), query).to.contain(named)
      expect(await page.locator('.sentence').count(), query).to.equal(0)
    }
    // The browser itself reports what the API refuses.
    explorer.isAway = true
    await page.goto(`${world.url}/m/${forkA}/map?deny=${written}`)
    await failure.waitFor()
    expect(await failure.innerText()).to.contain('0x12')
    expect(await page.locator('.drawing').count()).to.equal(0)
    await open(`/m/${forkA}?use=research&deny=${registration.publisher}`)
    await page.locator('.answer .code', { hasText: 'publisher-denied' }).first().waitFor({ state: 'attached' })
    // Every list, one entry or several, is kept as it is written.
    expect(modelSearch({ trust: '0x34', operators: [null], facts: 'many', licensee: 7 })).to.include({ licensee: '7' })
    expect(modelSearch({ trust: '0x34', deny: [null, registration.publisher.toUpperCase()] })).to.deep.include({
      trust: ['0x34'],
      deny: ['null', registration.publisher],
    })
    expect(modelSearch({ facts: 'many' }).facts).to.deep.equal({ many: '' })
    // Rules are not applied on the map, and it says so.
    await open(`/m/${forkA}/map?rules=[{"accredited":true}]`)
    await page.getByText('The map does not apply the rules on the lineage').waitFor()
  })
})
