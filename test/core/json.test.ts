import { expect } from 'chai'
import fc from 'fast-check'

import {
  DuplicateJsonNameError,
  InvalidJsonError,
  JsonTooDeepError,
  JsonTooLargeError,
  MOST_JSON_VALUES,
  parseStrictJson,
} from '../../src/core/json.ts'

const parse = (text: string, depth?: number) =>
  parseStrictJson(text, 'The text', { ...(depth !== undefined && { maxDepth: depth }) })

describe('parseStrictJson', function () {
  it('reads what JSON.stringify writes', function () {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value)
        expect(parse(text)).to.deep.equal(JSON.parse(text))
        expect(parse(JSON.stringify(value, null, 2))).to.deep.equal(JSON.parse(text))
      }),
    )
  })

  it('allows one name in two objects, and a value like a name', function () {
    expect(parse('{"a":{"b":1,"a":2},"c":[{"a":1},{"a":"a"}],"d":"a"}')).to.deep.equal({
      a: { b: 1, a: 2 },
      c: [{ a: 1 }, { a: 'a' }],
      d: 'a',
    })
  })

  for (const text of [
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '[{"x":{"a":1,"b":[1,2],"a":3}}]',
    '{"a":[{"b":1}],"c":"d","a":{}}',
    '{"\\"":1,"b":2,"\\"":3}',
  ]) {
    it(`refuses ${text}`, function () {
      expect(() => parse(text))
        .to.throw(DuplicateJsonNameError)
        .with.property('code', 'DUPLICATE_JSON_NAME')
    })
  }

  for (const text of ['', '{', '{"a":1,}', "{'a':1}", 'NaN', '1 2', '"\n"', '\ufeff{}']) {
    it(`refuses ${JSON.stringify(text)}`, function () {
      expect(() => parse(text))
        .to.throw(InvalidJsonError, 'The text')
        .with.property('code', 'INVALID_JSON')
    })
  }

  it('names the line and the column of the fault, whatever the engine says', function () {
    const faults = {
      '': [1, 1],
      '{': [1, 2],
      '{"a":1,\n "b":}': [2, 6],
      '[1,]': [1, 4],
      '{"a" 1}': [1, 6],
      '{\n"a":[1,\n2,,3]}': [3, 3],
      '{"a":tru}': [1, 6],
      '[1 2]': [1, 4],
      '01': [1, 2],
      '{"a":1}}': [1, 8],
      '[}': [1, 2],
      '{"a":"\\x"}': [1, 6],
      '{1:2}': [1, 2],
    }
    for (const [text, [line, column]] of Object.entries(faults)) {
      expect(() => parse(text), text).to.throw(`The text is not JSON (line ${line}, column ${column}).`)
    }
  })

  it('finds the fault where a valid text is cut', function () {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(), (value, place) => {
        const text = `[${JSON.stringify(value)}]`
        const cut = text.slice(0, place % text.length)
        expect(() => parse(cut)).to.throw(InvalidJsonError, /^The text is not JSON \(line 1, column \d+\)/)
      }),
    )
  })

  it('reports a fault in a long text without looking for its place', function () {
    expect(() => parse(`[${'1,'.repeat(600_000)}]`)).to.throw(InvalidJsonError, 'The text is not JSON. Expected')
  })

  it('accepts the deepest nesting and refuses one more, and a bomb', function () {
    expect(parse('[[[1],{}]]', 3)).to.deep.equal([[[1], {}]])
    expect(() => parse('[[[1],{"a":[]}]]', 3))
      .to.throw(JsonTooDeepError)
      .with.property('code', 'JSON_TOO_DEEP')
    expect(() => parse('['.repeat(100_000) + ']'.repeat(100_000))).to.throw(JsonTooDeepError)
  })

  it('refuses more objects, lists or names than it has memory for, before it builds any, and counts none in strings', function () {
    const many = (text: string, count: number): string => `[${text.repeat(count - 1)}${text.slice(0, -1)}]`
    for (const [text, what] of [
      ['{},', 'objects and lists'],
      ['[],', 'objects and lists'],
      ['[[{}]],', 'objects and lists'],
    ] as const)
      expect(() => parse(many(text, MOST_JSON_VALUES)), text)
        .to.throw(JsonTooLargeError, `more than 2000000 ${what}`)
        .with.property('code', 'JSON_TOO_LARGE')
    expect(() => parse(`{${'"a":0,'.repeat(MOST_JSON_VALUES)}"b":0}`)).to.throw(JsonTooLargeError, '2000000 names')
    const inString = `"${'{[:\\"'.repeat(1_100_000)}"`
    expect(parse(inString)).to.have.length(4 * 1_100_000)
    expect(() => parse('{'.repeat(MOST_JSON_VALUES * 3))).to.throw(JsonTooLargeError)
    expect(() => parse('"'.padEnd(MOST_JSON_VALUES * 3, '{'))).to.throw(InvalidJsonError)
  })

  it('reads numbers that are not plain whole ones as null, when asked to', function () {
    const text = '{"a":[0,7,1.0,1e0,-0,-1,0.5,1E+2],"b":"1.0","c":{"1.5":[[2.0],3]},"d":18446744073709551615}'
    expect(parseStrictJson(text, 'The text', { plainIntegers: true })).to.deep.equal({
      a: [0, 7, null, null, null, null, null, null],
      b: '1.0',
      c: { '1.5': [[null], 3] },
      d: 18446744073709551615,
    })
    expect(parse('[1.0,-0.5]')).to.deep.equal([1, -0.5])
  })

  it('reads as JSON.parse does but for those numbers', function () {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const expected = JSON.parse(JSON.stringify(value), (_, entry: unknown) =>
          typeof entry === 'number' && !/^\d+$/.test(JSON.stringify(entry)) ? null : entry,
        )
        expect(parseStrictJson(JSON.stringify(value), 'The text', { plainIntegers: true })).to.deep.equal(expected)
      }),
    )
  })
})
