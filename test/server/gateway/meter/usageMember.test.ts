import { expect } from 'chai'
import fc from 'fast-check'

import { usageMember } from '../../../../packages/server/src/gateway/meter/usageMember.ts'

const USAGE = { prompt_tokens: 9, details: { cached: [1, { a: '}' }] } }

describe('usageMember', function () {
  it('finds the member of the outermost object, wherever it stands and however it is written', function () {
    const text = JSON.stringify(USAGE)
    for (const json of [
      `{"usage":${text}}`,
      `{ "a" : "\\\\" , "usage" :\n ${text} , "b" : [ "]}" ] }\n`,
      JSON.stringify({ usage: USAGE, choices: [{ message: { content: '"usage":{"a":1}}', usage: { a: 2 } } }] }),
      JSON.stringify({ a: [{ usage: { a: 1 } }], usage: USAGE, b: { usage: { a: 2 } } }),
    ]) {
      expect(usageMember(json), json).to.deep.equal(USAGE)
    }
  })

  it('finds it in the end of a text whose beginning is missing', function () {
    const json = JSON.stringify({ data: [{ embedding: [1, 2], note: 'a "b" }' }, 'usage'], usage: USAGE })
    for (let start = 0; start <= json.indexOf(',"usage":{"prompt'); start++) {
      expect(usageMember(json.slice(start)), json.slice(start)).to.deep.equal(USAGE)
    }
  })

  it('finds none in other members, other values, or a text that is cut', function () {
    for (const json of [
      '{"a":{"usage":{"b":1}}}',
      '[{"usage":{"b":1}}]',
      '{"usage":null}',
      '{"usage":5}',
      '{"a":"usage"}',
      '{"a":"\\"usage\\":{}"}',
      '{"usage":{"a":1',
      '{"usage":{"a":1},"b":"',
      '{"usage":{"a":01}}',
      '',
    ]) {
      expect(usageMember(json), json).to.equal(undefined)
    }
  })

  it('agrees with JSON.parse on any object', function () {
    const name = fc.constantFrom('usage', 'a', '"usage":{', '\\', '}')
    const { tree } = fc.letrec<{ tree: unknown; value: unknown }>((tie) => ({
      tree: fc.dictionary(name, tie('value'), { maxKeys: 3 }),
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(1, null, 'usage', '"usage":{}', '\\"'),
        fc.array(tie('value'), { maxLength: 2 }),
        tie('tree'),
      ),
    }))
    fc.assert(
      fc.property(tree, fc.constantFrom(0, 1), (object, space) => {
        const json = JSON.stringify(object, null, space)
        const fakes = json.split('"usage"').length - 2
        fc.pre(fakes < 8)
        const { usage } = JSON.parse(json) as { usage?: unknown }
        const isObject = typeof usage === 'object' && usage !== null && !Array.isArray(usage)
        expect(usageMember(json)).to.deep.equal(isObject ? usage : undefined)
      }),
    )
  })
})
