import { expect } from 'chai'
import fc from 'fast-check'

import {
  compareCodePoints,
  hasUnsafeCharacters,
  quoted,
  utf8Length,
  didYouMean,
  textOfAny,
} from '../../src/core/text.ts'

describe('textOfAny', function () {
  it('never throws for what JSON may hold', function () {
    const hostile = { toString: 1, valueOf: 1 }
    for (const value of [hostile, [hostile], [[hostile]]]) expect(textOfAny(value)).to.contain('object')
    expect(['a', 1, null, [1, 'b']].map(textOfAny)).to.deep.equal(['a', '1', 'null', '1,b'])
  })
})

describe('hasUnsafeCharacters', function () {
  for (const text of [
    '\u0000',
    'a\nb',
    '\u001b[2J',
    '\u007f',
    '\u0085',
    '\u200b',
    '\u200d',
    '\u202e',
    '\u2066',
    '\ufeff',
    '\u2028',
    '\ud800',
  ]) {
    it(`finds ${quoted(text)}`, function () {
      expect(hasUnsafeCharacters(text)).to.equal(true)
    })
  }
  it('allows letters of any script, spaces, marks and emoji', function () {
    for (const text of ['', 'org/Model-7B_v1.0', 'Größe', '模型', 'e\u0301', 'a b', '🙂']) {
      expect(hasUnsafeCharacters(text)).to.equal(false)
    }
  })
})

describe('quoted', function () {
  it('shows unsafe characters by their number and shortens what is long', function () {
    expect(quoted('a\u202eb"\\\n')).to.equal('"a\\u{202e}b\\"\\\\\\u{a}"')
    expect(quoted('x'.repeat(101))).to.equal(`"${'x'.repeat(100)}…"`)
    expect(quoted('x'.repeat(100))).to.equal(`"${'x'.repeat(100)}"`)
  })
})

describe('utf8Length', function () {
  it('is the length of the encoded text', function () {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8Length(text)).to.equal(new TextEncoder().encode(text).length)
      }),
    )
  })
})

describe('compareCodePoints', function () {
  it('orders as the bytes of UTF-8 do', function () {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(Math.sign(compareCodePoints(a, b))).to.equal(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
  })
  it('differs from UTF-16 order beyond U+FFFF', function () {
    expect(compareCodePoints('\u{1f600}', '\uffee')).to.be.greaterThan(0)
    const [first, second] = ['\u{1f600}', '\uffee']
    expect(first! < second!).to.equal(true)
  })
})

describe('didYouMean', function () {
  it('names the word that was meant, whatever its case and its hyphens', function () {
    const words = ['finetune', 'quantized', 'continued-pretraining', 'merge']
    for (const [typed, word] of [
      ['finetuned', 'finetune'],
      ['Fine-Tune', 'finetune'],
      ['finetnue', 'finetune'],
      ['continuedpretraining', 'continued-pretraining'],
      ['merg', 'merge'],
    ] as const) {
      expect(didYouMean(typed, words)).to.equal(` Did you mean "${word}"?`)
    }
  })

  it('says nothing where no word is near, or there are no words', function () {
    for (const typed of ['', 'x', 'distillation', 'a'.repeat(10_000)]) {
      expect(didYouMean(typed, ['finetune', 'merge', 'host'])).to.equal('')
    }
    expect(didYouMean('merge', [])).to.equal('')
  })
})
