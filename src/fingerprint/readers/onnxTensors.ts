import { CannotSketchError, type FileContent, readExactly, type Tensor } from './content.ts'
import { plainTensor } from './openTensors.ts'
import { wireFields } from './wire.ts'

/** Largest ONNX file that is read: larger ones keep their weights beside them. A protobuf message cannot be longer. */
const MAX_ONNX_BYTES = 2 ** 31 - 1
/** How deep graphs may stand in the branches of others. */
const MAX_DEPTH = 8

/** Types of ONNX's numbers as safetensors names them. */
const DTYPES: Readonly<Record<number, string>> = {
  1: 'F32',
  2: 'U8',
  3: 'I8',
  4: 'U16',
  5: 'I16',
  6: 'I32',
  7: 'I64',
  10: 'F16',
  11: 'F64',
  12: 'U32',
  13: 'U64',
  16: 'BF16',
}
const DTYPE_BYTES: Readonly<Record<string, number>> = {
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  F32: 4,
  I32: 4,
  U32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
}

/**
 * The initialisers and constants of an ONNX file, also those in the branches of its graph. Of two with one name, the later gets a
 * number behind it. Weights in files beside it are left out.
 *
 * @throws {@link CannotSketchError} when the file is too large, or keeps all its weights beside it
 */
export function onnxTensors(file: FileContent): Map<string, Tensor> {
  if (file.size > MAX_ONNX_BYTES)
    throw new CannotSketchError('An ONNX file has more than 2 GiB.', 'Use the model in another format.')
  const found: Found = { tensors: new Map(), isExternal: false }
  for (const { field, bytes } of wireFields(readExactly(file, 0, file.size))) {
    if (field === 7 && bytes !== null) addGraph(found, bytes, 0)
  }
  if (found.tensors.size === 0 && found.isExternal)
    throw new CannotSketchError(
      'The ONNX file keeps its weights in files beside it.',
      'Use the model in another format.',
    )
  return found.tensors
}

type Found = { tensors: Map<string, Tensor>; isExternal: boolean }

function addGraph(found: Found, graph: Uint8Array, depth: number): void {
  if (depth > MAX_DEPTH) return
  for (const { field, bytes } of wireFields(graph)) {
    if (bytes === null) continue
    if (field === 5) addTensor(found, bytes)
    if (field === 1) addNode(found, bytes, depth)
  }
}

/** The tensors and graphs of a node's attributes, such as a constant's value and a condition's branches. */
function addNode(found: Found, node: Uint8Array, depth: number): void {
  for (const { field, bytes: attribute } of wireFields(node)) {
    if (field !== 5 || attribute === null) continue
    for (const { field: part, bytes } of wireFields(attribute)) {
      if (bytes === null) continue
      if (part === 5 || part === 10) addTensor(found, bytes)
      if (part === 6 || part === 11) addGraph(found, bytes, depth + 1)
    }
  }
}

function addTensor(found: Found, message: Uint8Array): void {
  const shape: number[] = []
  let [name, type, isExternal] = ['', 0, false]
  let raw: Uint8Array | undefined
  for (const { field, value, bytes } of wireFields(message)) {
    if (field === 1) shape.push(...(bytes === null ? [value] : packed(bytes)))
    if (field === 2) type = value
    if (field === 8 && bytes !== null) name = new TextDecoder().decode(bytes)
    // Raw bytes, or a packed list of 32-bit or 64-bit floats, which has the same bytes.
    if ((field === 9 || field === 4 || field === 10) && bytes !== null && bytes.length > 0) raw = bytes
    if (field === 14 && value === 1) isExternal = true
  }
  found.isExternal ||= isExternal
  const dtype = DTYPES[type]
  if (raw === undefined || dtype === undefined || isExternal || shape.length > 16) return
  const elements = shape.reduce((product, count) => product * count, 1)
  if (elements === 0 || elements * DTYPE_BYTES[dtype]! !== raw.length) return
  let key = name
  for (let number = 2; found.tensors.has(key); number++) key = `${name} ${number}`
  const data = raw
  const content = {
    name: key,
    size: data.length,
    read: (offset: number, count: number) => data.subarray(offset, offset + count),
  }
  found.tensors.set(key, plainTensor(content, { name: key, dtype, shape, offset: 0, length: data.length }))
}

function packed(bytes: Uint8Array): number[] {
  const values: number[] = []
  let [value, scale] = [0, 1]
  for (const byte of bytes) {
    value += (byte & 127) * scale
    scale *= 128
    if (byte < 128) {
      values.push(value)
      ;[value, scale] = [0, 1]
    }
    if (values.length > 16) break
  }
  return values
}
