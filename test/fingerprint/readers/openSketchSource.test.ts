import { expect } from 'chai'

import { compareWithSketch } from '../../../src/fingerprint/compareWithSketch.ts'
import { makeSketch } from '../../../src/fingerprint/makeSketch.ts'
import type { Rows, SketchSource } from '../../../src/fingerprint/ports.ts'
import { CannotSketchError } from '../../../src/fingerprint/readers/content.ts'
import { openSketchSource } from '../../../src/fingerprint/readers/openSketchSource.ts'
import { sketchBytes } from '../../../src/fingerprint/sketchBytes.ts'
import {
  contentOf,
  f32,
  ggufBytes,
  i32,
  llamaFiles,
  LLAMA,
  llamaTensors,
  safetensorsBytes,
  textContent,
  tokenizerJson,
  type GgufEntry,
  type StoredTensor,
} from '../modelFiles.ts'
import { normalFrom, randomModel, sourceOf, type RandomModel } from '../randomModel.ts'

const SIZE = { columns: 64, rows: 64, layers: 2, vocabulary: 128 }
const model = randomModel(1, SIZE)
const expected = sourceOf(model)

describe('openSketchSource', function () {
  it('reads safetensors as the model in memory', async function () {
    const { source, reason } = await openSketchSource(llamaFiles(model))
    expect(reason).to.equal(null)
    expectSame(source, expected)
    expect(source.tokens).to.deep.equal(model.tokens)
    expect(sketchBytes(makeSketch(source))).to.deep.equal(sketchBytes(makeSketch(expected)))
  })

  it('reads weights in several files', async function () {
    const entries = Object.entries(llamaTensors(model))
    const files = [entries.slice(0, 3), entries.slice(3)].map((part, index) =>
      contentOf(`model-0000${index + 1}-of-00002.safetensors`, safetensorsBytes(Object.fromEntries(part))),
    )
    expectSame((await openSketchSource(files)).source, expected)
  })

  const TYPES: [string, (value: number) => number[], number][] = [
    ['F64', (value) => [...new Uint8Array(Float64Array.of(value).buffer)], 0],
    ['BF16', (value) => [...new Uint8Array(Float32Array.of(value).buffer).subarray(2)], 2 ** -7],
    ['F16', halfBytes, 2 ** -9],
  ]
  for (const [dtype, bytesOf, error] of TYPES) {
    it(`reads ${dtype}`, async function () {
      const tensors = Object.entries(llamaTensors(model)).map(([name, { shape, bytes }]): [string, StoredTensor] => {
        const values = [...new Float32Array(Uint8Array.from(bytes).buffer)]
        return [name, { dtype, shape, bytes: Uint8Array.from(values.flatMap(bytesOf)) }]
      })
      const file = contentOf('model.safetensors', safetensorsBytes(Object.fromEntries(tensors)))
      expectSame((await openSketchSource([file])).source, expected, error)
    })
  }

  it('reads 8-bit floats with a scale for each block', async function () {
    const tensors = llamaTensors(model)
    const codes = Uint8Array.from({ length: 64 * 64 }, (_, index) => [0x38, 0xb8, 0x40, 0x01][index % 4]!)
    tensors[LLAMA.gate(0)] = { dtype: 'F8_E4M3', shape: [64, 64], bytes: codes }
    tensors[`${LLAMA.gate(0)}_scale_inv`] = f32([3], [1, 1])
    const { source } = await openSketchSource([contentOf('model.safetensors', safetensorsBytes(tensors))])
    expect([...source.layers[0]!.gate.read(1, 1).subarray(0, 4)]).to.deep.equal([3, -3, 6, 3 * 2 ** -9])
  })

  it('reads GGUF, with its tokens', async function () {
    const { source, reason } = await openSketchSource([contentOf('model.gguf', ggufOf(model))])
    expect(reason).to.equal(null)
    expectSame(source, expected)
    expect(source.tokens).to.deep.equal(model.tokens)
  })

  it('has one digest of a tokenizer in both formats', async function () {
    const [a, b] = await Promise.all([
      openSketchSource(llamaFiles(model)),
      openSketchSource([contentOf('model.gguf', ggufOf(model))]),
    ])
    expect(a.exact.vocabulary)
      .to.equal(b.exact.vocabulary)
      .and.to.match(/^[\da-f]{16}$/)
    expect(a.exact.merges).to.equal(b.exact.merges)
  })

  it('names the type of GGUF that has no reader', async function () {
    const gate = { type: 19, shape: [1, 256], bytes: new Uint8Array(50) }
    const bytes = ggufBytes([], {
      'token_embd.weight': { type: 0, shape: [1, 256], bytes: f32(new Float32Array(256), [1, 256]).bytes },
      'blk.0.ffn_gate.weight': gate,
      'blk.0.ffn_up.weight': gate,
    })
    const { reason, source } = await openSketchSource([contentOf('model.gguf', bytes)])
    expect(reason).to.contain('IQ1_S')
    expect(source.layers).to.deep.equal([])
  })

  it('reads the halves of a fused projection', async function () {
    const tensors = llamaTensors(model)
    for (const layer of [0, 1]) {
      const [gate, up] = [tensors[LLAMA.gate(layer)]!, tensors[LLAMA.up(layer)]!]
      tensors[`model.layers.${layer}.mlp.gate_up_proj.weight`] = {
        dtype: 'F32',
        shape: [128, 64],
        bytes: Buffer.concat([gate.bytes, up.bytes]),
      }
      delete tensors[LLAMA.gate(layer)]
      delete tensors[LLAMA.up(layer)]
    }
    expectSame((await openSketchSource([contentOf('model.safetensors', safetensorsBytes(tensors))])).source, expected)
  })

  const EXPERTS: [string, (gate: string, layer: number, expert: number) => string][] = [
    ['Qwen', (part, layer, expert) => `model.layers.${layer}.mlp.experts.${expert}.${part}_proj.weight`],
    [
      'Mixtral',
      (part, layer, expert) =>
        `model.layers.${layer}.block_sparse_moe.experts.${expert}.${part === 'gate' ? 'w1' : 'w3'}.weight`,
    ],
  ]
  for (const [name, nameOf] of EXPERTS) {
    it(`pools the experts of ${name}`, async function () {
      const tensors = llamaTensors(model)
      for (const layer of [0, 1]) {
        for (const part of ['gate', 'up'] as const) {
          const whole = tensors[LLAMA[part](layer)]!
          for (const expert of [0, 1, 2, 3])
            tensors[nameOf(part, layer, expert)] = {
              dtype: 'F32',
              shape: [16, 64],
              bytes: whole.bytes.subarray(expert * 4096, expert * 4096 + 4096),
            }
          delete tensors[LLAMA[part](layer)]
        }
      }
      expectSame((await openSketchSource([contentOf('model.safetensors', safetensorsBytes(tensors))])).source, expected)
    })
  }

  for (const isTurned of [false, true]) {
    it(`pools experts in one tensor of three dimensions${isTurned ? ', columns first' : ''}`, async function () {
      const tensors = llamaTensors(model)
      for (const layer of [0, 1]) {
        const { gate, up } = model.layers[layer]!
        const values = [0, 1, 2, 3].flatMap((expert) => {
          const [from, to] = [expert * 16 * 64, (expert + 1) * 16 * 64]
          const rows = [...gate.subarray(from, to), ...up.subarray(from, to)]
          return isTurned ? turned(rows, 64) : rows
        })
        tensors[`model.layers.${layer}.mlp.experts.gate_up_proj`] = f32(values, isTurned ? [4, 64, 32] : [4, 32, 64])
        delete tensors[LLAMA.gate(layer)]
        delete tensors[LLAMA.up(layer)]
      }
      const { source } = await openSketchSource([contentOf('model.safetensors', safetensorsBytes(tensors))])
      expectSame(source, expected)
    })
  }

  it('pools the experts of GGUF', async function () {
    const whole = ggufTensorsOf(model)
    for (const layer of [0, 1]) {
      for (const part of ['gate', 'up']) {
        const { bytes } = whole[`blk.${layer}.ffn_${part}.weight`]!
        delete whole[`blk.${layer}.ffn_${part}.weight`]
        whole[`blk.${layer}.ffn_${part}_exps.weight`] = { type: 0, shape: [4, 16, 64], bytes }
      }
    }
    expectSame((await openSketchSource([contentOf('model.gguf', ggufBytes([], whole))])).source, expected)
  })

  it('adds 1 to the gains of Gemma', async function () {
    const files = llamaFiles(model).map((file) =>
      file.name === 'config.json' ? textContent(file.name, { model_type: 'gemma2' }) : file,
    )
    const { source } = await openSketchSource(files)
    expect(source.layers[0]!.gain[3]).to.equal(Math.fround(model.layers[0]!.gain[3]! + 1))
  })

  it('reads embeddings that are stored as the head', async function () {
    const { [LLAMA.embedding]: embedding, ...tensors } = llamaTensors(model)
    const tied = { ...tensors, 'lm_head.weight': embedding! }
    expectSame((await openSketchSource([contentOf('model.safetensors', safetensorsBytes(tied))])).source, expected)
  })

  it('reads the language model beside a vision tower', async function () {
    const tower = Object.fromEntries(
      Array.from({ length: 6 }, (_, layer) => [
        [`visual.blocks.${layer}.mlp.gate_proj.weight`, f32(new Float32Array(32 * 24), [32, 24])],
        [`visual.blocks.${layer}.mlp.up_proj.weight`, f32(new Float32Array(32 * 24), [32, 24])],
      ]).flat(),
    )
    const file = contentOf('model.safetensors', safetensorsBytes({ ...tower, ...llamaTensors(model) }))
    expectSame((await openSketchSource([file])).source, expected)
  })

  describe('for packed weights', function () {
    const [rows, columns] = [64, 64]
    const codes = Uint8Array.from({ length: rows * columns }, (_, index) => (index * 7 + (index >> 5)) % 16)
    const scales = Float32Array.from({ length: 2 * rows }, (_, index) => 0.5 + index / 64)
    const zeros = Uint8Array.from({ length: 2 * rows }, (_, index) => 1 + (index % 9))
    const value = (row: number, column: number) => {
      const group = column < 32 ? 0 : 1
      return Math.fround((codes[row * columns + column]! - zeros[group * rows + row]!) * scales[group * rows + row]!)
    }

    it('reads GPTQ', async function () {
      const qweight = new Int32Array((columns / 8) * rows)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          qweight[(column >> 3) * rows + row]! |= codes[row * columns + column]! << (4 * (column & 7))
      const qzeros = new Int32Array((2 * rows) / 8)
      for (let index = 0; index < 2 * rows; index++) qzeros[index >> 3]! |= (zeros[index]! - 1) << (4 * (index & 7))
      const order = Array.from({ length: columns }, (_, column) => (column < 32 ? 0 : 1))
      await expectPacked(
        {
          qweight: i32(qweight, [columns / 8, rows]),
          qzeros: i32(qzeros, [2, rows / 8]),
          scales: f32(scales, [2, rows]),
          g_idx: i32(order, [columns]),
        },
        value,
      )
    })

    it('reads AWQ', async function () {
      const places = [0, 2, 4, 6, 1, 3, 5, 7]
      const pack = (line: (unit: number) => number) =>
        Array.from({ length: rows / 8 }, (_, word) =>
          places.reduce((bits, place, nibble) => bits | (line(8 * word + place) << (4 * nibble)), 0),
        )
      await expectPacked(
        {
          qweight: i32(
            Array.from({ length: columns }, (_, column) => pack((unit) => codes[unit * columns + column]!)).flat(),
            [columns, rows / 8],
          ),
          qzeros: i32(
            [0, 1].flatMap((group) => pack((unit) => zeros[group * rows + unit]!)),
            [2, rows / 8],
          ),
          scales: f32(scales, [2, rows]),
        },
        value,
      )
    })

    it('reads four bits of bitsandbytes, their scales packed once more', async function () {
      const map = Array.from({ length: 16 }, (_, index) => (index - 7) / 8)
      const nested = Array.from({ length: 256 }, (_, index) => index / 255)
      const absmax = Uint8Array.from({ length: 64 }, (_, index) => (index * 5) % 256)
      const state = {
        quant_type: 'nf4',
        blocksize: 64,
        shape: [64, 64],
        dtype: 'bfloat16',
        nested_blocksize: 256,
        nested_offset: 0.25,
      }
      const packed = Uint8Array.from({ length: 2048 }, (_, index) => (codes[2 * index]! << 4) | codes[2 * index + 1]!)
      await expectPacked(
        {
          weight: { dtype: 'U8', shape: [2048, 1], bytes: packed },
          'weight.absmax': { dtype: 'U8', shape: [64], bytes: absmax },
          'weight.quant_map': f32(map, [16]),
          'weight.nested_absmax': f32([2], [1]),
          'weight.nested_quant_map': f32(nested, [256]),
          'weight.quant_state.bitsandbytes__nf4': {
            dtype: 'U8',
            shape: [JSON.stringify(state).length],
            bytes: Buffer.from(JSON.stringify(state)),
          },
        },
        (row, column) => map[codes[row * 64 + column]!]! * (Math.fround(nested[absmax[row]!]!) * 2 + 0.25),
      )
    })

    it('reads eight bits of bitsandbytes', async function () {
      const bytes = Uint8Array.from(codes, (code) => code - 8)
      const largest = Array.from({ length: 64 }, (_, row) => 1 + row)
      await expectPacked(
        {
          weight: { dtype: 'I8', shape: [64, 64], bytes },
          SCB: f32(largest, [64]),
        },
        (row, column) => ((codes[row * 64 + column]! - 8) * (1 + row)) / 127,
      )
    })

    it('says which packing has no reader', async function () {
      const tensors = llamaTensors(model)
      tensors['model.layers.0.mlp.gate_proj.weight_packed'] = i32([1, 2], [1, 2])
      delete tensors[LLAMA.gate(0)]
      const { reason } = await openSketchSource([contentOf('model.safetensors', safetensorsBytes(tensors))])
      expect(reason).to.contain('weight_packed')
    })
  })

  describe('for an adapter alone', function () {
    const normal = normalFrom(3)
    const list = (length: number) => Float32Array.from({ length }, normal)
    const [a, b] = [list(2 * 64), list(64 * 2)]
    const name = 'base_model.model.model.layers.1.mlp.gate_proj'
    const adapter = { [`${name}.lora_A.weight`]: f32(a, [2, 64]), [`${name}.lora_B.weight`]: f32(b, [64, 2]) }
    const config = {
      peft_type: 'LORA',
      r: 2,
      lora_alpha: 4,
      base_model_name_or_path: 'acme/tiny',
      target_modules: ['gate_proj'],
    }
    const files = (tensors: Record<string, StoredTensor>, stated: unknown = config) => [
      contentOf('adapter_model.safetensors', safetensorsBytes(tensors)),
      textContent('adapter_config.json', stated),
    ]

    it('cannot tell without the base, and names the one that it states', async function () {
      const error = await openSketchSource(files(adapter)).catch((caught: unknown) => caught)
      expect(error).to.be.instanceOf(CannotSketchError)
      expect((error as Error).message).to.contain('"acme/tiny"')
    })

    it('merges it into the base', async function () {
      const { source } = await openSketchSource(files(adapter), { base: llamaFiles(model) })
      const row = source.layers[1]!.gate.read(5, 1)
      const plain = model.layers[1]!.gate.subarray(5 * 64, 6 * 64)
      for (let column = 0; column < 64; column++) {
        const delta = 2 * (b[10]! * a[column]! + b[11]! * a[64 + column]!)
        expect(row[column]).to.be.closeTo(plain[column]! + delta, 1e-5)
      }
      expect(source.layers[0]!.gate.read(5, 1)).to.deep.equal(model.layers[0]!.gate.slice(5 * 64, 6 * 64))
      expect(compareWithSketch(source, makeSketch(expected)).verdict).to.equal('not-independent')
    })

    const wrong: [string, Record<string, StoredTensor>, unknown, string][] = [
      [
        'another width',
        { ...adapter, [`${name}.lora_A.weight`]: f32(list(64), [2, 32]) },
        config,
        'but the base has [64, 64]',
      ],
      [
        'a module that the base lacks',
        Object.fromEntries(
          Object.entries(adapter).map(([key, tensor]) => [key.replace('layers.1', 'layers.9'), tensor]),
        ),
        config,
        'layers.9',
      ],
      ['a module that it does not state', adapter, { ...config, target_modules: ['q_proj'] }, 'target_modules'],
      ['half of a module', { [`${name}.lora_A.weight`]: f32(a, [2, 64]) }, config, 'half'],
      ['a kind other than LoRA', adapter, { ...config, peft_type: 'IA3' }, 'not one of LoRA'],
    ]
    for (const [what, tensors, stated, message] of wrong) {
      it(`refuses one with ${what}`, async function () {
        const error = await openSketchSource(files(tensors, stated), { base: llamaFiles(model) }).catch(
          (caught: unknown) => caught,
        )
        expect(error).to.be.instanceOf(CannotSketchError)
        expect((error as Error).message).to.contain(message)
      })
    }
  })

  it('cannot tell about layers without a gate, and lists equal tensors all the same', async function () {
    const tensors = {
      'wte.weight': f32(model.embedding, [128, 64]),
      'h.0.mlp.c_fc.weight': f32(model.layers[0]!.gate, [64, 64]),
    }
    const { reason, source, exact } = await openSketchSource([
      contentOf('model.safetensors', safetensorsBytes(tensors)),
    ])
    expect(reason).to.contain('GPT-2')
    expect(source.layers).to.deep.equal([])
    expect(exact.tensors).to.have.length(2)
  })

  it('cannot tell without weights in a format that has a reader, or with several models', async function () {
    const gguf = ggufOf(model)
    const cases = [[textContent('README.md', 'x')], [contentOf('a-Q4_0.gguf', gguf), contentOf('a-Q8_0.gguf', gguf)]]
    for (const files of cases) {
      const error = await openSketchSource(files).catch((caught: unknown) => caught)
      expect(error).to.be.instanceOf(CannotSketchError)
    }
  })
})

