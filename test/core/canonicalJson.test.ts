import { createHash } from 'node:crypto'

import { expect } from 'chai'
import fc from 'fast-check'

import {
  canonicalJson,
  canonicalJsonDigest,
  MAX_JSON_DEPTH,
  methodDigest,
  NotCanonicalJsonError,
} from '../../src/core/canonicalJson.ts'
import { ZERO_DIGEST } from '../../src/core/hex.ts'

describe('canonicalJson', function () {
  it('sorts members by UTF-16 units, as the example of RFC 8785, section 3.2.3, does', function () {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 }
    expect(Object.values(JSON.parse(canonicalJson(value)) as object)).to.have.members([1, 2, 3, 4, 5, 6, 7])
    expect(canonicalJson(value)).to.equal('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}')
  })

  it('writes numbers as ECMAScript does', function () {
    expect(canonicalJson([333333333.33333329, 1e30, 4.5, 2e-3, 1e-27, -0, 1e21])).to.equal(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1e+21]',
    )
  })

  it('escapes what JSON must escape and nothing else', function () {
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\\\"/')).to.equal('"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"')
  })

  it('gives the same text whatever the order of members, and one that reads back as the value', function () {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(shuffled(value))).to.equal(text)
        // JSON cannot tell -0 from 0.
        expect(JSON.parse(text)).to.deep.equal(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  const refused: [string, unknown][] = [
    ['undefined', undefined],
    ['a member that is undefined', { a: undefined }],
    ['a hole', [, 1]], // eslint-disable-line no-sparse-arrays
    ['NaN', Number.NaN],
    ['an infinity', [Number.POSITIVE_INFINITY]],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['half a surrogate pair', 'a\ud800'],
    ['half a surrogate pair as a name', { '\udc00': 1 }],
  ]
  for (const [what, value] of refused) {
    it(`refuses ${what}`, function () {
      expect(() => canonicalJson(value))
        .to.throw(NotCanonicalJsonError)
        .with.property('code', 'NOT_CANONICAL_JSON')
    })
  }

  it('accepts the deepest nesting and refuses one more, and so a cycle', function () {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
    expect(canonicalJson(nested(MAX_JSON_DEPTH))).to.have.length(2 * MAX_JSON_DEPTH + 1)
    expect(() => canonicalJson(nested(MAX_JSON_DEPTH + 1))).to.throw(NotCanonicalJsonError)
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => canonicalJson(cycle)).to.throw(NotCanonicalJsonError)
  })

  it('names the member that it refuses', function () {
    expect(() => canonicalJson({ method: { steps: [1, Number.NaN] } })).to.throw('$.method.steps[1]')
  })
})

describe('methodDigest', function () {
  it('is zero for no description', function () {
    expect(methodDigest(null)).to.equal(ZERO_DIGEST)
    expect(methodDigest(undefined)).to.equal(ZERO_DIGEST)
  })

  it('is SHA-256 of the canonical text, also of an empty description', function () {
    const sha = (text: string) => `0x${createHash('sha256').update(text).digest('hex')}`
    expect(methodDigest({})).to.equal(sha('{}'))
    expect(methodDigest({ b: 1, a: 'ö' })).to.equal(sha('{"a":"ö","b":1}'))
    expect(canonicalJsonDigest([1])).to.equal(sha('[1]'))
  })
})

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).reverse()
  return Object.fromEntries(entries.map(([key, member]) => [key, shuffled(member)]))
}
