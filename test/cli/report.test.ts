import { expect } from 'chai'

import { formatAnswer, formatInFull, SCREEN } from '../../src/cli/report.ts'
import type { ModelId } from '../../src/core/hex.ts'
import { parseTierId } from '../../src/core/hex.ts'
import { RIGHT_NAMES, type Right } from '../../src/core/vocabulary.ts'
import { answer } from '../../src/verify/answer.ts'
import type { TrustPolicy } from '../../src/verify/policy.ts'
import { accountNumber, digestNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

const [maker, tuner, licensee] = [accountNumber(1), accountNumber(2), accountNumber(3)]
const free = termsFor('free', { rights: RIGHT_NAMES })
const research = termsFor('research-only', { rights: ['research', 'modify'] })

describe('the answer of stemma verify as text', function () {
  let ledger: MemoryLedger

  beforeEach(function () {
    ledger = new MemoryLedger()
  })

  /** The answer in one line, without the two lines at its end. */
  async function lines(model: ModelId, use: Right, policy: TrustPolicy = {}): Promise<string> {
    const given = await answer(ledger.reader(), { asked: { model }, uses: [use], policy })
    const text = formatAnswer(given, [])
    expect(text.split('\n').length).to.be.at.most(SCREEN.lines)
    expect(formatInFull(given)).to.contain(`Model ${model}`)
    return text.split('\n\n').slice(0, -1).join(' ').replaceAll(/\s+/g, ' ')
  }

  it('is one sentence and the publisher when nothing stands in the way', async function () {
    const model = ledger.register({ name: 'a/base', publisher: maker, terms: free })
    ledger.verifiedUntil.set(maker, 1_900_000_000)
    expect(await lines(model, 'commercial')).to.equal(
      `Permitted: commercial use of a/base. Registered by ${maker} (accredited: verified until 2030-03-17 17:46:40Z).`,
    )
    ledger.verifiedUntil.set(maker, 1_700_000_000)
    expect(await lines(model, 'host')).to.contain(
      '(accredited: verified when it registered the model, until 2023-11-14 22:13:20Z).',
    )
  })

  it('names what a policy does not trust or denies, and what to do', async function () {
    const model = ledger.register({ name: 'a/base', publisher: maker, terms: free })
    expect(await lines(model, 'host', { trustedPublishers: [tuner] })).to.equal(
      `Unknown: cannot tell whether hosting of a/base is permitted. Registered by ${maker} (accredited: verified without an end). Reasons: - your policy does not trust the publisher: a/base To get a yes, you need: - ${maker} in trustedPublishers of your policy, once you know who that is`,
    )
    expect(await lines(model, 'host', { deniedPublishers: [maker] })).to.contain(
      'Reasons: - your policy denies the publisher: a/base To get a yes, you need: - another model, or another policy',
    )
  })

  it('says that a license is missing', async function () {
    const base = ledger.register({ name: 'a/base', publisher: maker })
    const model = ledger.register({ name: 'b/tuned', publisher: tuner, terms: free, parents: [{ model: base }] })
    expect(await lines(model, 'commercial')).to.contain(
      'Reasons: - no license is stated, so commercial, modify and commercial-modify are open: a/base To get a yes, you need: - the license of a/base, registered by its publisher',
    )
  })

  it('does not list obligations under a no, nor remedies that do not help', async function () {
    const nc = termsFor('nc', { rights: ['research', 'modify'], obligations: ['notice', 'use-restrictions'] })
    const base = ledger.register({ name: 'a/base', publisher: maker, terms: nc, status: 'recalled' })
    const model = ledger.register({ name: 'b/tuned', publisher: tuner, terms: nc, parents: [{ model: base }] })
    const text = await lines(model, 'commercial')
    expect(text).to.contain('recalled, so no longer to be used: a/base')
    expect(text).to.contain('another model in place of a/base and of all that is made from it')
    expect(text).to.not.contain('must')
  })

  it('counts obligations that the policy fulfills, and lists the others by license', async function () {
    const terms = termsFor('terms', { rights: RIGHT_NAMES, obligations: ['notice', 'attribution'] })
    const model = ledger.register({ name: 'a/base', publisher: maker, terms })
    expect(await lines(model, 'redistribute', { fulfilled: ['notice'] })).to.contain(
      'You must, by terms of a/base: - attribution: credit the authors (raised by redistribute) - 1 more, which your policy states as fulfilled',
    )
  })

  it('names a credential that is revoked, and the one to get', async function () {
    const model = ledger.register({ name: 'a/base', publisher: maker, terms: research })
    const tier = ledger.publish(termsFor('tier', { rights: ['commercial'] }))
    const credential = {
      publisher: maker,
      validFrom: 0,
      validUntil: 5,
      gapFrom: 0,
      gapUntil: 0,
      state: 'revoked',
      lifts: 0,
    } as const
    ledger.credentials.set(model, [
      { tier: parseTierId(digestNumber(5)), holder: licensee, terms: tier, passThrough: 0, credential },
    ])
    const text = await lines(model, 'commercial', { licensee })
    expect(text)
      .to.contain('- a credential that would grant commercial is revoked: a/base')
      .and.to.contain('To get a yes, you need: - a credential for commercial from the publisher of a/base')
  })

  it('names only a few of many models', async function () {
    const bases = Array.from({ length: 6 }, (_, index) =>
      ledger.register({ name: `m/base-${index}`, publisher: accountNumber(10 + index), terms: research }),
    )
    const parents = bases.map((model) => ({ model, relation: 'merge' as const }))
    const model = ledger.register({ name: 'b/merged', publisher: tuner, terms: free, parents })
    expect(await lines(model, 'host')).to.contain(
      'does not grant host and commercial-modify: m/base-0, m/base-1, m/base-2 and 3 more',
    )
  })
})
