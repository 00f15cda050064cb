import { expect } from 'chai'

import { createDescription } from '../../../packages/server/src/gateway/description.ts'
import { loadLicenses } from '../../../src/artifacts/licenseLibrary.ts'
import { ZERO_DIGEST } from '../../../src/core/hex.ts'
import { FOREVER } from '../../../src/core/lineage.ts'
import { parseDuties } from '../../../src/documents/duties.ts'
import { dutiesHeader, parseDutiesHeader, wordsOfDuties } from '../../../src/documents/dutiesHeader.ts'
import { revokeServing } from '../../../src/sdk/audit/revokeServing.ts'
import { stateServing } from '../../../src/sdk/audit/stateServing.ts'
import { publishTerms } from '../../../src/sdk/licensing/publishTerms.ts'
import { registerModel } from '../../../src/sdk/registry/registerModel.ts'
import { setProfile } from '../../../src/sdk/registry/setProfile.ts'
import { verifyPublisher } from '../../../src/sdk/registry/verifyPublisher.ts'
import { sha256Text } from '../../../src/core/sha256.ts'
import { digestOf, networkHelpers, registrationOf } from '../../fixtures/ledger.ts'
import { deployLedger } from '../../fixtures/sdk.ts'
import { termsIdOfName, termsNamed } from '../../../src/cli/names.ts'

const { loadFixture } = networkHelpers
const ORIGIN = 'https://api.acme.example'

/** A ledger with a model under the license of Llama 3.1, and one that was made from it under that of Kimi K2.5. */
async function deployLicensed() {
  const world = await deployLedger()
  const { publisher, admin } = world
  const { ledger, address } = publisher
  const profile = sha256Text(address)
  await setProfile(ledger, { publisher: address, profile, domain: '' })
  await verifyPublisher(admin.ledger, { publisher: address, profile, from: 0, until: FOREVER })
  const licenses = await loadLicenses()
  const register = async (uri: string, license: string, parents: Parameters<typeof registrationOf>[1] = {}) => {
    await publishTerms(ledger, { terms: termsNamed(licenses, license) })
    const terms = termsIdOfName(licenses, license)
    const registration = registrationOf(address, { terms, uri, weights: digestOf(uri), ...parents })
    return (await registerModel(ledger, { registration })).model
  }
  const llama = await register('https://huggingface.co/acme/llama', 'llama3.1')
  const kimi = await register('https://huggingface.co/acme/kimi', 'modified-mit-kimi-k2.5')
  return { ...world, llama, kimi }
}

type World = Awaited<ReturnType<typeof deployLicensed>>

const served = ({ llama, kimi }: World) =>
  [
    { name: 'llama-1', model: llama, use: 'redistribute' },
    { name: 'kimi-1', model: kimi, use: 'commercial' },
  ] as const

const valueOf = (headers: readonly (readonly [string, string])[], name: string) =>
  headers.find(([each]) => each === name)?.[1]

