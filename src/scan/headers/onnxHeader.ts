import { quoted } from '../../core/text.ts'
import type { FindingLimit } from '../serialisation/formats/findingLimit.ts'
import type { OnnxModel, OnnxTensor } from '../serialisation/formats/onnxModel.ts'

/** What an ONNX file may state. */
export const ONNX_LIMITS = { newestIrVersion: 20, dimensions: 32 }

/** Bits of one element, by the number of its type; strings have none. */
const BITS: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
  24: 8,
  25: 2,
  26: 2,
}
const STRING = 8
const ELEMENTS_LIMIT = 2n ** 63n

/** Holds the version and the tensors of an ONNX model against the specification. */
export function judgeOnnxHeader(model: OnnxModel, limit: FindingLimit): void {
  const { irVersion, tensors } = model
  if (irVersion < 1n || irVersion > BigInt(ONNX_LIMITS.newestIrVersion))
    limit.found({ rule: 'onnx.header', what: `The IR version is ${irVersion}`, level: 'unknown' })
  for (const tensor of tensors) {
    const fault = faultOf(tensor)
    if (fault !== null)
      limit.found({ rule: 'onnx.header', what: `Tensor ${quoted(tensor.name)} ${fault}`, offset: tensor.offset })
  }
}

function faultOf({ dims, dataType, rawLength, isExternal, external }: OnnxTensor): string | null {
  if (dims.length > ONNX_LIMITS.dimensions) return `has ${dims.length} dimensions`
  if (dims.some((each) => each < 0n)) return 'has a negative dimension'
  let elements = 1n
  for (const each of dims) {
    elements *= each
    if (elements >= ELEMENTS_LIMIT) return 'has more elements than 2^63'
  }
  const bits = BITS[dataType]
  if (bits === undefined && dataType !== STRING) return `has the type ${dataType}, which ONNX does not define`
  if (rawLength !== null && isExternal) return 'has data inside and outside the file'
  if (rawLength !== null && bits === undefined) return 'is of texts, but has raw data'
  const length = bits === undefined ? null : (elements * BigInt(bits) + 7n) / 8n
  if (rawLength !== null && length !== BigInt(rawLength)) return `needs ${length} bytes, but has ${rawLength}`
  const stated = external.find(([key]) => key === 'length')?.[1]
  if (stated !== undefined && /^\d{1,15}$/.test(stated) && length !== null && BigInt(stated) !== length)
    return `needs ${length} bytes, but states ${stated}`
  return null
}
