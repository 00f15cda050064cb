import { expect } from 'chai'

import { yamlValue } from '../../packages/explorer/src/pages/act/yaml.ts'

/** Each name stands for nine of the one before it. */
const LAUGHS = ['a: &a [x]', ...[...'bcdefgh'].map((name, at) => `${name}: &${name} [${nineOf('abcdefgh'[at]!)}]`)]

function nineOf(name: string): string {
  return Array.from({ length: 9 }, () => `*${name}`).join(', ')
}

describe('documents in YAML that are pasted into a form', function () {
  it('are read as JSON would have them', function () {
    const text =
      'version: 1\nweights: 0x12\nparents:\n  - &one {name: a}\n  - *one\n? [a, b]\n: .inf\n__proto__: {a: 1}\n'
    const value = yamlValue(text) as Record<string, unknown>
    expect(value).to.deep.include({
      version: 1,
      weights: '0x12',
      parents: [{ name: 'a' }, { name: 'a' }],
      '[ a, b ]': null,
    })
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype)
    expect(yamlValue('')).to.equal(null)
  })

  it('are refused when they would grow, contain themselves, or take the parser long', function () {
    const bombs = [
      LAUGHS.join('\n'),
      'a: &a [*a]',
      '&a {b: {c: *a}}',
      '{'.repeat(3000),
      '['.repeat(65_000),
      '{a: '.repeat(500),
      '- '.repeat(30_000),
      '? '.repeat(30_000),
      Array.from({ length: 300 }, () => '{').join('\n'),
      'x'.repeat(70_000),
      'a: 1\na: 2',
      'a: 1\n---\nb: 2',
      'a: "not closed',
    ]
    for (const bomb of bombs) expect(() => yamlValue(bomb), bomb.slice(0, 40)).to.throw()
  })
})
