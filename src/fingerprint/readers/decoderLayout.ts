import type { GatedLayer, Rows } from '../ports.ts'
import { CannotSketchError, elementsOf, type Tensor } from './content.ts'
import type { Tensors } from './openTensors.ts'
import { linearRows, matrixRows } from './packedRows.ts'

/** What the model's configuration says that the names of its tensors do not. */
export type LayoutHints = {
  /** `model_type` of config.json; null where there is none. */
  modelType: string | null
}

/** Names of the tensor that has the embeddings, behind any prefix. */
const EMBEDDING =
  /(?:^|\.)(?:embed_tokens|tok_embeddings|word_embeddings|wte|embed_in|tokens_embed)\.weight$|^token_embd\.weight$|(?:^|\.)embed_tokens$/
/** A layer: what is before its number, the number, and what is behind it. */
const LAYER = /^(.*?)(?:layers|blocks|block|blk|h)\.(\d{1,4})\.(.+)$/
/** Models whose norms store their gain less 1. */
const GAIN_LESS_ONE = new Set([
  'gemma',
  'gemma2',
  'gemma3',
  'gemma3_text',
  'paligemma',
  'recurrent_gemma',
  'qwen3_next',
])

/** Pairs of modules of a gated layer: gate and up, behind the layer's number. */
const GATED: readonly (readonly [gate: string, up: string])[] = [
  ['mlp.gate_proj', 'mlp.up_proj'],
  ['feed_forward.gate_proj', 'feed_forward.up_proj'],
  ['feed_forward.w1', 'feed_forward.w3'],
  ['mlp.w1', 'mlp.w3'],
  ['mlp.c_fc_0', 'mlp.c_fc_1'],
  ['ffn_gate', 'ffn_up'],
]
/** Qwen's first models call the gate w2 and the up w1. */
const SWAPPED = ['mlp.w2', 'mlp.w1'] as const
/** Modules that have gate and up in one matrix, the gate first. */
const FUSED = ['mlp.gate_up_proj', 'mlp.gate_and_up_proj', 'ffn_up', 'mlp.dense_h_to_4h']
/** Gate and up of one expert, with `{e}` for its number. */
const EXPERTS: readonly (readonly [gate: string, up: string])[] = [
  ['mlp.experts.{e}.gate_proj', 'mlp.experts.{e}.up_proj'],
  ['block_sparse_moe.experts.{e}.w1', 'block_sparse_moe.experts.{e}.w3'],
  ['feed_forward.experts.{e}.w1', 'feed_forward.experts.{e}.w3'],
  ['feed_forward.experts.{e}.gate_proj', 'feed_forward.experts.{e}.up_proj'],
  ['ffn_gate.{e}', 'ffn_up.{e}'],
]
/** Gates and ups of all experts in one tensor each. */
const STACKED: readonly (readonly [gate: string, up: string])[] = [
  ['ffn_gate_exps', 'ffn_up_exps'],
  ['mlp.experts.gate_proj', 'mlp.experts.up_proj'],
  ['ffn.experts.mlp.w1', 'ffn.experts.mlp.v1'],
]
/** Gates and ups of all experts in one tensor. */
const FUSED_EXPERTS = ['mlp.experts.gate_up_proj', 'feed_forward.experts.gate_up_proj']
/** An expert that every token passes, whose units stand behind the others. */
const SHARED: readonly (readonly [gate: string, up: string])[] = [
  ['mlp.shared_expert.gate_proj', 'mlp.shared_expert.up_proj'],
  ['mlp.shared_experts.gate_proj', 'mlp.shared_experts.up_proj'],
  ['feed_forward.shared_expert.gate_proj', 'feed_forward.shared_expert.up_proj'],
  ['ffn_gate_shexp', 'ffn_up_shexp'],
]
/** Norms before the gated layer, the surest name first. */
const NORMS = [
  'pre_feedforward_layernorm',
  'ffn_norm',
  'post_attention_norm',
  'post_attention_layernorm',
  'mlp_norm',
  'norm_2.norm',
  'norm_2',
  'ln_2',
]
/** With this norm behind the layer and none named before it, the one behind the attention does not act on what the gate takes. */
const NORM_BEHIND = ['post_feedforward_layernorm', 'post_ffw_norm']
/** Layers without a gate. */
const PLAIN_LAYER = /(?:mlp\.c_fc|mlp\.fc1|mlp\.fc_in|mlp\.dense_h_to_4h|intermediate\.dense|fc1)\.weight$/
const MAX_EXPERTS = 4_096

