import { expect } from 'chai'

import { parseClaimId } from '../../src/core/claim.ts'
import { RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { answer } from '../../src/verify/answer.ts'
import { accountNumber, digestNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

const [maker, copier] = [accountNumber(1), accountNumber(2)]
const free = termsFor('free', { rights: RIGHT_NAMES })
const research = termsFor('research-only', { rights: ['research', 'modify'] })
const weights = digestNumber(9)

/** A ledger on which the same weights are registered twice, first freely. */
function twice() {
  const ledger = new MemoryLedger()
  const original = ledger.register({ name: 'a/base', publisher: maker, terms: free, weights })
  const copy = ledger.register({ name: 'c/copy', publisher: copier, terms: research, weights })
  return { ledger, original, copy }
}

describe('answer', function () {
  it('takes an id for a model, else for the digest of weights', async function () {
    const { ledger, original, copy } = twice()
    const ask = (id: typeof original | typeof weights) =>
      answer(ledger.reader(), { asked: { id }, uses: ['commercial'] })
    expect((await ask(original)).model).to.equal(original)
    const byDigest = await ask(weights)
    expect([byDigest.model, byDigest.registrations.length]).to.deep.equal([copy, 2])
    const error = (await ask(digestNumber(77)).catch((caught: unknown) => caught)) as { code: string }
    expect(error.code).to.equal('MODEL_NOT_REGISTERED')
  })

  it('gives the worst verdict of all uses, with a report for each', async function () {
    const { ledger, copy } = twice()
    const found = await answer(ledger.reader(), { asked: { model: copy }, uses: ['research', 'commercial'] })
    expect([found.verdict, found.reports.map(({ verdict }) => verdict)]).to.deep.equal([
      'not-permitted',
      ['permitted', 'not-permitted'],
    ])
  })

  it('names who is vouched for, and the claims about the model and about its weights', async function () {
    const { ledger, original, copy } = twice()
    ledger.verifiedUntil.set(maker, 1_900_000_000)
    const claim = {
      claim: parseClaimId(digestNumber(1)),
      parent: copy,
      relation: 'finetune',
      claimant: copier,
      state: 'filed',
      accepted: false,
      evidence: null,
    } as const
    ledger.claims.push({ ...claim, subject: original }, { ...claim, subject: weights }, { ...claim, subject: copy })
    const found = await answer(ledger.reader(), { asked: { model: original }, uses: ['host'] })
    expect([found.publisherVerifiedUntil, found.claims?.map(({ subject }) => subject)]).to.deep.equal([
      1_900_000_000,
      [original, weights],
    ])
  })

  it('says null for what the source cannot know', async function () {
    const { ledger, original } = twice()
    const { readVerifications: _v, readPendingClaims: _c, ...reader } = ledger.reader()
    const found = await answer(reader, { asked: { model: original }, uses: ['host'] })
    expect([found.publisherVerifiedUntil, found.claims]).to.deep.equal([null, null])
  })
})
