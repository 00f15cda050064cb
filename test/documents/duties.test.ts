import { readFileSync } from 'node:fs'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'chai'
import fc from 'fast-check'

import { parseModelId, parseTermsId } from '../../src/core/hex.ts'
import { OBLIGATION_NAMES } from '../../src/core/vocabulary.ts'
import { parseDuties, type DutiesDocument, type Duty } from '../../src/documents/duties.ts'
import {
  dutiesHeader,
  MAX_DUTIES_BYTES,
  MORE,
  parseDutiesHeader,
  wordsOfDuties,
} from '../../src/documents/dutiesHeader.ts'

const MODEL = parseModelId(`0x${'1'.repeat(64)}`)
const TERMS = parseTermsId(`0x${'2'.repeat(64)}`)

const duty = (change: Partial<Duty> = {}): Duty => ({
  obligation: 'display-credit',
  models: [MODEL],
  terms: TERMS,
  license: 'llama3.1',
  certain: true,
  thresholds: [],
  show: 'Built with Llama',
  clause: '1.b.i',
  ...change,
})
const DOCUMENT: DutiesDocument = {
  version: 1,
  model: MODEL,
  use: 'host',
  statement: null,
  by: 'https://api.acme.example',
  chainId: 31337 as never,
  block: 7,
  duties: [duty()],
  passed: [],
}

describe('duties of an endpoint', function () {
  it('are named in a header that holds the words to show, the clause, the threshold, and who says so', function () {
    const above = [{ fact: 'monthlyActiveUsers/product', above: '100000000' }]
    const header = dutiesHeader({
      by: 'https://api.acme.example',
      duties: [
        duty({ obligation: 'notice', show: undefined as never, certain: false }),
        duty({ show: 'Kimi K2', certain: false, thresholds: above, license: 'kimi-k2' }),
        duty(),
      ],
    })
    expect(header).to.equal(
      'display-credit;show="Built with Llama";license="llama3.1";clause="1.b.i";by="https://api.acme.example", ' +
        'display-credit;show="Kimi K2";license="kimi-k2";clause="1.b.i";above="monthlyActiveUsers/product 100000000";by="https://api.acme.example", ' +
        'notice;license="llama3.1";clause="1.b.i";unsure;by="https://api.acme.example"',
    )
    const read = parseDutiesHeader(header)!
    expect(read.map(({ duty, show, above, unsure }) => [duty, show, above, unsure])).to.deep.equal([
      ['display-credit', 'Built with Llama', undefined, undefined],
      ['display-credit', 'Kimi K2', 'monthlyActiveUsers/product 100000000', undefined],
      ['notice', undefined, undefined, true],
    ])
    expect(wordsOfDuties(read)).to.deep.equal(['Built with Llama'])
  })

  it('come back from the header as they went in, whatever the texts of a license hold, in printable ASCII', function () {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 })
    const duties = fc.array(
      fc.record({ obligation: fc.constantFrom(...OBLIGATION_NAMES), show: text, prefix: text, license: text }),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(duties, text, (list, by) => {
        const given = list.map((each) => duty({ ...each, certain: true }))
        const header = dutiesHeader({ duties: given, by }, 100_000)
        expect(header).to.match(/^[\x20-\x7e]*$/)
        const read = parseDutiesHeader(header)!
        const named = read.map(({ duty, show, prefix, license, by }) =>
          [duty, show, prefix, license, by].join('\u0000'),
        )
        const asked = given.map(({ obligation, show, prefix, license }) =>
          [obligation, show, prefix, license || undefined, by].join('\u0000'),
        )
        expect(new Set(named)).to.deep.equal(new Set(asked))
      }),
    )
  })

  it('never make a header longer than its bound, and say when some are left out', function () {
    const many = Array.from({ length: 100 }, (_, index) => duty({ show: `Words ${index}`.repeat(9) }))
    const header = dutiesHeader({ duties: many, by: null })
    expect(header.length).to.be.at.most(MAX_DUTIES_BYTES)
    const read = parseDutiesHeader(header)!
    expect(read.length).to.be.greaterThan(5)
    expect(read.at(-1)!.duty).to.equal(MORE)
    const whole = dutiesHeader({ duties: many.slice(0, 3), by: null })
    expect(parseDutiesHeader(whole)!.map(({ duty }) => duty)).not.to.include(MORE)
    const exact = dutiesHeader({ duties: many.slice(0, 3), by: null }, whole.length)
    expect(exact).to.equal(whole)
    expect(dutiesHeader({ duties: many, by: null }, 10)).to.equal(MORE)
  })

  it('are not read from a header that is not a list of the kind', function () {
    for (const text of ['a b', 'a,', ',a', 'a;b="', 'a;b="\u00e9"', '"a"', 'a;b=%"%ff"', 'a;=1', 'a,,b', '1']) {
      expect(parseDutiesHeader(text), text).to.equal(undefined)
    }
    expect(parseDutiesHeader('')).to.deep.equal([])
    expect(parseDutiesHeader('  a; show="x" ,\tnew-duty;n=1;t=?0  ')).to.deep.equal([
      { duty: 'a', show: 'x' },
      { duty: 'new-duty' },
    ])
  })

  it('are a document that its schema describes, that is read again as it was, and refused by field', function () {
    const schema = JSON.parse(readFileSync(new URL('../../docs/duties.schema.json', import.meta.url), 'utf8'))
    const isValid = new Ajv2020({ strict: true }).compile(schema)
    const nested = {
      ...DOCUMENT,
      passed: [{ ...DOCUMENT, by: null, duties: [duty({ thresholds: [], uri: 'https://x' })] }],
    }
    expect(isValid(nested), JSON.stringify(isValid.errors)).to.equal(true)
    expect(parseDuties(JSON.parse(JSON.stringify(nested)))).to.deep.equal(nested)
    const wrong: [string, object][] = [
      ['duties[0].obligation', { duties: [{ ...duty(), obligation: 'dance' }] }],
      ['statement', { statement: '0x12' }],
      ['version', { version: 2 }],
      ['passed', { passed: 'none' }],
    ]
    for (const [field, change] of wrong) {
      expect(isValid({ ...DOCUMENT, ...change }), field).to.equal(false)
      expect(() => parseDuties({ ...DOCUMENT, ...change }))
        .to.throw(`"${field}"`)
        .with.property('code', 'INVALID_DUTIES')
    }
    let deep: DutiesDocument = DOCUMENT
    for (let depth = 0; depth < 9; depth++) deep = { ...DOCUMENT, passed: [deep] }
    expect(() => parseDuties(deep)).to.throw('at most 8 gateways')
  })
})