/** The embeddings and the gated layers that tensors have, by their names. @throws {@link CannotSketchError} */
export function decoderLayout(tensors: Tensors, { modelType }: LayoutHints): { embedding: Rows; layers: GatedLayer[] } {
  const embedding = embeddingOf(tensors)
  const columns = embedding.columns
  const prefix = prefixOf(tensors, columns)
  const layers: GatedLayer[] = []
  for (const number of layerNumbers(tensors, prefix)) {
    const layer = gatedLayer(tensors, `${prefix}${number}.`, columns, modelType)
    if (layer !== undefined) layers.push(layer)
  }
  if (layers.length === 0) throw new CannotSketchError(whyNot(tensors), 'Compare what it does, not its weights.', true)
  return { embedding, layers }
}

function whyNot(tensors: Tensors): string {
  return [...tensors.keys()].some((name) => PLAIN_LAYER.test(name))
    ? 'The layers of the model have no gate, as those of GPT-2, BERT and OPT, for which the tests were not measured.'
    : 'The names of the tensors are not those of a decoder with gated layers.'
}

function embeddingOf(tensors: Tensors): Rows {
  const names = [...tensors.keys()].filter((name) => EMBEDDING.test(name))
  // A vision or audio tower may have embeddings of its own; the language model has the most rows.
  const [name] = names.toSorted((a, b) => tensors.get(b)!.shape[0]! - tensors.get(a)!.shape[0]! || (a < b ? -1 : 1))
  if (name !== undefined) return linearRows(tensors, name.replace(/\.weight$/, ''))!
  // Tied weights may be stored once, as the head.
  const head = ['lm_head.weight', 'output.weight'].find((each) => tensors.has(each))
  if (head !== undefined) return matrixRows(tensors.get(head)!)
  throw new CannotSketchError(
    'The model has no token embeddings by a known name.',
    'Compare what it does, not its weights.',
    true,
  )
}

/** What is before the layers' numbers: of several stacks, such as a vision tower's, that whose gates are as wide as the embeddings. */
function prefixOf(tensors: Tensors, columns: number): string {
  const counts = new Map<string, number>()
  for (const [name, tensor] of tensors) {
    const match = LAYER.exec(name)
    if (match === null) continue
    const prefix = name.slice(0, name.length - match[3]!.length - match[2]!.length - 1)
    const isMatrix = /gate|up|w1|w2|w3|c_fc|dense_h_to_4h|qweight/.test(match[3]!)
    if (isMatrix && tensor.shape.includes(columns)) counts.set(prefix, (counts.get(prefix) ?? 0) + 2)
    else if (!counts.has(prefix)) counts.set(prefix, 0)
  }
  const [first] = [...counts].toSorted(([a, many], [b, others]) => others - many || (a < b ? -1 : 1))
  return first?.[0] ?? ''
}

function layerNumbers(tensors: Tensors, prefix: string): number[] {
  const numbers = new Set<number>()
  for (const name of tensors.keys()) {
    const match = name.startsWith(prefix) ? /^(\d{1,4})\./.exec(name.slice(prefix.length)) : null
    if (match !== null) numbers.add(Number(match[1]))
  }
  return [...numbers].toSorted((a, b) => a - b)
}

function gatedLayer(
  tensors: Tensors,
  prefix: string,
  columns: number,
  modelType: string | null,
): GatedLayer | undefined {
  const parts = [...plainParts(tensors, prefix, columns, modelType), ...expertParts(tensors, prefix, columns)]
  if (parts.length === 0) return undefined
  return {
    gate: joined(parts.map(([gate]) => gate)),
    up: joined(parts.map(([, up]) => up)),
    gain: gainOf(tensors, prefix, columns, modelType),
  }
}

type Part = readonly [gate: Rows, up: Rows]

function plainParts(tensors: Tensors, prefix: string, columns: number, modelType: string | null): Part[] {
  const pairs = modelType === 'qwen' ? [SWAPPED] : GATED
  for (const [gate, up] of pairs) {
    const part = pairOf(tensors, prefix + gate, prefix + up)
    if (part !== undefined) return [part]
  }
  for (const module of FUSED) {
    const rows = linearRows(tensors, prefix + module)
    if (rows === undefined || rows.columns !== columns || rows.rows % 2 !== 0) continue
    // The same names are used for layers without a gate; theirs are as wide as what follows.
    if (!isFused(tensors, prefix, module, rows)) continue
    return [halvesOf(rows)]
  }
  return []
}

/** Whether what takes a matrix's output takes half of its rows. */
function isFused(tensors: Tensors, prefix: string, module: string, rows: Rows): boolean {
  if (/gate/.test(module)) return true
  const down = module === 'ffn_up' ? 'ffn_down' : 'mlp.dense_4h_to_h'
  const after = tensors.get(`${prefix}${down}.weight`)
  return after !== undefined && after.shape.at(-1) === rows.rows / 2
}

