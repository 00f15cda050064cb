import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { StemmaError } from '../../src/core/errors.ts'
import { makeSketch, SketchSecretError, SketchSizeError, sizeFor } from '../../src/fingerprint/makeSketch.ts'
import { MAX_SKETCH_BYTES, type Sketch } from '../../src/fingerprint/sketch.ts'
import { InvalidSketchError, parseSketch, sketchBytes } from '../../src/fingerprint/sketchBytes.ts'
import { numbersFrom, randomModel, sourceOf } from './randomModel.ts'

type Vector = { seed: number; anchors: number; units: number; secret: string | null; bytes: number; sha256: string }
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../vectors/sketches.json'), 'utf8')) as {
  vectors: Vector[]
}

/** How many damaged sketches are read; 10^6 in the deep run. */
const CASES = Number(process.env.STEMMA_DEEP ? 1_000_000 : 1_000)

describe('sketchBytes', function () {
  for (const { seed, anchors, units, secret, bytes, sha256 } of vectors.vectors) {
    it(`makes the bytes of the vector of seed ${seed} with ${anchors} anchors${secret === null ? '' : ' and a secret'}`, function () {
      const key = secret === null ? undefined : Buffer.from(secret, 'hex')
      const made = sketchBytes(makeSketch(sourceOf(randomModel(seed)), { anchors, units, secret: key }))
      expect({ bytes: made.length, sha256: createHash('sha256').update(made).digest('hex') }).to.deep.equal({
        bytes,
        sha256,
      })
    })
  }

  it('reads back what it wrote', function () {
    const exact = { tensors: ['11'.repeat(8), '00'.repeat(8)], vocabulary: 'ab'.repeat(8) }
    const sketch = makeSketch(sourceOf(randomModel(3)), { exact })
    expect(parseSketch(sketchBytes(sketch))).to.deep.equal(sketch)
    expect(sketch.exact).to.deep.include({ tensors: ['00'.repeat(8), '11'.repeat(8)], tensorCount: 2, merges: null })
  })

  it('keeps every layer, and gives up units before anchors', function () {
    expect(sizeFor(24)).to.deep.equal({ anchors: 128, units: 8 })
    expect(sizeFor(25)).to.deep.equal({ anchors: 128, units: 4 })
    expect(sizeFor(80)).to.deep.equal({ anchors: 64, units: 4 })
    expect(sizeFor(126)).to.deep.equal({ anchors: 64, units: 2 })
    expect(sizeFor(512)).to.deep.equal({ anchors: 32, units: 1 })
    expect(() => sizeFor(24, { anchors: 16 })).to.throw(SketchSizeError)
  })

  it('has at most 64 kB, however many tensors there are', function () {
    const tensors = Array.from({ length: 10_000 }, (_, index) => index.toString(16).padStart(16, '0'))
    const sketch = makeSketch(sourceOf(randomModel(4)), { exact: { tensors } })
    expect(sketchBytes(sketch).length).to.be.within(50_000, MAX_SKETCH_BYTES)
    expect(sketch.exact.tensorCount).to.equal(10_000)
    expect(parseSketch(sketchBytes(sketch))).to.deep.equal(sketch)
  })

  it('refuses a secret that is short', function () {
    expect(() => makeSketch(sourceOf(randomModel(5)), { secret: new Uint8Array(15) })).to.throw(SketchSecretError)
  })
})

describe('parseSketch', function () {
  this.timeout(6 * 3600_000)

  const bytes = sketchBytes(makeSketch(sourceOf(randomModel(6, { layers: 2 }))))

  it('refuses every shorter and longer text', function () {
    for (let length = 0; length < bytes.length; length += 37)
      expect(() => parseSketch(bytes.subarray(0, length))).to.throw(InvalidSketchError)
    expect(() => parseSketch(Uint8Array.of(...bytes, 0))).to.throw(InvalidSketchError, '1 bytes after its end')
    expect(() => parseSketch(new Uint8Array(MAX_SKETCH_BYTES + 1))).to.throw(InvalidSketchError, 'at most 65536')
  })

  const wrong: [string, (sketch: Sketch) => Sketch][] = [
    [
      'an anchor twice',
      (sketch) => ({ ...sketch, anchors: sketch.anchors.map((hash, at) => (at === 1 ? sketch.anchors[0]! : hash)) }),
    ],
    ['a place twice', (sketch) => withPlaces(sketch, (place, at, all) => (at === 1 ? all[0]! : place))],
    ['a place beyond the rows', (sketch) => withPlaces(sketch, (place, at) => (at === 1 ? 256 : place))],
    [
      'a scale that is not finite',
      (sketch) => ({ ...sketch, gram: { ...sketch.gram, scales: sketch.gram.scales.map(() => NaN) } }),
    ],
    [
      'a scale below zero',
      (sketch) => ({ ...sketch, gram: { ...sketch.gram, scales: sketch.gram.scales.map(() => -1) } }),
    ],
    ['the code -128', (sketch) => ({ ...sketch, gram: { ...sketch.gram, codes: sketch.gram.codes.map(() => -128) } })],
    [
      'digests out of order',
      (sketch) => ({ ...sketch, exact: { ...sketch.exact, rows: sketch.exact.rows.toReversed() } }),
    ],
    [
      'fewer tensors than it lists',
      (sketch) => ({ ...sketch, exact: { ...sketch.exact, tensors: ['01'.repeat(8)], tensorCount: 0 } }),
    ],
    ['no units', (sketch) => ({ ...sketch, units: 0 })],
  ]
  for (const [name, change] of wrong) {
    it(`refuses ${name}`, function () {
      expect(() => parseSketch(sketchBytes(change(parseSketch(bytes))))).to.throw(InvalidSketchError)
    })
  }

  it('reads damaged sketches as another one, to the byte, or refuses them', function () {
    const next = numbersFrom(Number(process.env.STEMMA_FUZZ_SEED ?? 1))
    const below = (limit: number) => Math.floor(((next() + 1) / 2) * limit)
    for (let index = 0; index < CASES; index++) {
      const damaged = bytes.slice(0, below(4) === 0 ? below(bytes.length) : undefined)
      for (let each = below(4); each >= 0 && damaged.length > 0; each--) {
        damaged[below(3) === 0 ? below(Math.min(48, damaged.length)) : below(damaged.length)] = below(256)
      }
      try {
        expect(Buffer.compare(sketchBytes(parseSketch(damaged)), damaged)).to.equal(0)
      } catch (error) {
        if (!(error instanceof StemmaError)) throw error
      }
    }
  })
})

function withPlaces(sketch: Sketch, change: (place: number, at: number, all: Uint32Array) => number): Sketch {
  return { ...sketch, layers: sketch.layers.map((layer) => ({ ...layer, places: layer.places.map(change) })) }
}