async function expectPacked(
  parts: Record<string, StoredTensor>,
  value: (row: number, column: number) => number,
): Promise<void> {
  const tensors = llamaTensors(model)
  delete tensors[LLAMA.gate(0)]
  for (const [part, tensor] of Object.entries(parts)) tensors[`model.layers.0.mlp.gate_proj.${part}`] = tensor
  const { source, reason } = await openSketchSource([contentOf('model.safetensors', safetensorsBytes(tensors))])
  expect(reason).to.equal(null)
  const { gate } = source.layers[0]!
  expect([gate.rows, gate.columns]).to.deep.equal([64, 64])
  for (const row of [0, 1, 17, 63]) {
    for (const [column, number] of gate.read(row, 1).entries())
      expect(number, `${row}, ${column}`).to.be.closeTo(value(row, column), 1e-5)
  }
}

function expectSame(actual: SketchSource, wanted: SketchSource, error = 0): void {
  expect(actual.layers).to.have.length(wanted.layers.length)
  expectRows(actual.embedding, wanted.embedding, error)
  for (const [index, layer] of actual.layers.entries()) {
    expectRows(layer.gate, wanted.layers[index]!.gate, error)
    expectRows(layer.up, wanted.layers[index]!.up, error)
  }
}

function expectRows(actual: Rows, wanted: Rows, error: number): void {
  expect([actual.rows, actual.columns]).to.deep.equal([wanted.rows, wanted.columns])
  const [first, second] = [actual.read(0, actual.rows), wanted.read(0, wanted.rows)]
  for (let index = 0; index < first.length; index++) {
    if (Math.abs(first[index]! - second[index]!) > error * Math.abs(second[index]!) + error * 1e-3)
      expect(first[index], `number ${index}`).to.equal(second[index])
  }
  // From the middle, across the parts that rows are read from.
  expect([...actual.read(13, 5)]).to.deep.equal([...first.subarray(13 * actual.columns, 18 * actual.columns)])
}

