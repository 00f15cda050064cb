import type { FileContent } from '../../fingerprint/readers/content.ts'
import { shardOf } from '../../interop/shards.ts'
import type { ModelView } from '../ports.ts'

/** Files that are weights of one model, with the files beside them that a reader needs. */
export type WeightSet = {
  /** What a finding calls it: the name of its first file. */
  name: string
  files: readonly FileContent[]
}

/** The weights of a folder. */
export type FoundWeights = {
  sets: readonly WeightSet[]
  /** Names of files that may be weights, in formats without a reader. */
  unread: readonly string[]
}

type Kind = 'safetensors' | 'gguf' | 'onnx'
type Weights = { content: FileContent; kind: Kind }

/** What readers need besides weights. */
const BESIDE = /(?:^|\/)(?:tokenizer\.json|tokenizer\.model|[\w.-]+\.tiktoken|config\.json|adapter_config\.json)$/
/** Files of weights in formats that have no reader. Small ones hold settings or the state of a training. */
const OTHER = /\.(?:bin|pt|pth|ckpt|pkl|pickle|h5|keras|npz|npy|msgpack|pb|tflite|mlmodel|params|pdparams|nemo)$/i
const OTHER_BYTES = 1024 * 1024
/** The usual names of weights: other files beside them are of another model, or the same in another layout. */
const USUAL = /^(?:model|pytorch_model)[\w.-]*$/i
/** Longest header of a safetensors file. */
const MAX_HEADER = 100_000_000n

/**
 * Finds what is to be compared in a folder: each file of weights belongs to a set, so that a set which no program loads does not hide another. A file's
 * first bytes say what it is, because some programs take any name.
 */
export function weightSetsOf(model: ModelView): FoundWeights {
  const beside: FileContent[] = []
  const weights: Weights[] = []
  const unread: string[] = []
  for (const { name, size } of model.files) {
    const content = lazyContent(model, name, size)
    const kind = kindOf(content)
    if (kind !== null) weights.push({ content, kind })
    else if (BESIDE.test(name)) beside.push(content)
    else if (OTHER.test(name) && size >= OTHER_BYTES) unread.push(name)
  }
  const sets = groupsOf(weights).flatMap((group) => setsOf(group, nearest(beside, group.folder)))
  return { sets, unread }
}

/** A file that is opened when it is read: a folder may have more files than can be open. */
function lazyContent(model: ModelView, name: string, size: number): FileContent {
  return { name, size, read: (offset, length) => model.file(name)?.read(offset, length) ?? new Uint8Array(0) }
}

function kindOf({ name, size, read }: FileContent): Kind | null {
  if (size < 16) return null
  const head = read(0, 16)
  const start = new TextDecoder('latin1').decode(head)
  if (start.startsWith('GGUF')) return 'gguf'
  if (head.length === 16 && start[8] === '{') {
    const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true)
    if (length > 0n && length <= MAX_HEADER && length <= BigInt(size - 8)) return 'safetensors'
  }
  return /\.onnx$/i.test(name) ? 'onnx' : null
}

type Group = { folder: string; kind: Kind; files: FileContent[] }

/** Files of one kind in one folder. */
function groupsOf(weights: readonly Weights[]): Group[] {
  const groups = new Map<string, Group>()
  for (const { content, kind } of weights) {
    const folder = content.name.slice(0, content.name.lastIndexOf('/') + 1)
    const group = groups.get(`${kind} ${folder}`) ?? { folder, kind, files: [] }
    groups.set(`${kind} ${folder}`, group)
    group.files.push(content)
  }
  return [...groups.values()]
}

function setsOf({ kind, files }: Group, beside: readonly FileContent[]): WeightSet[] {
  const together = kind === 'safetensors' ? files.filter(({ name }) => USUAL.test(baseOf(name))) : []
  const apart = new Map<string, FileContent[]>()
  for (const file of files.filter((each) => !together.includes(each))) {
    const pattern = shardOf(file.name)?.pattern ?? file.name
    apart.set(pattern, [...(apart.get(pattern) ?? []), file])
  }
  const lists = [together, ...apart.values()]
  // Without a usual name, the files may be parts of one model as well as models of their own.
  if (kind === 'safetensors' && together.length === 0 && apart.size > 1) lists.unshift(files)
  return lists
    .filter(({ length }) => length > 0)
    .map((list) => ({ name: list[0]!.name, files: [...list.map((file) => named(file, kind)), ...beside] }))
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** Readers choose a format by the end of the name. */
function named(file: FileContent, kind: Kind): FileContent {
  return file.name.toLowerCase().endsWith(`.${kind}`) ? file : { ...file, name: `${file.name}.${kind}` }
}

/** The files beside the weights, those of the same folder first and by their bare names. */
function nearest(beside: readonly FileContent[], folder: string): FileContent[] {
  const near = beside.filter(({ name }) => name.startsWith(folder))
  const far = beside.filter(({ name }) => !name.startsWith(folder))
  return [...near.map((file) => ({ ...file, name: file.name.slice(folder.length) })), ...far]
}
