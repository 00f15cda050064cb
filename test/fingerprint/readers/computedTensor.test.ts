import { expect } from 'chai'

import { isComputed } from '../../../src/fingerprint/readers/computedTensor.ts'
import { normalFrom } from '../randomModel.ts'

const table = (rows: number, columns: number, value: (row: number, column: number) => number) =>
  Float32Array.from({ length: rows * columns }, (_, index) => value(Math.floor(index / columns), index % columns))
const hann = (at: number, length: number) => Math.sin((Math.PI * at) / length) ** 2

describe('isComputed', function () {
  const COMPUTED: [string, Float32Array, number][] = [
    ['ones', table(64, 64, () => 1), 64],
    ['zeros', table(64, 64, () => 0), 64],
    ['a causal mask', table(64, 64, (row, column) => (column <= row ? 0 : -65504)), 64],
    ['positions', table(1, 512, (_, column) => column), 512],
    ['inverse frequencies', table(1, 64, (_, column) => 10_000 ** (-column / 64)), 64],
    ['scaled inverse frequencies', table(1, 128, (_, column) => 500_000 ** (-column / 128)), 128],
    [
      'position encodings',
      table(128, 64, (row, column) => (column % 2 ? Math.cos : Math.sin)(row / 10_000 ** ((column & ~1) / 64))),
      64,
    ],
    [
      'sines beside cosines',
      table(128, 64, (row, column) => (column < 32 ? Math.sin : Math.cos)(row / 10_000 ** ((column % 32) / 32))),
      64,
    ],
    [
      'a Fourier basis',
      table(66, 64, (row, column) => (row < 33 ? Math.cos : Math.sin)((2 * Math.PI * (row % 33) * column) / 64)),
      64,
    ],
    [
      'a Fourier basis with a window',
      table(
        66,
        64,
        (row, column) => hann(column, 64) * (row < 33 ? Math.cos : Math.sin)((2 * Math.PI * (row % 33) * column) / 64),
      ),
      64,
    ],
    ['a bias of a few numbers', table(1, 32, (_, column) => Math.sqrt(column) * 0.37), 32],
  ]
  for (const [name, values, columns] of COMPUTED) {
    it(`takes ${name} for computed`, function () {
      expect(isComputed(values, columns)).to.equal(true)
    })
  }

  const normal = normalFrom(1)
  const TRAINED: [string, Float32Array, number][] = [
    ['random numbers', table(64, 64, normal), 64],
    ['a short convolution', table(64, 3, normal), 3],
    ['a vector', table(1, 128, normal), 128],
    ['a sparse matrix', table(64, 64, () => (normal() > 0.8 ? normal() : 0)), 64],
    [
      'a smooth filter with noise',
      table(64, 64, (row, column) => Math.sin((row + 1) * column * 0.05) + 0.2 * normal()),
      64,
    ],
    ['numbers of four bits', table(64, 64, () => Math.round(normal() * 8)), 64],
  ]
  for (const [name, values, columns] of TRAINED) {
    it(`takes ${name} for trained`, function () {
      expect(isComputed(values, columns)).to.equal(false)
    })
  }
})