describe('createDescription', function () {
  it('names the model, the statement, and the duties with their words, clauses and thresholds', async function () {
    const world = await loadFixture(deployLicensed)
    const { publisher, reader, llama, kimi } = world
    const word = { from: 1, until: FOREVER, grade: 'stated', evidence: ZERO_DIGEST } as const
    const statement = { publisher: publisher.address, model: llama, origin: ORIGIN, name: 'llama-1', ...word }
    const { statement: hash } = await stateServing(publisher.ledger, { statement })
    const statements = { origin: ORIGIN, publisher: publisher.address }
    const { description, problems } = await createDescription({ ledger: reader, models: served(world), statements })
    expect(problems).to.have.length(1)
    expect(problems[0]).to.contain('"kimi-1"').and.contain('is missing').and.contain('stemma model endpoint state')

    const headers = description.headers('llama-1')
    expect([valueOf(headers, 'stemma-model'), valueOf(headers, 'stemma-statement')]).to.deep.equal([llama, hash])
    const duties = parseDutiesHeader(valueOf(headers, 'stemma-duties')!)!
    expect(wordsOfDuties(duties)).to.include('Built with Llama')
    for (const duty of duties) expect(duty.by).to.equal(ORIGIN)
    const document = parseDuties(description.model('llama-1').stemma)
    expect([document.model, document.statement, document.use]).to.deep.equal([llama, hash, 'redistribute'])
    const credit = document.duties.find(({ show }) => show === 'Built with Llama')!
    expect([credit.obligation, credit.models, credit.license, credit.certain]).to.deep.equal([
      'display-credit',
      [llama],
      'llama3.1',
      true,
    ])
    expect(credit.clause).to.be.a('string')

    const ofKimi = parseDuties(description.model('kimi-1').stemma)
    expect([ofKimi.model, ofKimi.statement]).to.deep.equal([kimi, null])
    expect(valueOf(description.headers('kimi-1'), 'stemma-statement')).to.equal(undefined)
    const above = ofKimi.duties.find(({ obligation }) => obligation === 'display-credit')!
    expect([above.certain, above.show]).to.deep.equal([false, 'Kimi K2.5'])
    expect(above.thresholds.map(({ above: limit }) => limit)).to.include.members(['100000000', '20000000'])
    expect(description.headers('unknown')).to.deep.equal([])
    expect(description.model('unknown')).to.deep.equal({})
  })

  it('is read again on refresh: a statement that is revoked, or names another model, is named no more', async function () {
    const world = await loadFixture(deployLicensed)
    const { publisher, reader, llama, kimi } = world
    const word = { from: 1, until: FOREVER, grade: 'stated', evidence: ZERO_DIGEST } as const
    const state = (model: typeof llama, until: number = FOREVER) =>
      stateServing(publisher.ledger, {
        statement: { publisher: publisher.address, model, origin: ORIGIN, name: 'llama-1', ...word, until },
      })
    const models = served(world).slice(0, 1)
    const statements = { origin: ORIGIN, publisher: publisher.address }
    await state(llama)
    const { description, problems } = await createDescription({ ledger: reader, models, statements })
    expect(problems).to.deep.equal([])
    const turns: [() => Promise<unknown>, string][] = [
      [
        () => revokeServing(publisher.ledger, { publisher: publisher.address, origin: ORIGIN, name: 'llama-1' }),
        'was revoked',
      ],
      [() => state(kimi), `names another model, ${kimi}`],
      [() => state(llama, 2), 'has ended'],
    ]
    for (const [act, reason] of turns) {
      await act()
      const found = await description.refresh()
      expect(found).to.have.length(1)
      expect(found[0]).to.contain(reason)
      expect(valueOf(description.headers('llama-1'), 'stemma-statement')).to.equal(undefined)
      expect(valueOf(description.headers('llama-1'), 'stemma-model')).to.equal(llama)
    }
    await state(llama)
    expect(await description.refresh()).to.deep.equal([])
    expect(valueOf(description.headers('llama-1'), 'stemma-statement')).to.match(/^0x/)
  })

  it('passes on unchanged what a gateway behind it says, and says whose it is', async function () {
    const world = await loadFixture(deployLicensed)
    const { publisher, reader, llama, kimi } = world
    const behind = await createDescription({
      ledger: reader,
      models: [{ name: 'chat', model: llama, use: 'redistribute' }],
      statements: { origin: 'https://behind.example', publisher: publisher.address },
    })
    const inner = behind.description.model('chat').stemma
    let list: () => Promise<unknown> = async () => ({
      object: 'list',
      data: [{ id: 'chat', stemma: inner }, { id: 'x' }],
    })
    const { description, problems } = await createDescription({
      ledger: reader,
      models: [{ name: 'chat', model: kimi, use: 'commercial' }],
      statements: { origin: ORIGIN, publisher: publisher.address },
      upstream: () => list(),
    })
    expect(problems).to.have.length(1)
    const document = parseDuties(description.model('chat').stemma)
    expect([document.by, document.model]).to.deep.equal([ORIGIN, kimi])
    expect(document.passed).to.deep.equal([inner])

    const raw = ['Stemma-Model', llama, 'content-type', 'application/json']
    for (const [name, value] of behind.description.headers('chat')) if (name !== 'stemma-model') raw.push(name, value)
    const theirs = valueOf(behind.description.headers('chat'), 'stemma-duties')!
    const headers = description.headers('chat', raw)
    expect(valueOf(headers, 'stemma-model')).to.equal(`${kimi}, ${llama}`)
    const own = dutiesHeader(document)
    expect(valueOf(headers, 'stemma-duties')).to.equal(`${own}, ${theirs}`)
    const duties = parseDutiesHeader(valueOf(headers, 'stemma-duties')!)!
    expect(new Set(duties.map(({ by }) => by))).to.deep.equal(new Set([ORIGIN, 'https://behind.example']))
    expect(wordsOfDuties(duties)).to.include('Built with Llama')
    // A response that does not repeat them does not lose them: the list has named them.
    expect(valueOf(description.headers('chat', []), 'stemma-duties')).to.equal(`${own}, ${theirs}`)

    // What the upstream said stays when its list cannot be read any more, and when it sends what is not a list of duties.
    list = async () => {
      throw new Error('connection refused')
    }
    expect((await description.refresh()).join())
      .to.contain('duties of the upstream')
      .and.contain('connection refused')
    expect(parseDuties(description.model('chat').stemma).passed).to.deep.equal([inner])
    const spoiled = parseDutiesHeader(
      valueOf(description.headers('chat', ['stemma-duties', 'a;b="']), 'stemma-duties')!,
    )!
    expect(spoiled.at(-1)!.duty).to.equal('unreadable')
    expect(spoiled.length).to.be.greaterThan(1)
    const forged = description.headers('chat', ['stemma-model', 'evil', 'stemma-statement', '0x12'])
    expect(valueOf(forged, 'stemma-model')).to.equal(kimi)
    expect(valueOf(forged, 'stemma-statement')).to.equal(undefined)
  })
})
