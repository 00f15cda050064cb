import { expect } from 'chai'

import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import type { ModelId, TermsId } from '../../src/core/hex.ts'
import { VERDICT_WORDS } from '../../src/core/reportWords.ts'
import { RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { termsIdOfLicense, type LicenseEntry } from '../../src/documents/license.ts'
import { verifyModel } from '../../src/sdk/compliance/verifyModel.ts'
import { grantCredential } from '../../src/sdk/licensing/grantCredential.ts'
import { isCredentialValid } from '../../src/sdk/licensing/isCredentialValid.ts'
import { revokeCredential } from '../../src/sdk/licensing/revokeCredential.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { describeExplorer, expectAccessible, expectNarrow } from '../fixtures/explorer.ts'
import { offerOf, personOf } from '../fixtures/explorerPeople.ts'
import { digestOf, registrationOf } from '../fixtures/ledger.ts'

describeExplorer('the explorer: licenses and credentials', (explorer) => {
  const { open } = explorer
  let licenses: readonly LicenseEntry[]
  const named = (id: string): LicenseEntry => licenses.find((each) => each.id === id)!
  const termsOf = (id: string): TermsId => termsIdOfLicense(named(id))

  before(async function () {
    licenses = await loadLicenses()
  })

  /** What the document of a license says of each right, in the words of the page. */
  function stancesOf(entry: LicenseEntry): Record<string, string> {
    return Object.fromEntries(
      RIGHT_NAMES.map((right) => {
        const limits = entry.thresholds.filter(({ withdraws }) => withdraws.includes(right))
        const given = limits.length === 0 ? 'gives' : limits.every(({ doubtful }) => doubtful) ? 'doubtful' : 'depends'
        return [right, entry.rights[right].grant ? given : 'withholds']
      }),
    )
  }

  it('shows terms as their document has them: rights, clauses, duties, thresholds, text and who uses them', async function () {
    const { page } = explorer
    for (const id of ['modified-mit-kimi-k2.5', 'kimi-k3', 'stemma-research']) {
      const entry = named(id)
      await open(`/l/${termsOf(id)}`)
      await page.getByRole('columnheader', { name: 'Clause' }).first().waitFor()
      const rows = page.locator('[data-right]')
      const found = await rows.evaluateAll((all) =>
        all.map((row) => [row.getAttribute('data-right')!, row.getAttribute('data-stance')!] as const),
      )
      expect(Object.fromEntries(found)).to.deep.equal(stancesOf(entry))
      for (const right of RIGHT_NAMES) {
        expect(await page.locator(`[data-right="${right}"] .clause`).innerText()).to.equal(entry.rights[right].clause)
      }
      const duties = await page
        .locator('[data-duty]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-duty')))
      expect(duties.toSorted()).to.deep.equal(entry.obligations.map(({ obligation }) => obligation).toSorted())
      const limits = await page
        .locator('[data-threshold]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-threshold')))
      expect(limits.toSorted()).to.deep.equal(entry.thresholds.map(({ measure }) => measure).toSorted())
      if (entry.text) expect(await page.locator('.record').first().innerText()).to.contain(entry.text)
    }
    await open(`/l/${termsOf('modified-mit-kimi-k2.5')}`)
    await page.getByRole('link', { name: 'moonshotai/Kimi-K2.5', exact: true }).waitFor()
    await open(`/l/0x${'13'.repeat(32)}`)
    await page.getByText('That is not a clearance').waitFor()
  })

  it('lists terms by name, and shows two of them side by side with their differences in words', async function () {
    const { page } = explorer
    await open('/licenses')
    await page.getByLabel('Name begins with').fill('apache')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.waitForURL(/q=apache/)
    await page.locator(`[data-terms="${termsOf('Apache-2.0')}"]`).waitFor()
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[data-terms] td:first-child')].every((cell) =>
        cell.textContent!.toLowerCase().startsWith('apache'),
      ),
    )
    await page.locator(`[data-terms="${termsOf('Apache-2.0')}"] a`).click()
    await page.getByLabel('Compare with').fill('kimi-k3')
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByRole('button', { name: 'kimi-k3' }).click()
    await page.waitForURL(new RegExp(`with=${termsOf('kimi-k3')}`))
    await page.locator('[data-beside]').first().waitFor()
    const [one, other] = [stancesOf(named('Apache-2.0')), stancesOf(named('kimi-k3'))]
    for (const right of RIGHT_NAMES) {
      const row = page.locator(`[data-right="${right}"]`)
      expect(await row.locator('[data-beside]').getAttribute('data-beside')).to.equal(other[right])
      const isDifferent = (await row.locator('.differs').count()) === 1
      if (one[right] !== other[right]) expect(isDifferent, right).to.equal(true)
      expect(await row.innerText()).to.contain(isDifferent ? 'differs' : 'same')
    }
    await page.reload()
    await page.locator('[data-beside]').first().waitFor()
  })

  it('shows a credential, its validity as the SDK says it, and turns with its descendants when it is revoked', async function () {
    const { page, context, world } = explorer
    const [publisher, holder] = [await personOf(world, 0), await personOf(world, 1)]
    const register = async (
      by: typeof publisher,
      uri: string,
      terms: TermsId,
      parents: ModelId[],
    ): Promise<ModelId> => {
      const named = parents.map((model) => ({ model, relation: 'finetune' as const }))
      const registration = registrationOf(by.address, { terms, uri, weights: digestOf(uri), parents: named })
      return (await registerModel(by.ledger, { registration })).model
    }
    const base = await register(publisher, 'https://huggingface.co/acme/closed', termsOf('all-rights-reserved'), [])
    const tier = await offerOf(publisher, {
      model: base,
      terms: termsOf('stemma-commercial-fine-tuning'),
      name: 'Fine-Tuning <b>',
      passThrough: ['commercial', 'host', 'research', 'personal'],
    })
    const { credential } = await grantCredential(publisher.ledger, { model: base, tier, holder: holder.address })
    const child = await register(holder, 'https://huggingface.co/acme/closed-child', termsOf('Apache-2.0'), [base])
    const policy = { trustedPublishers: [publisher.address, holder.address] }
    const verdict = async () =>
      (await verifyModel(publisher.ledger, { model: child, use: 'commercial', policy })).verdict
    const before = await verdict()

    await open(`/m/${child}?use=commercial&trust=${JSON.stringify(policy.trustedPublishers)}`)
    await page.locator('.sentence', { hasText: VERDICT_WORDS[before] }).waitFor()
    const other = await context.newPage()
    await other.setViewportSize({ width: 1280, height: 500 })
    await other.goto(`${world.url}/c/${credential}`)
    await other.locator('[data-valid="true"]').waitFor()
    expect(await other.locator('main').innerText())
      .to.contain(holder.address)
      .and.to.contain('Fine-Tuning <b>')
    await other.evaluate(() => scrollTo(0, 200))
    await revokeCredential(publisher.ledger, { credential, reason: 'the terms were <i>not</i> kept' })
    const after = await verdict()
    expect(after).to.not.equal(before)
    await other.locator('[data-valid="false"]').waitFor()
    await other.getByText('the terms were <i>not</i> kept').waitFor()
    // What changed above the reader may be a line higher or lower; the browser keeps in view what was read.
    expect(await other.evaluate(() => scrollY)).to.be.closeTo(200, 60)
    await page.locator('.sentence', { hasText: new RegExp(`${VERDICT_WORDS[after]}$`) }).waitFor()

    const { timestamp } = (await world.ledger.provider.getBlock('latest'))!
    for (const time of [timestamp - 86_400, timestamp - 1, timestamp + 1_000_000]) {
      await other.goto(`${world.url}/c/${credential}?time=${time}`)
      const isValid = await isCredentialValid(publisher.ledger, { credential, time })
      await other.locator(`[data-valid="${isValid}"]`).waitFor()
    }
    await other.getByRole('button', { name: 'Ask for now' }).click()
    await other.waitForURL((url) => !url.search.includes('time='))
    await other.getByRole('link', { name: 'What falls if it is revoked' }).click()
    await other.waitForURL((url) => url.pathname === '/impact')
    await other.locator(`[data-model="${child}"]`).waitFor()
    await other.close()
    await open(`/m/${child}?tab=record`)
    await page.getByRole('tab', { name: 'Licenses' }).click()
    await page.waitForURL(/tab=licenses/)
    await open(`/m/${base}?tab=licenses`)
    await page.locator('.panel').getByRole('link', { name: 'Fine-Tuning <b>' }).click()
    await page.waitForURL((url) => url.pathname === `/c/${credential}`)
    await expectAccessible(explorer, [`/c/${credential}`])
    await expectNarrow(explorer, [`/c/${credential}`])
  })

  it('has nothing serious for axe, and needs no scrolling sideways', async function () {
    const paths = ['/licenses', `/l/${termsOf('Apache-2.0')}?with=${termsOf('kimi-k3')}`]
    await expectAccessible(explorer, paths)
    await expectNarrow(explorer, paths)
  })
})
