import { createHash } from 'node:crypto'

import { expect } from 'chai'

import {
  tokenBytes,
  tokenizerOfGguf,
  tokenizerOfJson,
  tokenizerOfModel,
} from '../../../src/fingerprint/readers/tokenizers.ts'
import { contentOf } from '../modelFiles.ts'

const text = (bytes: Uint8Array | null | undefined) =>
  bytes === null || bytes === undefined ? bytes : Buffer.from(bytes).toString()

/** A field of protobuf: a number, or bytes. */
function field(number: number, value: number | Uint8Array): Buffer {
  return typeof value === 'number'
    ? Buffer.of(number * 8, value)
    : Buffer.concat([Buffer.of(number * 8 + 2, value.length), value])
}

describe('tokenBytes', function () {
  it('decodes the byte alphabet of GPT-2', function () {
    expect(text(tokenBytes('Ġhello', 'byte-alphabet'))).to.equal(' hello')
    expect(text(tokenBytes('Ã¤', 'byte-alphabet'))).to.equal('ä')
    expect(tokenBytes('Ċ', 'byte-alphabet')).to.deep.equal(Uint8Array.of(10))
    expect(tokenBytes('\u0143', 'byte-alphabet')).to.deep.equal(Uint8Array.of(0xad))
  })

  it('decodes the mark for spaces, and bytes', function () {
    expect(text(tokenBytes('▁hello', 'space-mark'))).to.equal(' hello')
    expect(tokenBytes('<0x0A>', 'space-mark')).to.deep.equal(Uint8Array.of(10))
  })
})

describe('tokenizerOfJson', function () {
  it('reads BPE on bytes, and leaves special tokens out', function () {
    const read = tokenizerOfJson(
      JSON.stringify({
        model: { type: 'BPE', vocab: { a: 0, Ġab: 2 }, merges: [['Ġ', 'ab']] },
        pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Split' }, { type: 'ByteLevel' }] },
        added_tokens: [{ id: 4, content: '<end>', special: true }],
      }),
    )!
    expect(read.tokens.map(text)).to.deep.equal(['a', null, ' ab', null, null])
    expect(read.merges).to.match(/^[\da-f]{16}$/)
  })

  it('reads merges of any type', function () {
    const hostile = { toString: 1, valueOf: 1 }
    const model = { type: 'BPE', vocab: { a: 0 }, merges: [hostile, [hostile], 1] }
    expect(tokenizerOfJson(JSON.stringify({ model }))!.merges).to.match(/^[\da-f]{16}$/)
  })

  it('reads a vocabulary as large as those of today, and digests it as a small one', function () {
    const vocab = Object.fromEntries(Array.from({ length: 130_000 }, (_, index) => [`t${index}`, index]))
    const read = tokenizerOfJson(JSON.stringify({ model: { type: 'BPE', vocab } }))!
    expect(read.tokens).to.have.lengthOf(130_000)
    expect(read.vocabulary).to.match(/^[\da-f]{16}$/)
    const small = tokenizerOfJson(JSON.stringify({ model: { type: 'BPE', vocab: { b: 0, aa: 1 } } }))!
    expect(small.vocabulary).to.equal(
      createHash('sha256').update('stemma-vocabulary-1\n2:aa1:b').digest('hex').slice(0, 16),
    )
  })

  it('reads Unigram', function () {
    const read = tokenizerOfJson(
      JSON.stringify({
        model: {
          type: 'Unigram',
          vocab: [
            ['<unk>', 0],
            ['▁a', -1],
          ],
        },
      }),
    )!
    expect(read.tokens.map(text)).to.deep.equal(['<unk>', ' a'])
  })

  it('has none in what is not one', function () {
    for (const wrong of [
      '',
      '[]',
      'null',
      '{}',
      '{"model":null}',
      '{"model":{"vocab":{"a":-1}}}',
      '{"model":{"vocab":{"a":1e99}}}',
    ])
      expect(tokenizerOfJson(wrong), wrong).to.equal(null)
  })

  it('takes names of objects for tokens', function () {
    const read = tokenizerOfJson('{"model":{"vocab":{"__proto__":0,"constructor":1}}}')!
    expect(read.tokens.map(text)).to.deep.equal(['__proto__', 'constructor'])
  })
})

describe('tokenizerOfModel', function () {
  it('reads SentencePiece, and leaves controls and unknowns out', function () {
    const piece = (content: string, type: number) =>
      field(1, Buffer.concat([field(1, Buffer.from(content)), Buffer.of(0x15, 0, 0, 0, 0), field(3, type)]))
    const bytes = Buffer.concat([
      piece('<unk>', 2),
      piece('<s>', 3),
      piece('<0x41>', 6),
      piece('▁the', 1),
      field(2, Buffer.from('rest')),
    ])
    expect(tokenizerOfModel(contentOf('tokenizer.model', bytes))!.tokens.map(text)).to.deep.equal([
      null,
      null,
      'A',
      ' the',
    ])
  })

  it('reads lines of tiktoken', function () {
    const lines = `${Buffer.from('a').toString('base64')} 0\n${Buffer.from(' the').toString('base64')} 2\n`
    expect(tokenizerOfModel(contentOf('tokenizer.model', Buffer.from(lines)))!.tokens.map(text)).to.deep.equal([
      'a',
      null,
      ' the',
    ])
  })

  it('has none in what is not one', function () {
    expect(tokenizerOfModel(contentOf('tokenizer.model', Buffer.from('hello')))).to.equal(null)
    expect(tokenizerOfModel(contentOf('tokenizer.model', Buffer.alloc(0)))).to.equal(null)
  })
})

describe('tokenizerOfGguf', function () {
  it('reads the tokens of a model of Llama', function () {
    const read = tokenizerOfGguf(
      new Map<string, unknown>([
        ['tokenizer.ggml.model', 'llama'],
        ['tokenizer.ggml.tokens', { length: 3, first: ['<s>', '<0x41>', '▁the'] }],
        ['tokenizer.ggml.token_type', { length: 3, first: [3, 6, 1] }],
      ]),
    )!
    expect(read.tokens.map(text)).to.deep.equal([null, 'A', ' the'])
  })

  it('has none without tokens', function () {
    expect(tokenizerOfGguf(new Map())).to.equal(null)
  })
})
