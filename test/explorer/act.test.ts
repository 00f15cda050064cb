import { readFile } from 'node:fs/promises'

import { expect } from 'chai'
import { stringify } from 'yaml'

import { termsIdOf } from '../../src/core/terms.ts'
import { credentialIdOf } from '../../src/core/tier.ts'
import { parseLicense, termsOfLicense } from '../../src/documents/license.ts'
import { listTerms } from '../../src/sdk/licensing/listTerms.ts'
import type { CredentialId } from '../../src/core/hex.ts'
import { readClaim } from '../../src/sdk/claims/readClaim.ts'
import { readReview } from '../../src/sdk/gate/readReview.ts'
import { listTiers } from '../../src/sdk/licensing/listTiers.ts'
import { readCredential } from '../../src/sdk/licensing/readCredential.ts'
import { findModels } from '../../src/sdk/registry/findModels.ts'
import { actingOn } from '../fixtures/acting.ts'
import { describeExplorer, expectAccessible, expectAccessibleNow, expectNarrow } from '../fixtures/explorer.ts'
import { digestOf } from '../fixtures/ledger.ts'

describeExplorer('acting on the ledger from the explorer', (explorer) => {
  const { open } = explorer
  const acting = actingOn(explorer)

  it('offers a tier, signs an offer, accepts it as the holder, and revokes it, each shown as it is sent, and then as the index has it', async function () {
    const { page } = explorer
    const { publisher, holder } = acting.accounts
    const model = await acting.register()
    const [wallet] = await acting.wallets(publisher)
    await open(`/act/offer?model=${model}`)
    expect(await page.locator('.wallets li').allInnerTexts()).to.have.length(2)
    await acting.connect()
    await page
      .getByRole('definition')
      .getByRole('link', { name: /actor\/model/ })
      .waitFor()
    await page.getByLabel('Name of the tier').fill('Commercial Fine-Tuning')
    await page.getByLabel('Terms', { exact: true }).fill('apache-2.0')
    await page.getByLabel('Longest validity in days').fill('400')
    await page.getByRole('checkbox', { name: 'modification', exact: true }).check()
    await acting.check()
    await acting.confirm(wallet)
    const [tier] = await listTiers(acting.ledger, { model })
    expect(tier!.tier).to.include({ name: 'Commercial Fine-Tuning', maxDuration: 400 * 86_400, open: false })

    await open(`/act/grant?model=${model}&tier=${tier!.id}&holder=${holder}`)
    await page.locator('.connected').waitFor()
    await page.getByLabel('How', { exact: true }).selectOption('sign')
    await page.getByLabel('The offer can be accepted until').fill('2099-01-01T00:00')
    await page.getByLabel('Valid until').fill('2027-06-01T00:00')
    await acting.check()
    await page.getByRole('heading', { name: 'EIP-712' }).waitFor()
    const typed = await page.locator('.review').innerText()
    for (const each of [model, tier!.id, holder, 'Stemma License Credential', 'verifyingContract'])
      expect(typed).to.contain(each)
    await page.getByRole('button', { name: /^Sign in/ }).click()
    const file = await page.locator('.kept').innerText()
    const [, message] = wallet.asked.findLast(({ method }) => method === 'eth_signTypedData_v4')!.params as [
      string,
      string,
    ]
    expect(JSON.parse(message).message).to.include({ model, tier: tier!.id })
    expect(wallet.asked.filter(({ method }) => method === 'eth_sendTransaction')).to.have.length(1)

    await open('/act/accept')
    await page.locator('.connected').waitFor()
    await page.getByLabel('Signed offer').fill(file)
    await page.locator('[data-hindrance=not-holder]', { hasText: holder }).waitFor()
    wallet.accounts = [holder]
    await wallet.emit('accountsChanged', [holder])
    await page.locator('[data-hindrance]').waitFor({ state: 'detached' })
    await acting.check()
    await acting.confirm(wallet)
    const credential = credentialIdOf(model, tier!.id, holder)
    await page.locator('[data-state]', { hasText: /: valid$/ }).waitFor()
    expect((await readCredential(acting.ledger, { credential })).state).to.equal('active')

    await open(`/act/revoke?credential=${credential}`)
    await page.locator('[data-hindrance=not-publisher]', { hasText: publisher }).waitFor()
    wallet.accounts = [publisher]
    await wallet.emit('accountsChanged', [publisher])
    await page.locator('[data-hindrance]').waitFor({ state: 'detached' })
    await page.getByLabel('Reason').fill('the agreement has ended')
    await acting.check()
    await acting.confirm(wallet)
    await page.locator('[data-state]', { hasText: 'not valid now' }).waitFor()
    expect((await readCredential(acting.ledger, { credential })).state).to.equal('revoked')
  })

  it('registers a model from its card and a digest, as the SDK then reads it, and says which parents are meant', async function () {
    const { page } = explorer
    const [wallet] = await acting.wallets(acting.accounts.publisher)
    const base = await acting.register('https://huggingface.co/actor/twice-named')
    const copy = await acting.register('https://huggingface.co/actor/twice-named')
    const card = `---\nlicense: apache-2.0\nbase_model:\n  - actor/twice-named\n  - nobody/unregistered-base\nbase_model_relation: merge\n---\n# A model`
    await open('/act/register')
    await acting.connect()
    await page.getByLabel('Model card, or draft').fill(card)
    await page.getByLabel('Name', { exact: true }).fill('actor/from-a-card')
    await page.getByLabel('SHA-256 of the weights').fill(`sha256:${'ab'.repeat(32)}`)
    const choice = page.getByLabel('Which registration is meant by actor/twice-named?')
    await choice.waitFor()
    expect(await choice.locator('option').count()).to.equal(4)
    await acting.check()
    await page.getByRole('alert').getByText('2 registrations have the name').waitFor()
    expect(wallet.asked.some(({ method }) => method === 'eth_sendTransaction')).to.equal(false)
    await choice.selectOption(copy)
    await acting.check()
    await page.locator('.review', { hasText: 'merge, external' }).waitFor()
    await acting.confirm(wallet)
    const [found] = await findModels(acting.ledger, { query: 'actor/from-a-card' })
    const { registration } = found!
    expect(registration).to.deep.include({ publisher: acting.accounts.publisher, weights: `0x${'ab'.repeat(32)}` })
    expect(registration.parents.map(({ model, relation, external }) => [model, relation, external])).to.deep.include([
      copy,
      'merge',
      undefined,
    ])
    expect(registration.parents.map(({ model }) => model)).to.not.include(base)
    const apache = await fetch(`${explorer.world.url}/v1/terms?name=Apache-2.0`).then((one) => one.json())
    expect(apache.termsList.nodes.map(({ id }: { id: string }) => id)).to.include(registration.terms)
    await page.getByRole('link', { name: 'The model’s page' }).click()
    await page.locator('h1', { hasText: 'actor/from-a-card' }).waitFor()
  })

  it('publishes terms of a file in YAML or of the library, shown as they are sent, and names what the contract refuses', async function () {
    const { page } = explorer
    const [wallet] = await acting.wallets(acting.accounts.stranger)
    const entry = parseLicense(JSON.parse(await readFile('licenses/mit.json', 'utf8')), 'mit')
    const own = { ...entry, id: 'Actor-1.0', name: 'Actor License', uri: 'https://actor.example/license', aliases: [] }
    await open('/act/terms')
    await acting.connect()
    const file = page.getByLabel('Terms of your own')
    await file.fill('just words')
    await acting.check()
    await page.getByRole('alert').getByText('neither JSON nor YAML').waitFor()
    await file.fill(stringify({ ...own, rights: {} }))
    await acting.check()
    await page.getByRole('alert').getByText('rights.research').waitFor()
    // Unquoted, as people write digests in YAML.
    await file.fill(stringify(own).replace(/"(0x[0-9a-f]{64})"/, '$1'))
    await acting.check()
    await acting.confirm(wallet)
    const published = termsOfLicense(own)!
    const terms = termsIdOf(published)
    await page.locator('[data-outcome]', { hasText: terms }).waitFor()
    expect((await listTerms(acting.ledger)).map(({ id }) => id)).to.include(terms)
    await page.getByText('The index has read this block.').waitFor()
    await page.getByRole('link', { name: 'The page of the terms' }).click()
    await page.getByRole('heading', { level: 1, name: 'Actor-1.0' }).waitFor()
    await open('/act/terms?license=mit')
    await page.locator('.connected').waitFor()
    await acting.check()
    await page.locator('[data-failure=refused]', { hasText: 'LICENSE_REGISTRY_ALREADY_PUBLISHED' }).waitFor()
  })

  it('files a claim after its file was saved, with the deposit, and lets only the publisher answer it', async function () {
    const { page } = explorer
    const { claimant, publisher } = acting.accounts
    const model = await acting.register()
    const [wallet] = await acting.wallets(claimant)
    await open(`/act/claim?subject=${model}&parent=${explorer.world.hub}`)
    await acting.connect()
    await page.getByLabel('How it was made').selectOption('finetune')
    await page.getByLabel('The claim in a few sentences').fill('It answers as its base does.')
    await page.getByLabel('Evidence', { exact: true }).fill('Asked on 2026-11-30.')
    await acting.check()
    await page.getByRole('button', { name: 'Save the file' }).waitFor()
    expect(await page.getByRole('button', { name: /^Sign in/ }).isDisabled()).to.equal(true)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the file' }).click(),
    ])
    const saved = await readFile(await download.path(), 'utf8')
    await acting.confirm(wallet)
    const { claim, salt } = JSON.parse(saved).claim
    expect(await readClaim(acting.ledger, { claim })).to.include({ claimant, subject: model, state: 'filed' })
    await page.locator('[data-state]', { hasText: 'filed' }).waitFor()
    const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))
    expect(kept).to.not.contain(salt).and.not.contain('It answers')

    await open(`/act/answer?claim=${claim}`)
    await page.locator('[data-hindrance=not-controller]', { hasText: publisher }).waitFor()
    await page.getByLabel('Answer', { exact: true }).selectOption('contest')
    await acting.check()
    await page.locator('[data-failure=refused]', { hasText: publisher }).waitFor()
    wallet.accounts = [publisher]
    await wallet.emit('accountsChanged', [publisher])
    await page.locator('[data-hindrance]').waitFor({ state: 'detached' })
    await acting.check()
    await acting.confirm(wallet)
    await page.locator('[data-state]', { hasText: 'contested' }).waitFor()

    wallet.accounts = [claimant]
    await wallet.emit('accountsChanged', [claimant])
    await open('/act/answer?answer=disclose')
    await page.locator('.connected').waitFor()
    await page.getByLabel('Your claim file').fill(saved)
    await acting.check()
    await acting.confirm(wallet)
    expect((await readClaim(acting.ledger, { claim })).evidence!.digest).to.equal(JSON.parse(saved).claim.evidence)
  })

  it('requests a review and attests a scan, and says early who is not a scanner', async function () {
    const { page } = explorer
    const { stranger, scanner } = acting.accounts
    const model = await acting.register()
    const [wallet] = await acting.wallets(stranger)
    await open(`/act/review?model=${model}`)
    await acting.connect()
    await page.getByLabel('Address of the documents').fill('https://models.example/act')
    await acting.check()
    await acting.confirm(wallet)
    await page.locator('[data-state]', { hasText: 'frozen' }).waitFor()
    await open(`/act/review?model=${model}`)
    await page.locator('[data-hindrance=has-review]').waitFor()

    await open(`/act/scan?model=${model}`)
    await page.locator('[data-hindrance=not-scanner]').waitFor()
    wallet.accounts = [scanner]
    await wallet.emit('accountsChanged', [scanner])
    await page.locator('[data-hindrance]').waitFor({ state: 'detached' })
    const weights = await page.getByLabel('SHA-256 of the weights').inputValue()
    await page.getByLabel('Verdict', { exact: true }).selectOption('passed')
    await page.getByLabel('SHA-256 of the report').fill(digestOf('report'))
    await page.getByLabel('SHA-256 of the ruleset').fill(digestOf('rules'))
    const { time } = await readReview(acting.ledger, { subject: model })
    await page.getByLabel('The scan ended').fill(await localTime(time))
    await acting.check()
    await acting.confirm(wallet)
    const { review, scans } = await readReview(acting.ledger, { subject: model })
    expect([review.weights, review.state]).to.deep.equal([weights, 'frozen'])
    expect(scans).to.deep.include({ scanner, verdict: 'passed', scannedAt: time - (time % 60) })
  })

  /** A time as the browser's field takes it. */
  async function localTime(seconds: number): Promise<string> {
    return explorer.page.evaluate((time) => {
      const at = new Date(time * 1000)
      return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
    }, seconds)
  }

  it('asks for an open tier or applies for another, and grants what was applied for', async function () {
    const { page } = explorer
    const { holder, publisher } = acting.accounts
    const model = await acting.register()
    const [isOpen, isGranted] = [await acting.offer(model, { name: 'Open', open: true }), await acting.offer(model)]
    const [wallet] = await acting.wallets(holder)
    await open(`/act/apply?model=${model}`)
    await acting.connect()
    const tier = page.getByLabel('Tier', { exact: true })
    await tier.locator('option', { hasText: 'Open · open to all' }).waitFor({ state: 'attached' })
    await tier.selectOption(isOpen)
    await acting.check()
    await acting.confirm(wallet)
    await page.locator('[data-state]', { hasText: /: valid$/ }).waitFor()
    await open(`/act/apply?model=${model}&tier=${isGranted}`)
    await page.locator('.connected').waitFor()
    await page.getByLabel('Address of the documents').fill('https://holder.example/application')
    await acting.check()
    await acting.confirm(wallet)
    wallet.accounts = [publisher]
    await wallet.emit('accountsChanged', [publisher])
    await open(`/act/grant?model=${model}&tier=${isGranted}&holder=${holder}`)
    await page.locator('.connected', { hasText: publisher }).waitFor()
    await acting.check()
    await acting.confirm(wallet)
    const credential: CredentialId = credentialIdOf(model, isGranted, holder)
    expect((await readCredential(acting.ledger, { credential })).state).to.equal('active')
  })

  it('can be read and filled in without a wallet, keeps what was typed in the tab, and names each field that is wrong', async function () {
    const { page } = explorer
    await open('/act')
    await page.getByText('No wallet has announced itself').waitFor()
    await page.getByRole('link', { name: 'File a claim' }).click()
    await page.getByLabel('Subject', { exact: true }).fill('0x12')
    await page.getByLabel('The claim in a few sentences').fill('a secret')
    await page.reload()
    expect(await page.getByLabel('Subject', { exact: true }).inputValue()).to.equal('0x12')
    expect(await page.getByLabel('The claim in a few sentences').inputValue()).to.equal('')
    expect(await page.getByRole('button', { name: 'Check, and show' }).isDisabled()).to.equal(true)
    await page.goBack()
    await page.getByRole('heading', { name: 'Act on the ledger' }).waitFor()

    const [wallet] = await acting.wallets(acting.accounts.stranger)
    await open('/act/grant?model=0x12&holder=somebody')
    await acting.connect()
    await page.getByLabel('Valid until').fill('2026-01-01T00:00')
    await acting.check()
    const alert = page.getByRole('alert')
    await alert.getByText('“0x12” is not an id').waitFor()
    await alert.getByText('“somebody” is not an account. Use 0x and 40 hex digits.').waitFor()
    await alert.getByRole('button', { name: 'Holder' }).click()
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal('field-holder')
    expect(wallet.asked.some(({ method }) => /send|estimate|sign/i.test(method))).to.equal(false)
  })

  it('is filled in and signed by keyboard alone, and speaks Chinese', async function () {
    const { page } = explorer
    const model = await acting.register()
    const [wallet] = await acting.wallets(acting.accounts.stranger)
    await open(`/act/review?model=${model}`)
    const press = async (name: RegExp | string): Promise<void> => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press('Tab')
        const text = await page.evaluate(() => document.activeElement?.textContent ?? '')
        if (typeof name === 'string' ? text === name : name.test(text)) return page.keyboard.press('Enter')
      }
      throw new Error(`Tab does not lead to ${String(name)}.`)
    }
    await press(/^Wallet One/)
    await page.locator('.connected').waitFor()
    await press('Check, and show what will be signed')
    await page.locator('.review').waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal('review')
    await press('Sign in Wallet One')
    await page.locator('[data-outcome]').waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal('outcome')
    expect(wallet.asked.some(({ method }) => method === 'eth_sendTransaction')).to.equal(true)
    await page.getByLabel('Language').selectOption('zh-CN')
    await page.getByRole('heading', { name: '申请审查' }).waitFor()
  })

  it('leads from a model to the form about it', async function () {
    const { page } = explorer
    const { composer } = explorer.world.ledger.case
    await open(`/m/${composer}?tab=reviews`)
    await page.getByRole('link', { name: 'File a claim' }).click()
    await page.waitForURL((url) => url.pathname === '/act/claim' && url.searchParams.get('subject') === composer)
    expect(await page.getByLabel('Subject', { exact: true }).inputValue()).to.equal(composer)
  })

  it('has nothing serious for axe, and needs no scrolling sideways, also while something is to be signed', async function () {
    const { page } = explorer
    const model = await acting.register()
    await acting.offer(model)
    await acting.wallets(acting.accounts.publisher)
    const paths = ['/act', `/act/grant?model=${model}`]
    await expectAccessible(explorer, paths)
    await page.setViewportSize({ width: 360, height: 780 })
    await open(`/act/review?model=${model}`)
    await acting.connect()
    await acting.check()
    await page.locator('.review').waitFor()
    await expectAccessibleNow(page, 'what is to be signed')
    const [wide, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect(wide).to.equal(inner)
    await expectNarrow(explorer, paths)
  })
})
