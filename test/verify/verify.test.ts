import { expect } from 'chai'

import { parseTierId, type Address, type ModelId, type TermsId } from '../../src/core/hex.ts'
import type { HeldCredential } from '../../src/core/lineage.ts'
import type { LedgerReader } from '../../src/core/ports.ts'
import { RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { decidingFacts } from '../../src/verify/decidingFacts.ts'
import { LineageMismatchError, verify, verifyUses } from '../../src/verify/verify.ts'
import type { ProveNames } from '../../src/verify/standing.ts'
import { accountNumber, digestNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

const [maker, tuner, other] = [accountNumber(1), accountNumber(2), accountNumber(3)]
const HUB = 'https://huggingface.co/'
const free = termsFor('free', { rights: RIGHT_NAMES })
const research = termsFor('research-only', { rights: ['research', 'modify'] })
const metered = termsFor('metered', {
  rights: RIGHT_NAMES,
  thresholds: [{ measure: 'monthlyRevenueUsd', limit: 1000n, withdraws: ['commercial'], adds: [] }],
})

/** A credential by `maker` that does not end. */
function heldBy(holder: Address, terms: TermsId, validFrom: number): HeldCredential {
  const window = { validFrom, validUntil: 2 ** 40 - 1, gapFrom: 0, gapUntil: 0 }
  const credential = { publisher: maker, state: 'active', lifts: 0, ...window } as const
  return { tier: parseTierId(digestNumber(5)), holder, terms, passThrough: 0, credential }
}

describe('verify', function () {
  describe('publishers for whom nobody vouches', function () {
    const laundered = (until: number) => {
      const ledger = new MemoryLedger()
      const base = ledger.register({ name: 'evil/base', publisher: maker, terms: research })
      const model = ledger.register({ name: 'evil/mit', publisher: maker, terms: free, parents: [{ model: base }] })
      ledger.verifiedUntil.set(maker, until)
      return { ledger, base, model }
    }

    it('permit nothing, not even by calling a restricted base their own work', async function () {
      const { ledger, base, model } = laundered(0)
      const report = await verify(ledger.reader(), { model, use: 'commercial' })
      expect([report.verdict, report.publisherStanding]).to.deep.equal(['unknown', 'unverified'])
      expect(report.findings.map((found) => [found.code, found.model])).to.deep.equal([
        ['publisher-unverified', model],
        ['publisher-unverified', base],
        ['right-withheld', base],
        ['right-withheld', base],
      ])
      expect(report.findings[0]!.reason).to.contain(maker)
      expect((await verify(ledger.reader(), { model: base, use: 'commercial' })).verdict).to.equal('not-permitted')
    })

    it('permit where the reader trusts them, or where they were verified when they registered', async function () {
      const { ledger, model } = laundered(0)
      const asked = { model, use: 'commercial' } as const
      const trusted = await verify(ledger.reader(), { ...asked, trusted: [maker] })
      expect([trusted.verdict, trusted.publisherStanding]).to.deep.equal(['permitted', 'trusted'])
      const policy = { trustedPublishers: [maker] }
      expect((await verify(ledger.reader(), { ...asked, policy })).verdict).to.equal('permitted')
      for (const [until, verdict] of [
        [1, 'unknown'],
        [2, 'permitted'],
      ] as const) {
        const { ledger: other, model: same } = laundered(until)
        expect((await verify(other.reader(), { ...asked, model: same })).verdict).to.equal(verdict)
      }
    })

    it('are verified only since a time that the verifier states, and not for what they said before', async function () {
      for (const [from, verdict] of [
        [1, 'permitted'],
        [2, 'unknown'],
      ] as const) {
        const { ledger, model } = laundered(5)
        ledger.verifiedFrom = from
        expect((await verify(ledger.reader(), { model, use: 'commercial' })).verdict).to.equal(verdict)
      }
    })

    it('grant by the credentials of a time when they were verified, and by no others', async function () {
      for (const [validFrom, verdict, codes] of [
        [1, 'permitted', []],
        [5, 'unknown', ['right-withheld', 'publisher-uncounted']],
      ] as const) {
        const ledger = new MemoryLedger()
        const model = ledger.register({ name: 'a/base', publisher: maker, terms: research })
        ledger.verifiedUntil.set(maker, 5)
        ledger.credentials.set(model, [heldBy(other, ledger.publish(free), validFrom)])
        const report = await verify(ledger.reader(), { model, use: 'commercial', policy: { licensee: other }, at: 9 })
        expect([report.verdict, report.findings.map(({ code }) => code)]).to.deep.equal([verdict, codes])
      }
    })
  })

  describe('trusted publishers', function () {
    /** A model of `tuner` that is merged from models of `count` publishers, for none of which anybody vouches. */
    function mergedFrom(count: number) {
      const ledger = new MemoryLedger()
      const publishers = Array.from({ length: count }, (_, index) => accountNumber(100 + index))
      const bases = publishers.map((publisher, index) => {
        ledger.verifiedUntil.set(publisher, 0)
        return ledger.register({ name: `maker/${index}`, publisher, terms: free })
      })
      const parents = bases.map((base) => ({ model: base, relation: 'merge' as const }))
      const model = ledger.register({ name: 'acme/merged', publisher: tuner, terms: free, parents })
      return { ledger, publishers, bases, model }
    }

    for (const [count, left] of [
      [64, 0],
      [65, 1],
      [66, 2],
    ] as const) {
      it(`count ${count - left} of ${count} in one answer, which names the models of the others`, async function () {
        const { ledger, publishers, bases, model } = mergedFrom(count)
        const questions = [{ trusted: publishers }, { policy: { trustedPublishers: [...publishers, tuner] } }]
        for (const asked of questions) {
          const report = await verify(ledger.reader(), { model, use: 'host', ...asked })
          expect(report.verdict).to.equal(left === 0 ? 'permitted' : 'unknown')
          expect(report.findings.map(({ code, severity, model: at }) => [code, severity, at])).to.deep.equal(
            bases.slice(count - left).map((base) => ['publisher-left-out', 'unknown', base]),
          )
          expect(report.models.filter(({ standing }) => standing === 'unverified')).to.have.length(left)
          for (const { reason, remedy, model: at } of report.findings) {
            expect(reason).to.match(/at most 64 publishers.*No place is left for 0x/)
            expect(remedy).to.contain(`stemma verify ${at}`)
            const alone = await verify(ledger.reader(), { ...asked, model: at, use: 'host' })
            expect(alone.verdict).to.equal('permitted')
          }
        }
      })
    }

    it('need no place where they are accredited, or the licensee', async function () {
      const { ledger, publishers, bases, model } = mergedFrom(66)
      const [first, second] = publishers as [Address, Address]
      ledger.verifiedUntil.delete(first)
      const asked = { model, use: 'host', trusted: publishers } as const
      const report = await verify(ledger.reader(), asked)
      expect(report.findings.map(({ model: at }) => at)).to.deep.equal([bases[65]])
      expect(report.models.map(({ standing }) => standing)).to.deep.equal(['accredited', 'unverified'])
      const standings = report.publishers.map(({ standing }) => standing)
      expect(standings.filter((standing) => standing === 'trusted')).to.have.length(65)
      const policy = { licensee: second, trustedPublishers: [...publishers, tuner] }
      expect((await verify(ledger.reader(), { model, use: 'host', policy })).verdict).to.equal('permitted')
    })

    it('need a place for a credential of a time when they were not accredited', async function () {
      const { ledger, publishers, bases, model } = mergedFrom(65)
      const base = ledger.register({ name: 'acme/base', publisher: maker, terms: research })
      const parents = [...bases, base].map((parent) => ({ model: parent, relation: 'merge' as const }))
      const merged = ledger.register({ name: 'acme/more', publisher: tuner, terms: free, parents })
      ledger.verifiedUntil.set(maker, 5)
      ledger.verifiedUntil.delete(publishers[64]!)
      const held = { ...heldBy(tuner, ledger.publish(free), 5), passThrough: 2 ** 11 - 1 }
      ledger.credentials.set(base, [held])
      const asked = { model: merged, use: 'host', trusted: [...publishers, maker] } as const
      const report = await verify(ledger.reader(), asked)
      expect(report.findings.map(({ code, model: at }) => [code, at])).to.deep.include(['publisher-left-out', base])
      expect(report.verdict).to.equal('unknown')
      ledger.credentials.set(base, [{ ...held, credential: { ...held.credential, validFrom: 4 } }])
      expect((await verify(ledger.reader(), asked)).verdict).to.equal('permitted')
      expect(model).not.to.equal(merged)
    })
  })

  describe('publishers that prove a name', function () {
    const asked: string[][] = []
    /** Who proves which name; whatever is asked is noted. */
    const proving =
      (names: Readonly<Record<string, Address>>): ProveNames =>
      async (uris) => {
        asked.push([...uris])
        return new Map(
          uris.flatMap((uri) => (names[uri.slice(HUB.length)] ? [[uri, names[uri.slice(HUB.length)]!]] : [])),
        )
      }
    const unverified = (...publishers: Address[]) => {
      const ledger = new MemoryLedger()
      for (const publisher of publishers) ledger.verifiedUntil.set(publisher, 0)
      return ledger
    }

    beforeEach(function () {
      asked.length = 0
    })

    it('count for the name that was typed, in any spelling, and for no other question', async function () {
      const ledger = unverified(maker)
      const model = ledger.register({ name: 'google/x', publisher: maker, terms: free })
      const prove = proving({ 'google/x': maker })
      const standing = async (name?: string) => {
        const question = { model, use: 'commercial', prove, ...(name !== undefined && { name }) } as const
        const report = await verify(ledger.reader(), question)
        return [report.publisherStanding, report.verdict]
      }
      for (const name of ['hf:google/x', 'Google/X', 'https://huggingface.co/google/x/', 'hf.co/google/x']) {
        expect(await standing(name)).to.deep.equal(['named', 'permitted'])
      }
      asked.length = 0
      for (const name of [undefined, 'google/y', 'x'])
        expect(await standing(name)).to.deep.equal(['unverified', 'unknown'])
      expect(asked).to.deep.equal([])
    })

    it('do not count where another publisher proves the name', async function () {
      const ledger = unverified(maker)
      const model = ledger.register({ name: 'google/x', publisher: maker, terms: free })
      for (const names of [{ 'google/x': tuner }, {}]) {
        const report = await verify(ledger.reader(), { model, use: 'host', name: 'google/x', prove: proving(names) })
        expect([report.publisherStanding, report.verdict]).to.deep.equal(['unverified', 'unknown'])
      }
    })

    it('count for an ancestor by the name in the registration that a counting child commits to', async function () {
      const ledger = unverified(maker)
      const base = ledger.register({ name: 'google/x', publisher: maker, terms: free })
      const model = ledger.register({ name: 'acme/y', publisher: tuner, terms: free, parents: [{ model: base }] })
      const report = await verify(ledger.reader(), { model, use: 'commercial', prove: proving({ 'google/x': maker }) })
      expect([report.verdict, report.publisherStanding]).to.deep.equal(['permitted', 'accredited'])
      expect(report.publishers).to.deep.equal([
        { publisher: maker, standing: 'named' },
        { publisher: tuner, standing: 'accredited' },
      ])
    })

    it('do not count for an ancestor whose child does not count, nor over an edge that was attested later', async function () {
      const ledger = unverified(maker, tuner)
      const base = ledger.register({ name: 'google/x', publisher: maker, terms: free })
      const model = ledger.register({ name: 'acme/y', publisher: tuner, terms: free, parents: [{ model: base }] })
      const prove = proving({ 'google/x': maker })
      const standings = async (reader = ledger.reader()) =>
        (await verify(reader, { model, use: 'commercial', prove })).publishers.map(({ standing }) => standing)
      expect(await standings()).to.deep.equal(['unverified', 'unverified'])
      ledger.verifiedUntil.delete(tuner)
      expect(await standings()).to.deep.equal(['named', 'accredited'])
      const apart = ledger.register({ name: 'acme/z', publisher: tuner, terms: free })
      const reader = ledger.reader()
      const attested: LedgerReader = {
        ...reader,
        readLineage: async (_, licensee) => {
          const read = await reader.readLineage(model, licensee)
          const [, entry] = read.lineage.models
          const { lineage } = await reader.readLineage(apart, licensee)
          const edge = { model: base, relation: 'finetune', grade: 'adjudicated', undisclosed: true } as const
          return { ...read, lineage: { ...read.lineage, models: [{ ...lineage.models[0]!, parents: [edge] }, entry!] } }
        },
      }
      const report = await verify(attested, { model: apart, use: 'commercial', prove })
      expect(report.publishers.map(({ standing }) => standing)).to.deep.equal(['unverified', 'accredited'])
    })

    it('are not believed that a restricted base is their own work, whatever they prove', async function () {
      const ledger = unverified(maker)
      const base = ledger.register({ name: 'evil/nc', publisher: maker, terms: research })
      const model = ledger.register({ name: 'evil/mit', publisher: maker, terms: free, parents: [{ model: base }] })
      const question = { model, name: 'evil/mit', prove: proving({ 'evil/mit': maker, 'evil/nc': maker }) }
      const report = await verify(ledger.reader(), { ...question, use: 'commercial' })
      expect([report.verdict, report.publisherStanding]).to.deep.equal(['unknown', 'named'])
      expect(report.findings.map((found) => [found.code, found.severity, found.model])).to.deep.equal([
        ['own-work-unproved', 'unknown', model],
        ['right-withheld', 'unknown', base],
        ['right-withheld', 'unknown', base],
      ])
      expect((await verify(ledger.reader(), { ...question, use: 'research' })).verdict).to.equal('permitted')
    })

    it('owe the obligations of what they call their own work', async function () {
      const owing = termsFor('owing', { rights: RIGHT_NAMES, obligations: ['notice'] })
      const ledger = unverified(maker)
      const base = ledger.register({ name: 'evil/owing', publisher: maker, terms: owing })
      const model = ledger.register({ name: 'evil/mit', publisher: maker, terms: free, parents: [{ model: base }] })
      const question = { model, use: 'redistribute', name: 'evil/mit' } as const
      const prove = proving({ 'evil/mit': maker, 'evil/owing': maker })
      const report = await verify(ledger.reader(), { ...question, prove })
      expect([report.verdict, report.obligations.map(({ model: from }) => from)]).to.deep.equal(['conditional', [base]])
      expect((await verify(ledger.reader(), { ...question, trusted: [maker] })).verdict).to.equal('permitted')
    })

    it('count for the 64 models that are nearest, however many have the name', async function () {
      const ledger = unverified(maker)
      const parents = Array.from({ length: 69 }, () => ({
        model: ledger.register({ name: 'evil/x', publisher: maker, terms: free }),
        relation: 'merge' as const,
      }))
      const model = ledger.register({ name: 'evil/x', publisher: maker, terms: free, parents })
      const question = { model, use: 'host', name: 'evil/x' } as const
      const report = await verify(ledger.reader(), { ...question, prove: proving({ 'evil/x': maker }) })
      const open = report.findings.filter(({ code }) => code === 'publisher-left-out')
      expect([report.verdict, report.publisherStanding, open.length]).to.deep.equal(['unknown', 'named', 6])
    })

    for (const [count, left] of [
      [64, 0],
      [65, 1],
      [66, 2],
    ] as const) {
      it(`leave out ${left} of ${count} models of one name, and say which`, async function () {
        const ledger = unverified(maker)
        const bases = Array.from({ length: count - 1 }, () =>
          ledger.register({ name: 'evil/x', publisher: maker, terms: free }),
        )
        const parents = bases.map((base) => ({ model: base, relation: 'merge' as const }))
        const model = ledger.register({ name: 'evil/x', publisher: maker, terms: free, parents })
        const question = { model, use: 'host', name: 'evil/x' } as const
        const report = await verify(ledger.reader(), { ...question, prove: proving({ 'evil/x': maker }) })
        const open = report.findings.filter(({ code }) => code === 'publisher-left-out')
        expect(open.map((found) => found.model)).to.deep.equal(bases.slice(bases.length - left))
        const unnamed = report.findings.filter(({ code }) => code === 'publisher-unverified')
        expect([unnamed.length, report.verdict]).to.deep.equal([0, left === 0 ? 'permitted' : 'unknown'])
      })
    }

    it('cost at most 16 names, however many strangers are in the lineage', async function () {
      const strangers = Array.from({ length: 40 }, (_, index) => accountNumber(100 + index))
      const ledger = unverified(...strangers)
      const parents = strangers.map((publisher, index) => ({
        model: ledger.register({ name: `evil/${index}`, publisher, terms: free }),
        relation: 'merge' as const,
      }))
      const model = ledger.register({ name: 'acme/y', publisher: tuner, terms: free, parents })
      await verify(ledger.reader(), { model, use: 'host', prove: proving({}) })
      expect(asked.flat()).to.have.length(16)
    })
  })

  describe('the facts that decide', function () {
    it('are those that turn the verdict, with the verdict below and above each limit', async function () {
      const ledger = new MemoryLedger()
      const base = ledger.register({ name: 'a/base', publisher: maker, terms: metered })
      const stricter = termsFor('stricter', {
        rights: RIGHT_NAMES,
        thresholds: [
          { measure: 'monthlyRevenueUsd', limit: 10n, withdraws: [], adds: ['display-credit'], uses: ['commercial'] },
          { measure: 'monthlyActiveUsers', limit: 5n, withdraws: ['host'], adds: [] },
        ],
      })
      const model = ledger.register({ name: 'b/tuned', publisher: tuner, terms: stricter, parents: [{ model: base }] })
      const report = await verify(ledger.reader(), { model, use: 'commercial' })
      expect(report.verdict).to.equal('unknown')
      expect(report.deciding).to.deep.equal([
        {
          fact: 'monthlyRevenueUsd',
          steps: [
            { atMost: '10', verdict: 'permitted' },
            { atMost: '1000', verdict: 'conditional' },
            { atMost: null, verdict: 'not-permitted' },
          ],
        },
      ])
      for (const [value, verdict] of [
        [10n, 'permitted'],
        [11n, 'conditional'],
        [1000n, 'conditional'],
        [1001n, 'not-permitted'],
      ] as const) {
        const given = await verify(ledger.reader(), { model, use: 'commercial', facts: { monthlyRevenueUsd: value } })
        expect([value, given.verdict, given.deciding]).to.deep.equal([value, verdict, []])
      }
    })

    it('are found among a thousand limits in a few dozen evaluations', async function () {
      const limits = Array.from({ length: 1_000 }, (_, index) => BigInt(index))
      const finding = { code: 'fact-missing', holder: maker, rights: 1, obligations: 1, topic: 3 } as const
      let asked = 0
      const [fact] = decidingFacts(
        [{ ...finding, model: digestNumber(1) as string as ModelId }],
        () => limits,
        (facts) => {
          asked++
          const value = Object.values(facts)[0]!
          return value > 700n ? 'not-permitted' : value > 30n ? 'conditional' : 'permitted'
        },
        63,
      )
      expect(fact?.steps).to.deep.equal([
        { atMost: '30', verdict: 'permitted' },
        { atMost: '700', verdict: 'conditional' },
        { atMost: null, verdict: 'not-permitted' },
      ])
      expect(asked).to.be.below(50)
    })

    it('are none where the answer is the same for every value', async function () {
      const ledger = new MemoryLedger()
      const base = ledger.register({ name: 'a/base', publisher: maker, terms: research })
      const model = ledger.register({ name: 'b/tuned', publisher: tuner, terms: metered, parents: [{ model: base }] })
      const report = await verify(ledger.reader(), { model, use: 'commercial' })
      expect([report.verdict, report.deciding]).to.deep.equal(['not-permitted', []])
    })

    it('keep the answer of a policy that trusts nobody open', async function () {
      const ledger = new MemoryLedger()
      const model = ledger.register({ name: 'a/base', publisher: maker, terms: metered })
      const policy = { trustedPublishers: [other] }
      const report = await verify(ledger.reader(), { model, use: 'commercial', policy })
      expect(report.deciding).to.deep.equal([
        {
          fact: 'monthlyRevenueUsd',
          steps: [
            { atMost: '1000', verdict: 'unknown' },
            { atMost: null, verdict: 'not-permitted' },
          ],
        },
      ])
    })

    it('count the limits in the terms of a credential, which the reason names', async function () {
      const ledger = new MemoryLedger()
      const model = ledger.register({ name: 'a/base', publisher: maker, terms: research })
      const tier = termsFor('tier', {
        rights: ['commercial'],
        thresholds: [{ measure: 'annualRevenueUsd', limit: 77n, withdraws: ['commercial'], adds: [] }],
      })
      ledger.credentials.set(model, [heldBy(other, ledger.publish(tier), 0)])
      const report = await verify(ledger.reader(), { model, use: 'commercial', policy: { licensee: other } })
      const missing = report.findings.find(({ code }) => code === 'fact-missing')
      expect(missing?.reason).to.contain('annual revenue in US dollars (limit 77)')
      expect(report.deciding.map(({ steps }) => steps)).to.deep.equal([
        [
          { atMost: '77', verdict: 'permitted' },
          { atMost: null, verdict: 'not-permitted' },
        ],
      ])
    })
  })

  describe('own work', function () {
    it('names the ancestors that would not allow the use if they were of somebody else', async function () {
      const ledger = new MemoryLedger()
      const base = ledger.register({ name: 'a/nc', publisher: maker, terms: research })
      const middle = ledger.register({ name: 'a/middle', publisher: maker, terms: free, parents: [{ model: base }] })
      const model = ledger.register({ name: 'a/clean', publisher: maker, terms: free, parents: [{ model: middle }] })
      const report = await verify(ledger.reader(), { model, use: 'commercial' })
      expect([report.verdict, report.ownWork]).to.deep.equal(['permitted', [base]])
      expect(report.models.map(({ name }) => name)).to.deep.equal(['a/clean', 'a/nc'])
      const harmless = await verify(ledger.reader(), { model, use: 'research' })
      expect(harmless.ownWork).to.deep.equal([])
    })

    it('is empty where the answer does not rest on it', async function () {
      const ledger = new MemoryLedger()
      const base = ledger.register({ name: 'a/nc', publisher: maker, terms: research })
      const forked = ledger.register({ name: 'b/fork', publisher: tuner, terms: free, parents: [{ model: base }] })
      expect((await verify(ledger.reader(), { model: forked, use: 'commercial' })).ownWork).to.deep.equal([])
      const own = ledger.register({ name: 'a/own', publisher: maker, terms: free, parents: [{ model: base }] })
      const policy = { licensee: maker }
      expect((await verify(ledger.reader(), { model: own, use: 'commercial', policy })).ownWork).to.deep.equal([])
    })
  })

  it('names the publisher, and what every id stands for', async function () {
    const ledger = new MemoryLedger()
    const base = ledger.register({ name: 'a/base', publisher: maker, terms: research })
    const model = ledger.register({ name: 'b/tuned', publisher: tuner, parents: [{ model: base }] })
    const report = await verify(ledger.reader(), { model, use: 'host' })
    expect(report.publisher).to.equal(tuner)
    expect(
      report.models.map(({ model: id, name, publisher, license }) => [id, name, publisher, license]),
    ).to.deep.equal([
      [model, 'b/tuned', tuner, ''],
      [base, 'a/base', maker, 'research-only'],
    ])
  })

  it('answers several uses by one reading, each as if it were asked alone', async function () {
    const ledger = new MemoryLedger()
    const model = ledger.register({ name: 'a/base', publisher: maker, terms: metered })
    let reads = 0
    const reader = ledger.reader()
    const counted = {
      ...reader,
      readLineage: (...args: Parameters<typeof reader.readLineage>) => (reads++, reader.readLineage(...args)),
    }
    const reports = await verifyUses(counted, { model, uses: ['host', 'commercial'] })
    expect([reads, reports.map(({ use, verdict }) => [use, verdict])]).to.deep.equal([
      1,
      [
        ['host', 'permitted'],
        ['commercial', 'unknown'],
      ],
    ])
    expect(reports[1]).to.deep.equal(await verify(reader, { model, use: 'commercial' }))
  })

  it('refuses a source whose state contradicts a registration', async function () {
    const ledger = new MemoryLedger()
    const model = ledger.register({ name: 'a/base', publisher: maker, terms: free })
    const reader = ledger.reader()
    const lying = {
      ...reader,
      readLineage: async (...args: Parameters<typeof reader.readLineage>) => {
        const read = await reader.readLineage(...args)
        return {
          ...read,
          lineage: { ...read.lineage, models: read.lineage.models.map((one) => ({ ...one, publisher: other })) },
        }
      },
    }
    const error = await verify(lying, { model, use: 'host' }).catch((caught: unknown) => caught)
    expect(error).to.be.instanceOf(LineageMismatchError)
  })

  it('has no second half in the remedy of the model that was asked about', async function () {
    const ledger = new MemoryLedger()
    const base = ledger.register({ name: 'a/base', publisher: maker, terms: research })
    const model = ledger.register({ name: 'b/tuned', publisher: tuner, terms: research, parents: [{ model: base }] })
    const { findings } = await verify(ledger.reader(), { model, use: 'commercial' })
    const remedyAt = (id: string): string =>
      findings.find((found) => found.model === id && found.right === 'commercial')!.remedy
    expect(remedyAt(model)).to.not.contain('passes it on')
    expect(remedyAt(base)).to.contain('passes it on')
  })
})
