import { quoted } from '../../core/text.ts'
import type { Rows } from '../ports.ts'
import { CannotSketchError, elementsOf, type Tensor } from './content.ts'
import type { Tensors } from './openTensors.ts'

/** Largest packed tensor that is held in memory while its rows are read. */
const MAX_PACKED_BYTES = 2 ** 30
/** Bits of GPTQ whose numbers do not cross words. */
const GPTQ_BITS = [2, 4, 8]
/** Where AWQ puts the eight numbers of a word: number i is in nibble AWQ_ORDER[i]. */
const AWQ_ORDER = [0, 4, 1, 5, 2, 6, 3, 7]

/**
 * The rows of a linear layer by the name of its module, such as `model.layers.0.mlp.gate_proj`: plain, with the scales of 8-bit floats, or
 * as GPTQ, AWQ and bitsandbytes pack it. Undefined when there is no such module.
 *
 * @throws {@link CannotSketchError} naming a packing or a type that has no reader
 */
export function linearRows(tensors: Tensors, module: string): Rows | undefined {
  const weight = tensors.get(`${module}.weight`) ?? tensors.get(module)
  if (tensors.has(`${module}.qweight`)) return qweightRows(tensors, module)
  const packed = [`${module}.weight_packed`, `${module}.weight.blocks`, `${module}_blocks`].find((name) =>
    tensors.has(name),
  )
  if (packed !== undefined)
    throw new CannotSketchError(`${quoted(packed)} is packed in a way that has no reader.`, REPACK)
  if (weight === undefined) return undefined
  if (tensors.has(`${weight.name}.absmax`)) return bitsandbytesRows(tensors, weight)
  if (tensors.has(`${module}.SCB`)) return int8Rows(weight, tensors.get(`${module}.SCB`)!)
  const inverse = tensors.get(`${weight.name}_scale_inv`) ?? tensors.get(`${weight.name}_scale`)
  return inverse === undefined ? matrixRows(weight) : scaledRows(weight, inverse)
}

const REPACK = 'Use the model before it was quantized, or its GGUF.'

/** A matrix as rows: the last dimension are its columns, all others count as rows. */
export function matrixRows(tensor: Tensor): Rows {
  const { read, shape } = tensor
  if (read === null) {
    throw new CannotSketchError(
      `${quoted(tensor.name)} has numbers of type ${tensor.dtype}, which has no reader.`,
      REPACK,
    )
  }
  if (shape.length < 2)
    throw new CannotSketchError(`${quoted(tensor.name)} has ${shape.length} dimensions, not two.`, REPACK)
  const columns = shape.at(-1)!
  return { rows: rowsIn(shape), columns, read: (first, count) => read(first * columns, count * columns) }
}

function rowsIn(shape: readonly number[]): number {
  return elementsOf(shape.slice(0, -1))
}

/** 8-bit floats with a scale for all, for each row, or for each block. */
function scaledRows(weight: Tensor, scale: Tensor): Rows {
  const plain = matrixRows(weight)
  const scales = allOf(scale)
  const grid = scale.shape.length < 2 ? [scales.length, 1] : scale.shape.slice(-2)
  const [down, across] = grid as [number, number]
  if (down < 1 || across < 1 || down > plain.rows || across > plain.columns || down * across !== scales.length)
    throw new CannotSketchError(`The scales ${quoted(scale.name)} do not fit ${quoted(weight.name)}.`, REPACK)
  const [high, wide] = [blockOf(plain.rows, down), blockOf(plain.columns, across)]
  return {
    ...plain,
    read(first, count) {
      const values = plain.read(first, count)
      for (let row = 0; row < count; row++) {
        const line = Math.floor((first + row) / high) * across
        for (let column = 0; column < plain.columns; column++)
          values[row * plain.columns + column]! *= scales[line + Math.floor(column / wide)]!
      }
      return values
    },
  }
}

/** How many rows or columns a block has: 128 where that is what the number of scales means, else an equal share. */
function blockOf(length: number, scales: number): number {
  return Math.ceil(length / 128) === scales ? 128 : Math.ceil(length / scales)
}

/** Eight-bit integers of bitsandbytes, with the largest magnitude of each row. */
function int8Rows(weight: Tensor, largest: Tensor): Rows {
  const plain = matrixRows(weight)
  const scales = allOf(largest)
  if (scales.length !== plain.rows)
    throw new CannotSketchError(`The scales ${quoted(largest.name)} do not fit ${quoted(weight.name)}.`, REPACK)
  return {
    ...plain,
    read: (first, count) =>
      plain
        .read(first, count)
        .map((value, index) => (value * scales[first + Math.floor(index / plain.columns)]!) / 127),
  }
}

