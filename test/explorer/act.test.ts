import { readFile } from 'node:fs/promises'

import { expect } from 'chai'
import { Interface, Wallet, type Result } from 'ethers'

import { readAccounts } from '../../scripts/local/accounts.ts'
import { ledgerAbi } from '../../src/abi/ledger.ts'
import { licenseCredentialAbi } from '../../src/abi/licenseCredential.ts'
import { lineageClaimsAbi } from '../../src/abi/lineageClaims.ts'
import { reviewGateAbi } from '../../src/abi/reviewGate.ts'
import {
  parseAddress,
  type Address,
  type CredentialId,
  type Hex,
  type ModelId,
  type TierId,
} from '../../src/core/hex.ts'
import { credentialIdOf, type Tier } from '../../src/core/tier.ts'
import { openLedger, type Ledger } from '../../src/sdk/connect.ts'
import { readClaim } from '../../src/sdk/claims/readClaim.ts'
import { readReview } from '../../src/sdk/gate/readReview.ts'
import { requestReview } from '../../src/sdk/gate/requestReview.ts'
import { listTiers } from '../../src/sdk/licensing/listTiers.ts'
import { offerTier } from '../../src/sdk/licensing/offerTier.ts'
import { readCredential } from '../../src/sdk/licensing/readCredential.ts'
import { findModels } from '../../src/sdk/registry/findModels.ts'
import { readRegistrations } from '../../src/sdk/registry/readRegistrations.ts'
import { registerModel } from '../../src/sdk/registry/registerModel.ts'
import { addWallets, REJECTED, type BrowserWallet } from '../fixtures/browserWallets.ts'
import { describeExplorer, expectAccessible, expectAccessibleNow, expectNarrow } from '../fixtures/explorer.ts'
import { digestOf, registrationOf } from '../fixtures/ledger.ts'

const ABIS = [ledgerAbi, licenseCredentialAbi, lineageClaimsAbi, reviewGateAbi].map((abi) => new Interface(abi))

