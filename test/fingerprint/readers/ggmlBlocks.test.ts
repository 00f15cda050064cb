import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { decodeBlocks, ggmlDecoderOf } from '../../../src/fingerprint/readers/ggmlBlocks.ts'

type Vector = { type: string; bytes: string; values: number[] }
const { vectors } = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/ggmlBlocks.json'), 'utf8')) as {
  vectors: Vector[]
}

describe('ggmlDecoderOf', function () {
  for (const { type, bytes, values } of vectors) {
    it(`reads ${type} as gguf-py does`, function () {
      const decoder = ggmlDecoderOf(type)!
      const numbers = decodeBlocks(decoder, Buffer.from(bytes, 'hex'), 0, values.length)
      for (const [index, value] of values.entries())
        expect(numbers[index], `number ${index}`).to.be.closeTo(value, 2e-5 * Math.abs(value) + 1e-6)
    })

    it(`reads ${type} from the middle of a block`, function () {
      const decoder = ggmlDecoderOf(type)!
      const all = decodeBlocks(decoder, Buffer.from(bytes, 'hex'), 0, values.length)
      const skip = Math.min(5, decoder.elements - 1)
      const part = decodeBlocks(decoder, Buffer.from(bytes, 'hex'), skip, 3)
      expect([...part]).to.deep.equal([...all.subarray(skip, skip + 3)])
    })
  }

  it('has no reader for other types', function () {
    for (const type of ['IQ1_S', 'IQ2_XXS', 'TQ1_0', 'constructor', '']) expect(ggmlDecoderOf(type)).to.equal(undefined)
  })
})