function expertParts(tensors: Tensors, prefix: string, columns: number): Part[] {
  const parts: Part[] = []
  for (const [gate, up] of EXPERTS) {
    for (let expert = 0; expert < MAX_EXPERTS; expert++) {
      const at = (module: string) => prefix + module.replace('{e}', String(expert))
      const part = pairOf(tensors, at(gate), at(up))
      if (part === undefined) break
      parts.push(part)
    }
  }
  for (const [gate, up] of STACKED) parts.push(...listOf(pairOf(tensors, prefix + gate, prefix + up)))
  for (const module of FUSED_EXPERTS) {
    const tensor = tensors.get(prefix + module) ?? tensors.get(`${prefix}${module}.weight`)
    if (tensor !== undefined) parts.push(...fusedExperts(tensor, columns))
  }
  for (const [gate, up] of SHARED) parts.push(...listOf(pairOf(tensors, prefix + gate, prefix + up)))
  return parts
}

function pairOf(tensors: Tensors, gate: string, up: string): Part | undefined {
  const [first, second] = [linearRows(tensors, gate), linearRows(tensors, up)]
  return first === undefined || second === undefined ? undefined : [first, second]
}

function listOf(part: Part | undefined): Part[] {
  return part === undefined ? [] : [part]
}

/** The two halves of a matrix as gate and up. */
function halvesOf(rows: Rows): Part {
  const half = rows.rows / 2
  return [
    { ...rows, rows: half },
    { ...rows, rows: half, read: (first, count) => rows.read(half + first, count) },
  ]
}

/** Experts in one tensor of three dimensions: (expert, gate and up, column), or (expert, column, gate and up), as transformers has them. */
function fusedExperts(tensor: Tensor, columns: number): Part[] {
  const [experts, second, third] = tensor.shape
  if (tensor.shape.length !== 3 || experts! > MAX_EXPERTS) return []
  const isTurned = second === columns && third !== columns
  const both = isTurned ? third! : second!
  if ((isTurned ? second : third) !== columns || both % 2 !== 0) return []
  const rows = isTurned ? turnedRows(tensor, experts!, columns, both) : matrixRows(tensor)
  return Array.from({ length: experts! }, (_, expert) => {
    const at = (first: number) => expert * both + first
    const part = (from: number): Rows => ({
      rows: both / 2,
      columns,
      read: (first, count) => rows.read(at(from + first), count),
    })
    return [part(0), part(both / 2)] as const
  })
}

/** Rows of the transposed matrices of experts. One expert is held in memory. */
function turnedRows(tensor: Tensor, experts: number, columns: number, rows: number): Rows {
  const plain = matrixRows(tensor)
  let kept: { expert: number; values: Float32Array } | undefined
  return {
    rows: experts * rows,
    columns,
    read(first, count) {
      const out = new Float32Array(count * columns)
      for (let index = 0; index < count; index++) {
        const expert = Math.floor((first + index) / rows)
        if (kept?.expert !== expert) kept = { expert, values: plain.read(expert * columns, columns) }
        const row = (first + index) % rows
        for (let column = 0; column < columns; column++)
          out[index * columns + column] = kept.values[column * rows + row]!
      }
      return out
    },
  }
}

/** Several matrices of one width below each other. */
function joined(parts: readonly Rows[]): Rows {
  const [first] = parts
  if (parts.length === 1) return first!
  const starts: number[] = []
  let rows = 0
  for (const part of parts) {
    if (part.columns !== first!.columns)
      throw new CannotSketchError(
        'The experts of a layer have rows of different lengths.',
        'Check that all files are of one model.',
      )
    starts.push(rows)
    rows += part.rows
  }
  return {
    rows,
    columns: first!.columns,
    read(from, count) {
      const out = new Float32Array(count * first!.columns)
      for (const [index, part] of parts.entries()) {
        const begin = Math.max(from, starts[index]!)
        const end = Math.min(from + count, starts[index]! + part.rows)
        if (begin < end) out.set(part.read(begin - starts[index]!, end - begin), (begin - from) * first!.columns)
      }
      return out
    },
  }
}

function gainOf(tensors: Tensors, prefix: string, columns: number, modelType: string | null): Float32Array {
  const isBehind = NORM_BEHIND.some((name) => tensors.has(`${prefix}${name}.weight`))
  for (const name of NORMS) {
    if (isBehind && name.startsWith('post_attention')) continue
    const norm = tensors.get(`${prefix}${name}.weight`)
    if (norm?.read === undefined || norm.read === null || elementsOf(norm.shape) !== columns) continue
    const gain = norm.read(0, columns)
    return modelType !== null && GAIN_LESS_ONE.has(modelType) ? gain.map((value) => value + 1) : gain
  }
  return new Float32Array(columns).fill(1)
}
