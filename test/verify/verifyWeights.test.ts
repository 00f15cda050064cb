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
      { model: original, publisher: maker, verdict: 'permitted', trusted: false },
      { model: copy, publisher: copier, verdict: 'not-permitted', trusted: false },
      { model: open, publisher: unstated, verdict: 'unknown', trusted: false },
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