/** Numbers of four bits of bitsandbytes: a table of 16 values, and the largest magnitude of each block, which may be packed once more. */
function bitsandbytesRows(tensors: Tensors, weight: Tensor): Rows {
  const name = weight.name
  const state = ['nf4', 'fp4'].map((type) => tensors.get(`${name}.quant_state.bitsandbytes__${type}`)).find(Boolean)
  const map = tensors.get(`${name}.quant_map`)
  if (state === undefined || map === undefined || state.length > 65_536)
    throw new CannotSketchError(`${quoted(name)} lacks the state of its quantization.`, REPACK)
  const { rows, columns, blocksize, nestedSize, nestedOffset } = stateOf(name, state)
  if (weight.length * 2 !== rows * columns + ((rows * columns) % 2))
    throw new CannotSketchError(`${quoted(name)} does not have the shape that its state says.`, REPACK)
  const values = allOf(map)
  const scales = magnitudes(tensors, name, nestedSize, nestedOffset)
  if (values.length !== 16 || scales.length < Math.ceil((rows * columns) / blocksize))
    throw new CannotSketchError(`The scales of ${quoted(name)} do not fit it.`, REPACK)
  return {
    rows,
    columns,
    read(first, count) {
      const [from, length] = [first * columns, count * columns]
      const start = Math.floor(from / 2)
      const bytes = weight.bytes(start, Math.ceil((from + length) / 2) - start)
      return Float32Array.from({ length }, (_, index) => {
        const at = from + index
        const byte = bytes[Math.floor(at / 2) - start]!
        return values[at % 2 === 0 ? byte >> 4 : byte & 15]! * scales[Math.floor(at / blocksize)]!
      })
    },
  }
}

type PackedState = { rows: number; columns: number; blocksize: number; nestedSize: number; nestedOffset: number }

function stateOf(name: string, tensor: Tensor): PackedState {
  let state: Record<string, unknown>
  try {
    state = JSON.parse(new TextDecoder().decode(tensor.bytes(0, tensor.length))) as Record<string, unknown>
  } catch {
    state = {}
  }
  const shape = Array.isArray(state?.shape) ? (state.shape as unknown[]) : []
  const [rows, columns] = shape
  const [blocksize, nestedSize = 256, nestedOffset = 0] = [
    state?.blocksize,
    state?.nested_blocksize,
    state?.nested_offset,
  ]
  const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0
  if (shape.length !== 2 || ![rows, columns, blocksize, nestedSize].every(isSize) || typeof nestedOffset !== 'number')
    throw new CannotSketchError(`The state of ${quoted(name)} has no shape or block size.`, REPACK)
  return { rows, columns, blocksize, nestedSize, nestedOffset } as PackedState
}

function magnitudes(tensors: Tensors, name: string, nestedSize: number, nestedOffset: number): Float32Array {
  const absmax = tensors.get(`${name}.absmax`)!
  const [nested, map] = [tensors.get(`${name}.nested_absmax`), tensors.get(`${name}.nested_quant_map`)]
  const plain = allOf(absmax)
  if (nested === undefined || map === undefined) return plain
  const [outer, values] = [allOf(nested), allOf(map)]
  return plain.map((code, index) => (values[code] ?? 0) * (outer[Math.floor(index / nestedSize)] ?? 0) + nestedOffset)
}

function allOf(tensor: Tensor): Float32Array {
  if (tensor.read === null || tensor.length > MAX_PACKED_BYTES)
    throw new CannotSketchError(
      `${quoted(tensor.name)} has numbers of type ${tensor.dtype}, which has no reader.`,
      REPACK,
    )
  return tensor.read(0, elementsOf(tensor.shape))
}