describeExplorer('acting on the ledger from the explorer', (explorer) => {
  const { open } = explorer
  let made = 0
  let accounts: { publisher: Address; holder: Address; stranger: Address; claimant: Address; scanner: Address }
  let ledger: Ledger

  before(async function () {
    const { provider, deployment } = explorer.world.ledger
    const { administrator, free, others } = await readAccounts(provider)
    const [, publisher, holder, stranger] = free as [Address, Address, Address, Address]
    accounts = { publisher, holder, stranger, claimant: others.claimant, scanner: administrator }
    ledger = openLedger(provider, deployment)
  })

  /** A model of the test's own publisher. */
  async function register(uri = ''): Promise<ModelId> {
    const { provider, deployment } = explorer.world.ledger
    made += 1
    const own = openLedger(await provider.getSigner(accounts.publisher), deployment)
    const place = uri || `https://huggingface.co/actor/model-${made}`
    const registration = registrationOf(accounts.publisher, { uri: place, weights: digestOf(`act ${made}`) })
    return (await registerModel(own, { registration })).model
  }

  async function offer(model: ModelId, changes: Partial<Tier> = {}): Promise<TierId> {
    const { provider, deployment } = explorer.world.ledger
    const own = openLedger(await provider.getSigner(accounts.publisher), deployment)
    const [{ registration }] = (await readRegistrations(ledger, { models: [explorer.world.hub] })) as [
      Awaited<ReturnType<typeof readRegistrations>>[number],
    ]
    const { terms } = registration
    const numbers = { maxDuration: 0, callQuota: 0n, tokenQuota: 0n }
    const tier = { model, terms, passThrough: [], open: false, subCredentials: false, name: 'Research', uri: '' }
    return (await offerTier(own, { tier: { ...tier, ...numbers, ...changes } })).tier
  }

  async function wallets(...of: Address[]): Promise<[BrowserWallet, BrowserWallet]> {
    const found = await addWallets(explorer.page, explorer.world.ledger.provider, [
      { rdns: 'one.wallet.example', name: 'Wallet One', accounts: of },
      { rdns: 'two.wallet.example', name: 'Wallet Two', accounts: of.toReversed() },
    ])
    return found as [BrowserWallet, BrowserWallet]
  }

  async function connect(): Promise<void> {
    await explorer.page.getByRole('button', { name: /^Wallet One/ }).click()
    await explorer.page.locator('.connected').waitFor()
  }

  async function check(): Promise<void> {
    await explorer.page.getByRole('button', { name: 'Check, and show what will be signed' }).click()
  }

  /** Goes on from what is shown, and asserts that it is what the wallet then gets. */
  async function confirm(wallet: BrowserWallet): Promise<void> {
    const { page } = explorer
    const button = page.getByRole('button', { name: /^Sign in/ })
    await button.waitFor()
    const listed = await page.locator('.review [data-part]').evaluateAll((rows) =>
      rows.flatMap((row) => {
        const value = row.querySelector(':scope > dd > .value, :scope > dd > .full-id > code')
        return value ? [[row.getAttribute('data-part')!, value.textContent]] : []
      }),
    )
    const value = await page.locator('.review dt', { hasText: 'Deposit' }).locator('+ dd').innerText()
    await button.click()
    await page.locator('[data-outcome]').waitFor()
    const sent = wallet.asked.findLast(({ method }) => method === 'eth_sendTransaction')!.params[0] as {
      data: Hex
      to: string
      value?: string
    }
    expect(Object.values(explorer.world.ledger.deployment.contracts)).to.include(sent.to.toLowerCase())
    expect(Object.fromEntries(listed)).to.deep.equal(decoded(sent.data))
    expect(value).to.equal(sent.value === undefined ? 'nothing' : `0.01 ether (${BigInt(sent.value)} wei)`)
  }

  /** The arguments of a call, by their names, as the page writes them. */
  function decoded(data: Hex): Record<string, string> {
    const call = ABIS.map((abi) => abi.parseTransaction({ data })).find((found) => found !== null)!
    const flat = (names: readonly string[], values: Result, path: string): [string, string][] =>
      names.flatMap((name, index) => {
        const value = values[index] as unknown
        if (typeof value === 'object' && value !== null) {
          const inner = value as Result
          const parts = inner.toObject !== undefined && namesOf(inner)
          return flat(parts || Array.from(inner, (_, at) => String(at + 1)), inner, `${path}${name}.`)
        }
        if (typeof value === 'string' && value.startsWith('0x')) return [[`${path}${name}`, value.toLowerCase()]]
        const text = name === 'id' ? `0x${(value as bigint).toString(16).padStart(64, '0')}` : String(value)
        return [[`${path}${name}`, text === '' ? '“”' : text]]
      })
    return Object.fromEntries(flat(namesOf(call.args)!, call.args, ''))
  }

  function namesOf(result: Result): string[] | undefined {
    if (result.length === 0) return undefined
    try {
      return Object.keys(result.toObject())
    } catch {
      return undefined
    }
  }

  it('offers a tier, signs an offer, accepts it as the holder, and revokes it, each shown as it is sent, and then as the index has it', async function () {
    const { page } = explorer
    const { publisher, holder } = accounts
    const model = await register()
    const [wallet] = await wallets(publisher)
    await open(`/act/offer?model=${model}`)
    expect(await page.locator('.wallets li').allInnerTexts()).to.have.length(2)
    await connect()
    await page
      .getByRole('definition')
      .getByRole('link', { name: /actor\/model/ })
      .waitFor()
    await page.getByLabel('Name of the tier').fill('Commercial Fine-Tuning')
    await page.getByLabel('Terms', { exact: true }).fill('apache-2.0')
    await page.getByLabel('Longest validity in days').fill('400')
    await page.getByRole('checkbox', { name: 'modification', exact: true }).check()
    await check()
    await confirm(wallet)
    const [tier] = await listTiers(ledger, { model })
    expect(tier!.tier).to.include({ name: 'Commercial Fine-Tuning', maxDuration: 400 * 86_400, open: false })

    await open(`/act/grant?model=${model}&tier=${tier!.id}&holder=${holder}`)
    await page.locator('.connected').waitFor()
    await page.getByLabel('How', { exact: true }).selectOption('sign')
    await page.getByLabel('The offer can be accepted until').fill('2099-01-01T00:00')
    await page.getByLabel('Valid until').fill('2027-06-01T00:00')
    await check()
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
    await check()
    await confirm(wallet)
    const credential = credentialIdOf(model, tier!.id, holder)
    await page.locator('[data-state]', { hasText: /: valid$/ }).waitFor()
    expect((await readCredential(ledger, { credential })).state).to.equal('active')

    await open(`/act/revoke?credential=${credential}`)
    await page.locator('[data-hindrance=not-publisher]', { hasText: publisher }).waitFor()
    wallet.accounts = [publisher]
    await wallet.emit('accountsChanged', [publisher])
    await page.locator('[data-hindrance]').waitFor({ state: 'detached' })
    await page.getByLabel('Reason').fill('the agreement has ended')
    await check()
    await confirm(wallet)
    await page.locator('[data-state]', { hasText: 'not valid now' }).waitFor()
    expect((await readCredential(ledger, { credential })).state).to.equal('revoked')
  })

  it('registers a model from its card and a digest, as the SDK then reads it, and says which parents are meant', async function () {
    const { page } = explorer
    const [wallet] = await wallets(accounts.publisher)
    const base = await register('https://huggingface.co/actor/twice-named')
    const copy = await register('https://huggingface.co/actor/twice-named')
    const card = `---\nlicense: apache-2.0\nbase_model:\n  - actor/twice-named\n  - nobody/unregistered-base\nbase_model_relation: merge\n---\n# A model`
    await open('/act/register')
    await connect()
    await page.getByLabel('Model card, or draft').fill(card)
    await page.getByLabel('Name', { exact: true }).fill('actor/from-a-card')
    await page.getByLabel('SHA-256 of the weights').fill(`sha256:${'ab'.repeat(32)}`)
    const choice = page.getByLabel('Which registration is meant by actor/twice-named?')
    await choice.waitFor()
    expect(await choice.locator('option').count()).to.equal(4)
    await check()
    await page.getByRole('alert').getByText('2 registrations have the name').waitFor()
    expect(wallet.asked.some(({ method }) => method === 'eth_sendTransaction')).to.equal(false)
    await choice.selectOption(copy)
    await check()
    await page.locator('.review', { hasText: 'merge, external' }).waitFor()
    await confirm(wallet)
    const [found] = await findModels(ledger, { query: 'actor/from-a-card' })
    const { registration } = found!
    expect(registration).to.deep.include({ publisher: accounts.publisher, weights: `0x${'ab'.repeat(32)}` })
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

  it('files a claim after its file was saved, with the deposit, and lets only the publisher answer it', async function () {
    const { page } = explorer
    const { claimant, publisher } = accounts
    const model = await register()
    const [wallet] = await wallets(claimant)
    await open(`/act/claim?subject=${model}&parent=${explorer.world.hub}`)
    await connect()
    await page.getByLabel('How it was made').selectOption('finetune')
    await page.getByLabel('The claim in a few sentences').fill('It answers as its base does.')
    await page.getByLabel('Evidence', { exact: true }).fill('Asked on 2026-11-30.')
    await check()
    await page.getByRole('button', { name: 'Save the file' }).waitFor()
    expect(await page.getByRole('button', { name: /^Sign in/ }).isDisabled()).to.equal(true)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the file' }).click(),
    ])
    const saved = await readFile(await download.path(), 'utf8')
    await confirm(wallet)
    const { claim, salt } = JSON.parse(saved).claim
    expect(await readClaim(ledger, { claim })).to.include({ claimant, subject: model, state: 'filed' })
    await page.locator('[data-state]', { hasText: 'filed' }).waitFor()
    const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]))
    expect(kept).to.not.contain(salt).and.not.contain('It answers')

    await open(`/act/answer?claim=${claim}`)
    await page.locator('[data-hindrance=not-controller]', { hasText: publisher }).waitFor()
    await page.getByLabel('Answer', { exact: true }).selectOption('contest')
    await check()
    await page.locator('[data-failure=refused]', { hasText: publisher }).waitFor()
    wallet.accounts = [publisher]
    await wallet.emit('accountsChanged', [publisher])
    await page.locator('[data-hindrance]').waitFor({ state: 'detached' })
    await check()
    await confirm(wallet)
    await page.locator('[data-state]', { hasText: 'contested' }).waitFor()

    wallet.accounts = [claimant]
    await wallet.emit('accountsChanged', [claimant])
    await open('/act/answer?answer=disclose')
    await page.locator('.connected').waitFor()
    await page.getByLabel('Your claim file').fill(saved)
    await check()
    await confirm(wallet)
    expect((await readClaim(ledger, { claim })).evidence!.digest).to.equal(JSON.parse(saved).claim.evidence)
  })

  it('requests a review and attests a scan, and says early who is not a scanner', async function () {
    const { page } = explorer
    const { stranger, scanner } = accounts
    const model = await register()
    const [wallet] = await wallets(stranger)
    await open(`/act/review?model=${model}`)
    await connect()
    await page.getByLabel('Address of the documents').fill('https://models.example/act')
    await check()
    await confirm(wallet)
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
    const { time } = await readReview(ledger, { subject: model })
    await page.getByLabel('The scan ended').fill(await localTime(time))
    await check()
    await confirm(wallet)
    const { review, scans } = await readReview(ledger, { subject: model })
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
    const { holder, publisher } = accounts
    const model = await register()
    const [isOpen, isGranted] = [await offer(model, { name: 'Open', open: true }), await offer(model)]
    const [wallet] = await wallets(holder)
    await open(`/act/apply?model=${model}`)
    await connect()
    const tier = page.getByLabel('Tier', { exact: true })
    await tier.locator('option', { hasText: 'Open · open to all' }).waitFor({ state: 'attached' })
    await tier.selectOption(isOpen)
    await check()
    await confirm(wallet)
    await page.locator('[data-state]', { hasText: /: valid$/ }).waitFor()
    await open(`/act/apply?model=${model}&tier=${isGranted}`)
    await page.locator('.connected').waitFor()
    await page.getByLabel('Address of the documents').fill('https://holder.example/application')
    await check()
    await confirm(wallet)
    wallet.accounts = [publisher]
    await wallet.emit('accountsChanged', [publisher])
    await open(`/act/grant?model=${model}&tier=${isGranted}&holder=${holder}`)
    await page.locator('.connected', { hasText: publisher }).waitFor()
    await check()
    await confirm(wallet)
    const credential: CredentialId = credentialIdOf(model, isGranted, holder)
    expect((await readCredential(ledger, { credential })).state).to.equal('active')
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

    const [wallet] = await wallets(accounts.stranger)
    await open('/act/grant?model=0x12&holder=somebody')
    await connect()
    await page.getByLabel('Valid until').fill('2026-01-01T00:00')
    await check()
    const alert = page.getByRole('alert')
    await alert.getByText('“0x12” is not an id').waitFor()
    await alert.getByText('“somebody” is not an account. Use 0x and 40 hex digits.').waitFor()
    await alert.getByRole('button', { name: 'Holder' }).click()
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal('field-holder')
    expect(wallet.asked.some(({ method }) => /send|estimate|sign/i.test(method))).to.equal(false)
  })

  it('survives a refusal in the wallet, another chain, another account, an empty account, and a refusal of the contract', async function () {
    const { page } = explorer
    const { publisher, stranger } = accounts
    const model = await register()
    const [wallet] = await wallets(publisher)
    const sent = (): number => wallet.asked.filter(({ method }) => method === 'eth_sendTransaction').length
    wallet.refuses.set('eth_requestAccounts', REJECTED)
    await open(`/act/review?model=${model}`)
    await page.getByRole('button', { name: /^Wallet One/ }).click()
    await page.getByRole('alert').getByText('You declined in the wallet').waitFor()
    wallet.refuses.clear()
    wallet.chainId = 1n
    await connect()
    await page.getByRole('alert').getByText('The wallet is on chain 1; this ledger is on chain 31337.').waitFor()
    expect(await page.getByRole('button', { name: 'Check, and show' }).isDisabled()).to.equal(true)
    const change = page.getByRole('button', { name: 'Switch the wallet to chain 31337' })
    wallet.refuses.set('wallet_switchEthereumChain', { code: 4902, message: 'Unrecognized chain ID' })
    await change.click()
    await page.getByText('The wallet does not know chain 31337. Add it').waitFor()
    wallet.refuses.set('wallet_switchEthereumChain', REJECTED)
    await change.click()
    await page.getByRole('alert').getByText('You declined in the wallet').waitFor()
    wallet.refuses.clear()
    await change.click()
    await change.waitFor({ state: 'detached' })

    await page.getByLabel('Address of the documents').fill('https://models.example/kept')
    const isSame = async (): Promise<void> => {
      const uri = await page.getByLabel('Address of the documents').inputValue()
      expect(uri).to.equal('https://models.example/kept')
    }
    wallet.refuses.set('eth_sendTransaction', REJECTED)
    await check()
    await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
    await page.locator('[data-failure=rejected]').waitFor()
    await isSame()
    wallet.refuses.clear()
    const before = sent()
    await check()
    await page.getByRole('button', { name: 'Back to the form' }).click()
    await page.locator('[data-failure=back]').waitFor()
    await isSame()

    await check()
    await page.getByRole('button', { name: 'Sign in Wallet One' }).waitFor()
    wallet.accounts = [stranger]
    await wallet.emit('accountsChanged', [stranger])
    await page.locator('[data-failure=changed]').waitFor()
    await page.locator('.connected', { hasText: stranger }).waitFor()
    // A wallet that says nothing of its change is asked again before it opens.
    await check()
    await page.getByRole('button', { name: 'Sign in Wallet One' }).waitFor()
    wallet.accounts = [publisher]
    await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
    await page.locator('[data-failure=changed]').waitFor()
    await isSame()

    const empty = parseAddress(Wallet.createRandom().address)
    wallet.accounts = [empty]
    await wallet.emit('accountsChanged', [empty])
    await page.locator('.connected', { hasText: empty }).waitFor()
    await check()
    await page.locator('[data-failure=funds]', { hasText: `${empty} has 0 ether` }).waitFor()
    await isSame()

    wallet.accounts = [stranger]
    await wallet.emit('accountsChanged', [stranger])
    await open(`/act/offer?model=${model}&tierName=Theirs&terms=mit`)
    await page.locator('[data-hindrance=not-publisher]', { hasText: publisher }).waitFor()
    await check()
    await page.locator('[data-failure=refused]', { hasText: 'PUBLISHER_REGISTRY' }).waitFor()
    expect(sent()).to.equal(before)
    await wallet.emit('accountsChanged', [])
    await page.getByRole('button', { name: /^Wallet Two/ }).waitFor()
  })

  it('says what became of a transaction that was sent before the page was opened again, and asks the contract again before the wallet opens', async function () {
    const { page } = explorer
    const { deployment, provider } = explorer.world.ledger
    const [wallet] = await wallets(accounts.stranger)
    const hash = await provider.send('eth_sendTransaction', [{ from: accounts.stranger, to: accounts.stranger }])
    await provider.waitForTransaction(hash)
    const model = await register()
    await open(`/act/review?model=${model}`)
    await connect()
    const pend = async (transaction: string): Promise<void> => {
      await page.evaluate(
        ([place, sent]) => sessionStorage.setItem(place!, sent!),
        [`stemma-act review {"model":"${model}"} sent`, JSON.stringify({ transaction })],
      )
      await page.reload()
    }
    const call = {
      from: accounts.stranger,
      to: deployment.contracts.licenseCredential,
      data: ABIS[1]!.encodeFunctionData('revoke', [1n, '']),
      gas: '0x30000',
    }
    // The node says that it fails, and takes it into a block.
    await provider.send('eth_sendTransaction', [call]).catch(() => {})
    const [failed] = (await provider.getBlock('latest'))!.transactions
    await pend(failed!)
    await page.locator('[data-failure=reverted]', { hasText: 'LICENSE_CREDENTIAL' }).waitFor()
    await pend(hash)
    await page.locator('[data-outcome]', { hasText: hash }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Check, and show' }).waitFor()
    expect(wallet.asked.some(({ method }) => method === 'eth_sendTransaction')).to.equal(false)
    await check()
    await page.getByRole('button', { name: 'Sign in Wallet One' }).waitFor()
    // Somebody else is faster, while the reader reads.
    const other = openLedger(await provider.getSigner(accounts.holder), deployment)
    await requestReview(other, { model })
    await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
    await page.locator('[data-failure=refused]', { hasText: 'REVIEW_GATE_UNEXPECTED_STATE' }).waitFor()
    expect(wallet.asked.some(({ method }) => method === 'eth_sendTransaction')).to.equal(false)
  })

  it('lets go of a wallet that never answers, and of a transaction that no node shows', async function () {
    const { page } = explorer
    const { provider } = explorer.world.ledger
    const [wallet] = await wallets(accounts.stranger)
    await open(`/act/review?model=${await register()}`)
    await connect()
    wallet.answers.set('eth_estimateGas', () => new Promise(() => {}))
    await check()
    await page.getByRole('button', { name: 'Back to the form' }).click()
    await page.locator('[data-failure=back]').waitFor()
    wallet.answers.clear()
    wallet.answers.set('eth_sendTransaction', () => `0x${'ab'.repeat(32)}`)
    await check()
    await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
    await page.getByRole('button', { name: 'Stop waiting' }).click()
    await page.locator('[data-failure=open]').waitFor()
    const { params } = wallet.asked.find(({ method }) => method === 'eth_sendTransaction')!
    expect(params[0]).to.include({ chainId: '0x7a69', from: accounts.stranger })
    await page.getByRole('button', { name: 'Go on waiting' }).click()
    // One by one: of blocks that hardhat_mine makes, hashes and parents disagree, and an index waits forever.
    for (let block = 0; block < 14; block += 1) await provider.send('evm_mine', [])
    await page.locator('[data-failure=lost]', { hasText: 'TRANSACTION_DROPPED' }).waitFor()
  })

  it('follows a transaction that the wallet sends again with another fee, and says when the wallet cancels one', async function () {
    const { page } = explorer
    const { provider } = explorer.world.ledger
    const [wallet] = await wallets(accounts.stranger)
    type Sent = { hash: string; nonce: string; gasPrice: string; to: string; input: string; gas: string }
    /** Signs, keeps the transaction out of blocks until the page has looked at it, and sends another one with its nonce. */
    const replaceBy = async (change: (sent: Sent) => object): Promise<string> => {
      await open(`/act/review?model=${await register()}`)
      if (!(await page.locator('.connected').count()))
        await page
          .getByRole('button', { name: /^Wallet One/ })
          .or(page.locator('.connected'))
          .first()
          .waitFor()
      if (!(await page.locator('.connected').count())) await connect()
      await check()
      await page.getByRole('button', { name: 'Sign in Wallet One' }).waitFor()
      await provider.send('evm_setAutomine', [false])
      try {
        await page.getByRole('button', { name: 'Sign in Wallet One' }).click()
        await page.getByText('Sent. Waiting for a block').waitFor()
        const hash = await page.locator('.working .full-id code').innerText()
        const looks = (): number => wallet.asked.filter(({ params }) => params[0] === hash).length
        while (looks() < 2) await page.waitForRequest(() => true, { timeout: 200 }).catch(() => {})
        const sent = (await provider.send('eth_getTransactionByHash', [hash])) as Sent
        const gasPrice = `0x${(BigInt(sent.gasPrice) * 2n).toString(16)}`
        await provider.send('eth_sendTransaction', [
          { from: accounts.stranger, nonce: sent.nonce, gasPrice, ...change(sent) },
        ])
        await provider.send('evm_mine', [])
        return hash
      } finally {
        await provider.send('evm_setAutomine', [true])
      }
    }
    const first = await replaceBy(({ to, input, gas }) => ({ to, data: input, gas }))
    const done = page.locator('[data-outcome]')
    await done.waitFor()
    expect(await done.innerText())
      .to.contain('The wallet has sent it again with another fee')
      .and.to.contain(first)
    await replaceBy(() => ({ to: accounts.stranger }))
    await page.locator('[data-failure=lost]', { hasText: 'TRANSACTION_CANCELLED' }).waitFor()
  })

  it('lists wallets with hostile names and icons as plain text, once each, and draws only small images', async function () {
    const { page } = explorer
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=1"><script>document.title=1</script></svg>`
    await addWallets(page, explorer.world.ledger.provider, [
      {
        rdns: 'a.example',
        name: '<script>document.title=1</script>',
        icon: 'javascript:document.title=1',
        accounts: [],
      },
      {
        rdns: 'b.example',
        name: '\u202eetihw <img src=x onerror=document.title=1>',
        icon: `data:image/svg+xml,${svg}`,
        accounts: [],
      },
      {
        rdns: 'c.example',
        name: 'n'.repeat(10_000),
        icon: 'data:image/png;base64,',
        padding: 10_000_000,
        accounts: [],
      },
      { rdns: 'd.example', name: '', icon: 'https://elsewhere.example/icon.png', accounts: [] },
      { rdns: 'a.example', name: 'An impostor', accounts: [] },
      { rdns: '<b>', name: 'No domain', accounts: [] },
    ])
    await open('/act')
    await page.locator('.wallets li').nth(3).waitFor()
    const names = await page.locator('.wallets bdi').allInnerTexts()
    expect(names).to.have.length(4)
    expect(names[0]).to.equal('<script>document.title=1</script>')
    expect(names[1])
      .to.contain('<img')
      .and.not.match(/[\u202a-\u202e]/)
    expect(names[2]!.length).to.be.below(50)
    expect(names[3]).to.equal('d.example')
    const images = await page
      .locator('.wallets img')
      .evaluateAll((all) => all.map((each) => (each as HTMLImageElement).src))
    expect(images).to.have.length(1)
    expect(images[0]).to.match(/^blob:/)
    expect(await page.title()).to.equal('Act on the ledger · Stemma')
  })

  it('is filled in and signed by keyboard alone, and speaks Chinese', async function () {
    const { page } = explorer
    const model = await register()
    const [wallet] = await wallets(accounts.stranger)
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

  it('signs nothing where the server names no contracts, those of another ledger, or contracts with other code', async function () {
    const { page, world } = explorer
    const { deployment } = world.ledger
    expect(await fetch(`${world.url}/v1/deployment`).then((one) => one.json())).to.deep.equal(deployment)
    const model = await register()
    const [wallet] = await wallets(accounts.stranger)
    const answers = async (contentType: string, body: string): Promise<void> => {
      await page.unrouteAll()
      await page.route('**/v1/deployment', (route) => route.fulfill({ contentType, body }))
      await open(`/act/review?model=${model}`)
    }
    await answers('text/html', '<h1>Nothing</h1>')
    await page.getByText('does not say where the contracts').waitFor()
    const { contracts, codeHashes } = deployment
    const other = { ...deployment, contracts: { ...contracts, ledger: contracts.recalls } }
    await answers('application/json', JSON.stringify(other))
    await page.getByText('are of another ledger').waitFor()
    const changed = { ...deployment, codeHashes: { ...codeHashes, reviewGate: digestOf('other code') } }
    await answers('application/json', JSON.stringify(changed))
    await connect()
    await check()
    await page.locator('[data-failure=other]', { hasText: 'CODE_MISMATCH' }).waitFor()
    expect(wallet.asked.some(({ method }) => /sendTransaction|estimateGas/.test(method))).to.equal(false)
    await page.unrouteAll()
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
    const model = await register()
    await offer(model)
    await wallets(accounts.publisher)
    const paths = ['/act', `/act/grant?model=${model}`]
    await expectAccessible(explorer, paths)
    await page.setViewportSize({ width: 360, height: 780 })
    await open(`/act/review?model=${model}`)
    await connect()
    await check()
    await page.locator('.review').waitFor()
    await expectAccessibleNow(page, 'what is to be signed')
    const [wide, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect(wide).to.equal(inner)
    await expectNarrow(explorer, paths)
  })
})
