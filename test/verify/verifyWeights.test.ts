import { expect } from 'chai'

import { RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { UnregisteredWeightsError, verifyWeights, worstOf } from '../../src/verify/verifyWeights.ts'
import { accountNumber, digestNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

const [maker, copier, unstated] = [accountNumber(1), accountNumber(2), accountNumber(3)]
const weights = digestNumber(9)

describe('verifyWeights', function () {
  const ledger = new MemoryLedger()
  const original = ledger.register({
    name: 'a/base',
    publisher: maker,
    terms: termsFor('free', { rights: RIGHT_NAMES }),
    weights,
  })
  const copy = ledger.register({ name: 'c/copy', publisher: copier, terms: termsFor('none'), weights })
  const open = ledger.register({ name: 'd/open', publisher: unstated, weights })
  const counting = async (...trustedPublishers: (typeof maker)[]) => {
    const policy = trustedPublishers.length > 0 ? { trustedPublishers } : {}
    return (await verifyWeights(ledger.reader(), { weights, uses: ['host'], policy })).reports[0]!.model
  }

  it('counts the worst of all registrations when the policy names nobody', async function () {
    const { reports, registrations } = await verifyWeights(ledger.reader(), { weights, uses: ['host', 'modify'] })
    expect(reports.map(({ model, use }) => [model, use])).to.deep.equal([
      [copy, 'host'],
      [copy, 'modify'],
    ])
    expect(registrations).to.deep.equal([
      { model: original, publisher: maker, verdict: 'permitted', standing: 'accredited' },
      { model: copy, publisher: copier, verdict: 'not-permitted', standing: 'accredited' },
      { model: open, publisher: unstated, verdict: 'unknown', standing: 'accredited' },
    ])
  })

  it('counts the worst of the registrations by trusted publishers', async function () {
    expect(await counting(maker)).to.equal(original)
    expect(await counting(maker, unstated)).to.equal(open)
    expect(await counting(copier, unstated)).to.equal(copy)
  })

  it('counts the worst of all when none is by a trusted publisher', async function () {
    expect(await counting(accountNumber(77))).to.equal(copy)
  })

  describe('with twins by publishers for whom nobody vouches', function () {
    const own = new MemoryLedger()
    const base = own.register({
      name: 'a/b',
      publisher: maker,
      terms: termsFor('all', { rights: RIGHT_NAMES }),
      weights,
    })
    for (let number = 1; number <= 40; ++number) {
      const stranger = accountNumber(1000 + number)
      own.verifiedUntil.set(stranger, 0)
      own.register({ name: 'a/b', publisher: stranger, terms: termsFor('harsh'), weights })
    }
    const counting = () => {
      let reads = 0
      const reader = own.reader()
      const readLineage: typeof reader.readLineage = (...asked) => (++reads, reader.readLineage(...asked))
      return { reader: { ...reader, readLineage }, reads: () => reads }
    }

    it('answers by the publisher whose word counts, and asks about no twin', async function () {
      const { reader, reads } = counting()
      const { reports, registrations } = await verifyWeights(reader, { weights, uses: ['host'] })
      expect([reports[0]!.model, reports[0]!.verdict, reads()]).to.deep.equal([base, 'permitted', 1])
      expect(registrations.filter(({ verdict }) => verdict === null)).to.have.length(40)
      expect(registrations[1]).to.include({ verdict: null, standing: 'unverified' })
    })

    it('permits nothing where nobody vouches for any, and asks about the oldest only', async function () {
      own.verifiedUntil.set(maker, 0)
      const { reader, reads } = counting()
      const { reports } = await verifyWeights(reader, { weights, uses: ['host'] })
      expect([reports[0]!.verdict, reads()]).to.deep.equal(['not-permitted', 8])
      const trusted = await verifyWeights(own.reader(), { weights, uses: ['host'], trusted: [maker] })
      expect([trusted.reports[0]!.verdict, trusted.reports[0]!.publisherStanding]).to.deep.equal([
        'permitted',
        'trusted',
      ])
    })
  })

  it('refuses weights that nobody has registered', async function () {
    const asked = verifyWeights(ledger.reader(), { weights: digestNumber(1), uses: ['host'] })
    const error = await asked.catch((caught: unknown) => caught)
    expect(error).to.be.instanceOf(UnregisteredWeightsError)
    expect((error as Error).message).to.contain(digestNumber(1))
  })

  it('orders verdicts from the worst to the best', function () {
    expect(worstOf(['permitted', 'conditional'])).to.equal('conditional')
    expect(worstOf(['conditional', 'unknown', 'permitted'])).to.equal('unknown')
    expect(worstOf(['unknown', 'not-permitted'])).to.equal('not-permitted')
  })
})
