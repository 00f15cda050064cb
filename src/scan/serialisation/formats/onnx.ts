import { quoted } from '../../../core/text.ts'
import type { FormatReader, Judge, ModelView, ScanContext } from '../../ports.ts'
import { baseNameOf, leavesFolder } from './content.ts'
import { FindingLimit } from './findingLimit.ts'
import { readOnnx, type OnnxModel } from './onnxModel.ts'

/** Domains whose operations runtimes bring with them. */
export const ONNX_DOMAINS = [
  '',
  'ai.onnx',
  'ai.onnx.ml',
  'ai.onnx.training',
  'ai.onnx.preview.training',
  'com.microsoft',
  'com.microsoft.nchwc',
  'com.microsoft.experimental',
  'com.ms.internal.nhwc',
  'com.microsoft.dml',
  'com.microsoft.extensions',
  'ai.onnx.contrib',
  'pkg.onnxscript.torch_lib',
  'pkg.onnxscript.torch_lib.common',
  'pkg.torch',
  'org.pytorch.aten',
] as const
/** Operations of the domains above that run code of Python. */
export const ONNX_CODE =
  /^(ai\.onnx\.contrib|com\.microsoft(\.extensions)?|[\w.]*):(Py(thon)?(Op|Func)\w*|PyCustomOp\w*|EPContext)$/i

/** Judges ONNX files by their content: where tensors' data are, and what the operations are. */
export const readOnnxFile: FormatReader = (content, judge) => {
  const model = readOnnx(content)
  if (model === null) {
    if (!baseNameOf(content).endsWith('.onnx')) return false
    judge.found({ rule: 'onnx.broken', what: `${quoted(baseNameOf(content))} is not an ONNX model` })
    return true
  }
  if (model.isBroken) judge.found({ rule: 'onnx.broken', what: 'The model breaks off, or is nested too deeply' })
  judgeExternal(model, judge)
  judgeOperations(model, judge)
  return true
}

function judgeExternal(model: OnnxModel, judge: Judge): void {
  const limit = new FindingLimit(judge)
  for (const { name, external, isExternal, offset } of model.tensors) {
    if (!isExternal) continue
    const locations = external.filter(([key]) => key === 'location').map(([, value]) => value)
    const fault = locations.length === 1 ? faultOf(locations[0]!, external) : `has ${locations.length} locations`
    if (fault !== null) limit.found({ rule: 'onnx.external-data', what: `Tensor ${quoted(name)} ${fault}`, offset })
  }
  limit.end()
}

function faultOf(location: string, external: readonly (readonly [string, string])[]): string | null {
  // Runtimes keep tensors in memory under names like this one; in a file it is an address that they would follow.
  if (location === '' || location.startsWith('*/') || leavesFolder(location)) return `lies in ${quoted(location)}`
  const keys = new Set<string>()
  for (const [key, value] of external) {
    if (keys.has(key)) return `states ${quoted(key)} twice`
    keys.add(key)
    if ((key === 'offset' || key === 'length') && !/^\d{1,15}$/.test(value)) return `has the ${key} ${quoted(value)}`
    if (!['location', 'offset', 'length', 'checksum', 'basepath'].includes(key)) return `has the entry ${quoted(key)}`
    if (key === 'basepath' && leavesFolder(value)) return `lies in ${quoted(value)}`
  }
  return null
}

function judgeOperations(model: OnnxModel, judge: Judge): void {
  const limit = new FindingLimit(judge)
  for (const [key, offset] of model.operations) {
    if (model.ownFunctions.has(key)) continue
    const domain = key.slice(0, key.indexOf(':'))
    if (ONNX_CODE.test(key))
      limit.found({ rule: 'onnx.custom-operation', level: 'fail', what: `Operation ${quoted(key)} runs code`, offset })
    else if (!(ONNX_DOMAINS as readonly string[]).includes(domain))
      limit.found({ rule: 'onnx.custom-operation', what: `Operation ${quoted(key)}`, offset, library: domain })
  }
  limit.end()
}

/** Checks that the files in which ONNX tensors lie are in the folder, and long enough. */
export function judgeOnnxFolder(model: ModelView, context: ScanContext): void {
  for (const { name } of model.files) {
    // Runtimes load a model under any name. These begin otherwise, or are text.
    if (/\.(safetensors|gguf|json|txt|md|py|jinja|ya?ml)$/i.test(name)) continue
    const content = model.file(name)
    const onnx = content === undefined ? null : readOnnx(content)
    if (onnx !== null) judgeFiles(name, onnx, model, context)
  }
}

function judgeFiles(file: string, onnx: OnnxModel, model: ModelView, context: ScanContext): void {
  const limit = new FindingLimit({ found: (finding) => context.found({ ...finding, file }) })
  const sizes = new Map(model.files.map(({ name, size }) => [name, size]))
  const folder = file.slice(0, file.lastIndexOf('/') + 1)
  const missing = new Set<string>()
  for (const { name, external, offset } of onnx.tensors) {
    const entries = new Map(external)
    const location = entries.get('location')
    if (location === undefined || faultOf(location, external) !== null) continue
    const path = folder + location.replace(/^(\.\/)+/, '')
    const size = sizes.get(path)
    if (size === undefined) missing.add(location)
    else if (Number(entries.get('offset') ?? 0) + Number(entries.get('length') ?? 0) > size)
      limit.found({
        rule: 'onnx.external-data',
        what: `Tensor ${quoted(name)} ends after the end of ${quoted(location)}`,
        offset,
      })
    else if (path === file)
      limit.found({ rule: 'onnx.external-data', what: `Tensor ${quoted(name)} lies in the model's own file`, offset })
  }
  for (const each of missing)
    limit.found({ rule: 'onnx.external-data', what: `The folder has no file ${quoted(each)}`, level: 'unknown' })
  limit.end()
}
