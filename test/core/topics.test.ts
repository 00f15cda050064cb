import { expect } from 'chai'

import {
  factsOf,
  InvalidMeasureError,
  LICENSORS,
  measureName,
  METRICS,
  parseMeasure,
  topicName,
  topicOf,
} from '../../src/core/topics.ts'

const topicNamed = (name: string): number => topicOf(parseMeasure(name))

describe('topics', function () {
  it('names each measure as it is parsed, without a subject where it is the firm', function () {
    for (const [name, canonical] of [
      ['monthlyRevenueUsd', 'monthlyRevenueUsd'],
      ['monthlyRevenueUsd/firm', 'monthlyRevenueUsd'],
      ['monthlyRevenueUsd/product', 'monthlyRevenueUsd/product'],
      ['monthlyActiveUsers/affiliates/2024-07-23', 'monthlyActiveUsers/affiliates/2024-07-23'],
      ['monthlyActiveUsers/2024-07-23', 'monthlyActiveUsers/2024-07-23'],
      ['inTerritory/domicile/EU', 'inTerritory/domicile/EU'],
      ['inTerritory/use/gb', 'inTerritory/use/UK'],
      ['withoutAgreement/meta', 'withoutAgreement/Meta'],
      ['commercialEntity/employer', 'commercialEntity/employer'],
      ['#9/#7/#1', '#9/#7/#1'],
    ] as const) {
      expect(measureName(parseMeasure(name)), name).to.equal(canonical)
      expect(topicName(topicNamed(name)), name).to.equal(canonical)
      expect(topicNamed(canonical), name).to.equal(topicNamed(name))
    }
    for (const licensor of LICENSORS) {
      expect(topicName(topicNamed(`withoutAgreement/${licensor}`))).to.equal(`withoutAgreement/${licensor}`)
    }
  })

  it('gives a metric of the firm without a parameter the topic of its code', function () {
    expect(topicNamed('annualRevenueUsd')).to.equal(METRICS.annualRevenueUsd)
  })

  it('names the new form of a former name, and what is wrong with every other', function () {
    for (const [name, remedy] of [
      ['monthlyActiveUsersAtRelease', 'monthlyActiveUsers/affiliates/2024-07-23'],
      ['inExcludedTerritory', 'inTerritory/domicile/EU'],
      ['withoutLicensorAgreement', 'withoutAgreement/Meta'],
      ['monthlyRevenue', 'Did you mean'],
      ['inTerritory', 'inTerritory is measured of domicile, use'],
      ['inTerritory/EU', 'inTerritory is measured of domicile, use'],
      ['inTerritory/use', 'Add a territory'],
      ['withoutAgreement', 'Add a licensor'],
      ['inTerritory/product/EU', 'inTerritory is measured of domicile, use'],
      ['inTerritory/use/Europe', 'two letters'],
      ['monthlyRevenueUsd/2024-07-23', 'one part too many'],
      ['monthlyActiveUsers/2024-02-30', 'must be a day'],
      ['toString', 'Begin with one of'],
      ['', 'Begin with one of'],
    ] as const) {
      expect(() => parseMeasure(name), name)
        .to.throw(InvalidMeasureError, remedy)
        .with.property('code', 'INVALID_MEASURE')
    }
  })

  it('orders facts by their topics, in whatever order they are stated', function () {
    const facts = { 'withoutAgreement/Meta': 1n, 'monthlyRevenueUsd/product': 3n, monthlyActiveUsers: 2n }
    const ordered = factsOf(facts)
    expect(ordered.map(({ topic }) => topic)).to.deep.equal(
      Object.keys(facts)
        .map(topicNamed)
        .toSorted((a, b) => a - b),
    )
    expect(factsOf(Object.fromEntries(Object.entries(facts).toReversed()))).to.deep.equal(ordered)
  })

  it('takes a member of the EU to be in the EU, unless a fact says otherwise', function () {
    const valueOf = (facts: Record<string, bigint>, name: string): bigint | undefined =>
      factsOf(facts).find(({ topic }) => topic === topicNamed(name))?.value
    expect(valueOf({ 'inTerritory/domicile/FR': 1n }, 'inTerritory/domicile/EU')).to.equal(1n)
    expect(valueOf({ 'inTerritory/use/FR': 1n }, 'inTerritory/domicile/EU')).to.equal(undefined)
    expect(valueOf({ 'inTerritory/use/FR': 1n }, 'inTerritory/use/EU')).to.equal(1n)
    expect(valueOf({ 'inTerritory/domicile/FR': 0n }, 'inTerritory/domicile/EU')).to.equal(undefined)
    expect(valueOf({ 'inTerritory/domicile/KR': 1n }, 'inTerritory/domicile/EU')).to.equal(undefined)
    expect(
      valueOf({ 'inTerritory/domicile/FR': 1n, 'inTerritory/domicile/EU': 0n }, 'inTerritory/domicile/EU'),
    ).to.equal(0n)
  })
})
