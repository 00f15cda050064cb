import { expect } from 'chai'

import { parseTierId } from '../../src/core/hex.ts'
import type { HeldCredential } from '../../src/core/lineage.ts'
import { RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { LineageMismatchError, verify, verifyUses } from '../../src/verify/verify.ts'
import { accountNumber, digestNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

const [maker, tuner, other] = [accountNumber(1), accountNumber(2), accountNumber(3)]
const free = termsFor('free', { rights: RIGHT_NAMES })
const research = termsFor('research-only', { rights: ['research', 'modify'] })
const metered = termsFor('metered', {
  rights: RIGHT_NAMES,
  thresholds: [{ metric: 'monthlyRevenueUsd', limit: 1000n, withdraws: ['commercial'], adds: [] }],
})

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

    it('are unverified where the source cannot know', async function () {
      const { ledger, model } = laundered(2)
      const { readVerifiedUntil: _, ...reader } = ledger.reader()
      expect((await verify(reader, { model, use: 'commercial' })).verdict).to.equal('unknown')
    })
  })

  describe('the facts that decide', function () {
    it('are those that turn the verdict, with the verdict below and above each limit', async function () {
      const ledger = new MemoryLedger()
      const base = ledger.register({ name: 'a/base', publisher: maker, terms: metered })
      const stricter = termsFor('stricter', {
        rights: RIGHT_NAMES,
        thresholds: [
          { metric: 'monthlyRevenueUsd', limit: 10n, withdraws: [], adds: ['display-credit'] },
          { metric: 'monthlyActiveUsers', limit: 5n, withdraws: ['host'], adds: [] },
        ],
      })
      const model = ledger.register({ name: 'b/tuned', publisher: tuner, terms: stricter, parents: [{ model: base }] })
      const report = await verify(ledger.reader(), { model, use: 'commercial' })
      expect(report.verdict).to.equal('unknown')
      expect(report.deciding).to.deep.equal([
        {
          metric: 'monthlyRevenueUsd',
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
          metric: 'monthlyRevenueUsd',
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
        thresholds: [{ metric: 'annualRevenueUsd', limit: 77n, withdraws: ['commercial'], adds: [] }],
      })
      const held: HeldCredential = {
        tier: parseTierId(digestNumber(5)),
        holder: other,
        terms: ledger.publish(tier),
        passThrough: 0,
        credential: {
          publisher: maker,
          validFrom: 0,
          validUntil: 2 ** 40 - 1,
          gapFrom: 0,
          gapUntil: 0,
          state: 'active',
        },
      }
      ledger.credentials.set(model, [held])
      const report = await verify(ledger.reader(), { model, use: 'commercial', policy: { licensee: other } })
      const missing = report.findings.find(({ code }) => code === 'fact-missing')
      expect(missing?.reason).to.contain('annualRevenueUsd (limit 77)')
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