/** GPTQ packs along a unit's inputs, AWQ along the units; the shapes of the scales and the words say which. */
function qweightRows(tensors: Tensors, module: string): Rows {
  const [words, zeros, scales] = ['qweight', 'qzeros', 'scales'].map((part) => tensors.get(`${module}.${part}`))
  if (!words || !zeros || !scales || words.shape.length !== 2 || zeros.shape.length !== 2 || scales.shape.length !== 2)
    throw new CannotSketchError(`${quoted(module)} lacks one of qweight, qzeros and scales.`, REPACK)
  if (
    words.dtype !== 'I32' ||
    zeros.dtype !== 'I32' ||
    words.length > MAX_PACKED_BYTES ||
    zeros.length > MAX_PACKED_BYTES
  )
    throw new CannotSketchError(`${quoted(words.name)} is not of 32-bit words.`, REPACK)
  const units = scales.shape[1]!
  const isGptq = words.shape[1] === units
  const layout = isGptq ? gptqLayout(tensors, module, words, zeros, units) : awqLayout(module, words, zeros, units)
  const scaleOf = allOf(scales)
  const groups = scales.shape[0]!
  if (layout.groups !== groups)
    throw new CannotSketchError(`The groups of ${quoted(module)} do not fit its scales.`, REPACK)
  return {
    rows: units,
    columns: layout.inputs,
    read(first, count) {
      const [packed, offsets] = [wordsOf(tensors, words), wordsOf(tensors, zeros)]
      const out = new Float32Array(count * layout.inputs)
      for (let row = 0; row < count; row++) {
        const unit = first + row
        for (let input = 0; input < layout.inputs; input++) {
          const group = layout.groupOf(input)
          const code = layout.code(packed, input, unit)
          const zero = layout.zero(offsets, group, unit)
          out[row * layout.inputs + input] = (code - zero) * scaleOf[group * units + unit]!
        }
      }
      return out
    },
  }
}

type QweightLayout = {
  inputs: number
  groups: number
  groupOf(input: number): number
  code(words: Int32Array, input: number, unit: number): number
  zero(words: Int32Array, group: number, unit: number): number
}

/** Packed tensors of a model that are kept in memory: those that were read last. */
const WORDS = new WeakMap<Tensors, { tensor: Tensor; words: Int32Array }[]>()
/** A gate's words and zeros, and those of the up beside it. */
const KEPT = 4

/** The words of a tensor. A row takes one of every few words, so all of them are read at once. */
function wordsOf(tensors: Tensors, tensor: Tensor): Int32Array {
  const kept = WORDS.get(tensors) ?? []
  WORDS.set(tensors, kept)
  const known = kept.find((each) => each.tensor === tensor)
  if (known !== undefined) return known.words
  const bytes = tensor.bytes(0, tensor.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words = Int32Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => view.getInt32(4 * index, true))
  kept.push({ tensor, words })
  if (kept.length > KEPT) kept.shift()
  return words
}

function gptqLayout(tensors: Tensors, module: string, words: Tensor, zeros: Tensor, units: number): QweightLayout {
  const bits = (32 * zeros.shape[1]!) / units
  if (!GPTQ_BITS.includes(bits))
    throw new CannotSketchError(`${quoted(module)} is packed in ${bits} bits, which has no reader.`, REPACK)
  const each = 32 / bits
  const mask = 2 ** bits - 1
  const inputs = words.shape[0]! * each
  const groups = zeros.shape[0]!
  const order = tensors.get(`${module}.g_idx`)
  const listed = order === undefined ? undefined : allOf(order)
  if (listed !== undefined && (listed.length !== inputs || !listed.every((group) => group >= 0 && group < groups)))
    throw new CannotSketchError(`${quoted(`${module}.g_idx`)} does not fit its weights.`, REPACK)
  const size = Math.ceil(inputs / groups)
  return {
    inputs,
    groups,
    groupOf: (input) => (listed === undefined ? Math.floor(input / size) : listed[input]!),
    code: (packed, input, unit) =>
      (packed[Math.floor(input / each) * units + unit]! >>> (bits * (input % each))) & mask,
    // The first version of the format stores zeros less one.
    zero: (packed, group, unit) =>
      ((packed[group * zeros.shape[1]! + Math.floor(unit / each)]! >>> (bits * (unit % each))) & mask) + 1,
  }
}

function awqLayout(module: string, words: Tensor, zeros: Tensor, units: number): QweightLayout {
  const across = words.shape[1]!
  if (across * 8 !== units || zeros.shape[1] !== across)
    throw new CannotSketchError(`${quoted(module)} has neither the layout of GPTQ nor that of AWQ in 4 bits.`, REPACK)
  const inputs = words.shape[0]!
  const groups = zeros.shape[0]!
  const size = Math.ceil(inputs / groups)
  const nibble = (packed: Int32Array, line: number, unit: number) =>
    (packed[line * across + (unit >> 3)]! >>> (4 * AWQ_ORDER[unit & 7]!)) & 15
  return { inputs, groups, groupOf: (input) => Math.floor(input / size), code: nibble, zero: nibble }
}
