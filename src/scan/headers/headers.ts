import { StemmaError } from '../../core/errors.ts'
import { parseGgufHeader } from '../../interop/gguf/parseGgufHeader.ts'
import { parseSafetensorsHeader } from '../../interop/safetensors.ts'
import type { Content, Rule, ScanContext, Scanner } from '../ports.ts'
import { hasMagic } from '../serialisation/formats/content.ts'
import { FindingLimit } from '../serialisation/formats/findingLimit.ts'
import { readOnnx } from '../serialisation/formats/onnxModel.ts'
import { judgeOnnxHeader, ONNX_LIMITS } from './onnxHeader.ts'
import { judgeShardIndexes, MAX_INDEX_BYTES } from './shardIndexes.ts'
import { sourceOf } from './source.ts'

const REMEDY = 'Do not load the file; download it again from its publisher, or convert the model again.'

const RULES: readonly Rule[] = [
  {
    id: 'safetensors.header',
    level: 'fail',
    finds: 'A safetensors header that its specification forbids, or that the file contradicts',
    remedy: REMEDY,
  },
  {
    id: 'safetensors.type',
    level: 'unknown',
    finds: 'A safetensors file with a type that the format does not define',
    remedy: REMEDY,
  },
  { id: 'safetensors.index', level: 'fail', finds: 'An index of shards that the shards contradict', remedy: REMEDY },
  {
    id: 'gguf.header',
    level: 'fail',
    finds: 'A GGUF header that its specification forbids, or that the file contradicts',
    remedy: REMEDY,
  },
  {
    id: 'gguf.type',
    level: 'unknown',
    finds: 'A GGUF file of a version or with a type that cannot be judged',
    remedy: REMEDY,
  },
  { id: 'onnx.header', level: 'fail', finds: 'An ONNX tensor whose data do not fit its dimensions', remedy: REMEDY },
]

type Format = 'safetensors' | 'gguf' | 'onnx'

/** Errors of the readers that say that they cannot judge, and not that the file is wrong. */
const UNKNOWN_CODES: Readonly<Record<string, string>> = {
  SAFETENSORS_DTYPE: 'safetensors.type',
  GGUF_VERSION: 'gguf.type',
  GGUF_TYPE: 'gguf.type',
  GGUF_NAME: 'gguf.type',
}

/** Holds safetensors, GGUF and ONNX files against their specifications. */
export const headersScanner: Scanner = {
  id: 'headers',
  version: 1,
  rules: RULES,
  settings: { onnx: ONNX_LIMITS, unknown: UNKNOWN_CODES, indexBytes: MAX_INDEX_BYTES },
  scanFile: (content) => formatOf(content) !== null,
  scanModel: async (model, context) => {
    for (const { name } of model.files) {
      const content = model.file(name)
      if (content !== undefined) await judgeHeader(content, context)
    }
    await judgeShardIndexes(model, context)
  },
}

/** Judges the header of one file or member; returns whether it has one that is judged. */
export async function judgeHeader(content: Content, context: Pick<ScanContext, 'found'>): Promise<boolean> {
  const format = formatOf(content)
  if (format === null) return false
  const found: ScanContext['found'] = (finding) =>
    context.found({ ...finding, file: content.file, member: content.member })
  if (format === 'onnx') {
    const model = readOnnx(content)
    const limit = new FindingLimit({ found })
    if (model !== null) judgeOnnxHeader(model, limit)
    limit.end()
    return true
  }
  try {
    await (format === 'gguf' ? parseGgufHeader : parseSafetensorsHeader)(sourceOf(content))
  } catch (error) {
    if (!(error instanceof StemmaError)) throw error
    found({ rule: UNKNOWN_CODES[error.code] ?? `${format}.header`, what: error.message })
  }
  return true
}

/** The format that the bytes or else the name state. */
function formatOf(content: Content): Format | null {
  if (hasMagic(content, 0, 'GGUF') || /\.gguf$/i.test(content.file)) return 'gguf'
  if (/\.safetensors$/i.test(content.file) || isSafetensors(content)) return 'safetensors'
  return readOnnx(content) === null ? null : 'onnx'
}

/** Whether the content begins with a length that it has room for, and an object of JSON. */
function isSafetensors(content: Content): boolean {
  if (content.size < 10) return false
  const head = content.read(0, 10)
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true)
  return (
    length >= 2n &&
    length <= BigInt(content.size - 8) &&
    head[8] === 0x7b &&
    (head[9] === 0x22 || head[9] === 0x7d || head[9] === 0x20)
  )
}
