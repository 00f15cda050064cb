import assert from 'node:assert/strict'

import { expect } from 'chai'

import { parseTierId, type Address, type ModelId } from '../../src/core/hex.ts'
import type { HeldCredential } from '../../src/core/lineage.ts'
import { RIGHT_NAMES } from '../../src/core/vocabulary.ts'
import type { Report } from '../../src/core/report.ts'
import { verify } from '../../src/verify/verify.ts'
import { accountNumber, digestNumber, MemoryLedger, termsFor } from '../fixtures/memoryLedger.ts'

const LENGTH = 300
const metered = termsFor('metered', {
  rights: RIGHT_NAMES,
  obligations: ['notice'],
  thresholds: [{ measure: 'monthlyRevenueUsd', limit: 1000n, withdraws: ['commercial'], adds: [] }],
})

/** A row of models of two publishers, and how often each model's name was read. */
function rowOfModels(): { ledger: MemoryLedger; model: ModelId; reads: () => number } {
  const ledger = new MemoryLedger()
  let reads = 0
  let model: ModelId | undefined
  for (let number = 0; number < LENGTH; ++number) {
    const parents = model ? [{ model }] : []
    model = ledger.register({
      name: `acme/m${number}`,
      publisher: accountNumber(1 + (number % 2)),
      terms: metered,
      parents,
    })
    const registration = ledger.registrations.get(model)!
    const { uri } = registration
    Object.defineProperty(registration, 'uri', { get: () => ((reads += 1), uri) })
  }
  return { ledger, model: model!, reads: () => reads }
}

describe('findings', function () {
  it('are put into words when these are read, each once', async function () {
    const { ledger, model, reads } = rowOfModels()
    const report = await verify(ledger.reader(), { model, use: 'commercial' })
    expect(report.findings).to.have.length(LENGTH)
    // The names of the models that the report is about, and no more.
    expect(reads()).to.equal(LENGTH)
    for (const found of [report.findings[0]!, report.findings[0]!]) {
      expect([found.reason, found.remedy].join()).to.match(
        /acme\/m299 .*"commercial" is open.*--fact monthlyRevenueUsd/,
      )
    }
    expect(reads()).to.equal(LENGTH + 1)
  })

  it('are plain data to JSON, copies, clones and comparisons', async function () {
    const { ledger, model } = rowOfModels()
    const report = await verify(ledger.reader(), { model, use: 'redistribute' })
    const asData = (given: Report) => JSON.parse(JSON.stringify(given)) as Report
    expect([report.findings.length, report.obligations.length]).to.deep.equal([0, LENGTH])
    const last = report.obligations.at(-1)!
    expect(Object.keys(last)).to.deep.equal([
      'obligation',
      'model',
      'path',
      'certain',
      'fulfilled',
      'terms',
      'license',
      'uses',
    ])
    expect(last.path).to.have.length(LENGTH)

    const commercial = await verify(ledger.reader(), { model, use: 'commercial' })
    const [found] = commercial.findings
    expect(Object.keys(found!)).to.deep.equal([
      'code',
      'severity',
      'right',
      'fact',
      'model',
      'path',
      'reason',
      'remedy',
      'docs',
    ])
    for (const each of [report, commercial]) {
      const plain = asData(each)
      expect(each).to.deep.equal(plain)
      assert.deepStrictEqual(each, plain)
      assert.deepStrictEqual(structuredClone(each), plain)
      assert.deepStrictEqual(
        each.findings.map((one) => ({ ...one })),
        plain.findings,
      )
    }
  })

  it('are repeated where only the reason differs, and not where it is the same', async function () {
    const ledger = new MemoryLedger()
    const [maker, one, other] = [accountNumber(1), accountNumber(2), accountNumber(3)]
    const withheld = termsFor('withheld', { rights: ['research'] })
    const base = ledger.register({ name: 'acme/base', publisher: maker, terms: withheld })
    const madeBy = (publisher: Address, name: string) => ({
      model: ledger.register({ name, publisher, terms: metered, parents: [{ model: base }] }),
      relation: 'merge' as const,
    })
    const parents = [madeBy(one, 'one/a'), madeBy(one, 'one/b'), madeBy(other, 'other/a')]
    const model = ledger.register({ name: 'acme/merged', publisher: accountNumber(4), terms: metered, parents })
    const terms = ledger.publish(termsFor('all', { rights: RIGHT_NAMES }))
    const expired = (holder: Address): HeldCredential => ({
      tier: parseTierId(digestNumber(5)),
      holder,
      terms,
      passThrough: 2 ** 11 - 1,
      credential: { publisher: maker, validFrom: 1, validUntil: 2, gapFrom: 0, gapUntil: 0, state: 'active', lifts: 0 },
    })
    ledger.credentials.set(base, [expired(one), expired(other)])
    const { findings } = await verify(ledger.reader(), { model, use: 'research' })
    const ended = findings.filter(({ code, right }) => code === 'credential-expired' && right === 'modify')
    expect(ended.map(({ reason }) => /credential of (0x\w+)/.exec(reason)![1])).to.have.members([one, other])
  })
})
