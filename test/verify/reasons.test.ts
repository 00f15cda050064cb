import { expect } from 'chai'

import { RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import { reasonsOf, demandsOf } from '../../src/verify/reasons.ts'
import { verifyUses } from '../../src/verify/verify.ts'
import { accountNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

const nc = termsFor('nc', { rights: ['research', 'modify'] })
const free = termsFor('free', { rights: RIGHT_NAMES, obligations: ['notice'] })

describe('reasons', function () {
  it('joins the rights and the models of one license, and puts what decides first', async function () {
    const ledger = new MemoryLedger()
    const left = ledger.register({ name: 'a/left', publisher: accountNumber(1), terms: nc })
    const right = ledger.register({ name: 'b/right', publisher: accountNumber(2), terms: nc, status: 'retired' })
    const parents = [
      { model: left, relation: 'merge' as const },
      { model: right, relation: 'merge' as const },
    ]
    const model = ledger.register({ name: 'c/top', publisher: accountNumber(3), terms: free, parents })
    const reports = await verifyUses(ledger.reader(), { model, uses: ['commercial', 'host'] })
    const reasons = reasonsOf(reports)
    expect(reasons.map(({ code, severity, license, models }) => [code, severity, license, models])).to.deep.equal([
      ['right-withheld', 'blocking', 'nc', [left, right]],
      ['model-retired', 'warning', 'nc', [right]],
    ])
    expect(reasons[0]!.rights.get(left)).to.deep.equal(['commercial', 'commercial-modify', 'host'])
    expect(reasons[0]!.findings.length).to.be.greaterThan(4)
  })

  it('lists each obligation of a license once, with its models and the facts that it depends on', async function () {
    const ledger = new MemoryLedger()
    const metered = termsFor('metered', {
      rights: RIGHT_NAMES,
      obligations: ['notice'],
      thresholds: [
        {
          measure: 'monthlyActiveUsers',
          limit: 5n,
          withdraws: [],
          adds: ['display-credit'],
          uses: ['commercial', 'redistribute'],
        },
      ],
    })
    const base = ledger.register({ name: 'a/base', publisher: accountNumber(1), terms: metered })
    const model = ledger.register({
      name: 'b/tuned',
      publisher: accountNumber(2),
      terms: metered,
      parents: [{ model: base }],
    })
    const policy = { fulfilled: ['notice' as const] }
    const reports = await verifyUses(ledger.reader(), { model, uses: ['commercial', 'redistribute'], policy })
    const demands = demandsOf(reports).map(({ terms: _, ...demand }) => demand)
    expect(demands).to.have.deep.members([
      {
        obligation: 'notice',
        license: 'metered',
        models: [model, base],
        certain: true,
        facts: [],
        fulfilled: true,
        uses: ['redistribute', 'redistribute-derivatives'],
      },
      {
        obligation: 'display-credit',
        license: 'metered',
        models: [model, base],
        certain: false,
        facts: ['monthlyActiveUsers'],
        fulfilled: false,
        uses: ['commercial', 'redistribute'],
      },
    ])
  })
})