function ggufTensorsOf({
  columns,
  embedding,
  layers,
}: RandomModel): Record<string, { type: number; shape: number[]; bytes: Uint8Array }> {
  const plain = (values: Float32Array, shape: number[]) => ({ type: 0, shape, bytes: f32(values, shape).bytes })
  const tensors: Record<string, { type: number; shape: number[]; bytes: Uint8Array }> = {
    'token_embd.weight': plain(embedding, [embedding.length / columns, columns]),
  }
  for (const [index, { gate, up, gain }] of layers.entries()) {
    tensors[`blk.${index}.ffn_gate.weight`] = plain(gate, [gate.length / columns, columns])
    tensors[`blk.${index}.ffn_up.weight`] = plain(up, [up.length / columns, columns])
    tensors[`blk.${index}.ffn_norm.weight`] = plain(gain, [columns])
  }
  return tensors
}

function ggufOf(source: RandomModel): Uint8Array {
  const { vocab } = (tokenizerJson(source) as { model: { vocab: Record<string, number> } }).model
  const entries: GgufEntry[] = [
    { key: 'tokenizer.ggml.model', text: 'gpt2' },
    { key: 'tokenizer.ggml.tokens', texts: Object.keys(vocab) },
    { key: 'tokenizer.ggml.token_type', numbers: Object.keys(vocab).map(() => 1) },
    { key: 'tokenizer.ggml.merges', texts: ['a b'] },
  ]
  return ggufBytes(entries, ggufTensorsOf(source))
}

function turned(values: number[], columns: number): number[] {
  const rows = values.length / columns
  return Array.from(
    { length: values.length },
    (_, index) => values[(index % rows) * columns + Math.floor(index / rows)]!,
  )
}

function halfBytes(value: number): number[] {
  const [sign, size] = [value < 0 ? 0x8000 : 0, Math.abs(value)]
  if (size === 0) return [0, sign >> 8]
  const exponent = Math.max(-14, Math.floor(Math.log2(size)))
  const fraction = Math.round((size / 2 ** exponent) * 1024)
  const bits = fraction < 1024 ? fraction : fraction - 1024 + ((exponent + 15) << 10)
  return [bits & 255, (bits >> 8) | (sign >> 8)]
}
