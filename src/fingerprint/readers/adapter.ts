import { quoted } from '../../core/text.ts'
import { CannotSketchError, elementsOf, type Tensor } from './content.ts'
import type { Tensors } from './openTensors.ts'

/** What `adapter_config.json` of PEFT says that merging needs. */
export type AdapterConfig = {
  /** The model that the adapter says it was made for; null where it does not say. */
  base: string | null
  /** Rank, where a tensor does not say. */
  rank: number
  alpha: number
  /** Whether alpha is divided by the root of the rank. */
  isRankStabilized: boolean
  /** Modules that it says it changes; null where it does not list them. */
  targets: readonly string[] | null
}

const LORA = /^(?:base_model\.model\.)?(.*?)\.lora_(A|B)(?:\.default)?\.weight$/

/** Reads `adapter_config.json`. @throws {@link CannotSketchError} when it is not that of a LoRA adapter */
export function parseAdapterConfig(text: string): AdapterConfig {
  let value: Record<string, unknown>
  try {
    value = JSON.parse(text) as Record<string, unknown>
  } catch {
    value = {}
  }
  const { peft_type: type = 'LORA', r: rank, lora_alpha: alpha = rank, base_model_name_or_path: base } = value ?? {}
  if (type !== 'LORA' || typeof rank !== 'number' || typeof alpha !== 'number' || !(rank > 0))
    throw new CannotSketchError('The adapter is not one of LoRA with a rank.', MERGE)
  const targets = value.target_modules
  return {
    base: typeof base === 'string' ? base : null,
    rank,
    alpha,
    isRankStabilized: value.use_rslora === true,
    targets: Array.isArray(targets) ? targets.filter((target) => typeof target === 'string') : null,
  }
}

const MERGE = 'Merge it into its base, and use what comes out.'

/** Whether tensors are those of an adapter alone. */
export function isAdapter(tensors: Tensors): boolean {
  return tensors.size > 0 && [...tensors.keys()].every((name) => /lora_|modules_to_save/.test(name))
}

/**
 * The tensors of a base with an adapter merged in. Checks the adapter against the base: each module that it changes is there, has the
 * shape that its two matrices have, and is one of `target_modules`.
 *
 * @throws {@link CannotSketchError} when the adapter does not fit the base
 */
export function mergedTensors(base: Tensors, adapter: Tensors, config: AdapterConfig): Tensors {
  const merged = new Map(base)
  for (const [module, { a, b }] of modulesOf(adapter)) {
    const name = `${module}.weight`
    const weight = base.get(name)
    if (a === undefined || b === undefined)
      throw new CannotSketchError(`The adapter has half of ${quoted(module)}.`, MERGE)
    if (weight === undefined)
      throw new CannotSketchError(`The adapter changes ${quoted(module)}, which the base does not have.`, OTHER)
    const [rows, columns] = weight.shape
    if (weight.shape.length !== 2 || a.shape[1] !== columns || b.shape[0] !== rows || a.shape[0] !== b.shape[1])
      throw new CannotSketchError(
        `The adapter changes ${quoted(module)} by [${b.shape.join(', ')}] x [${a.shape.join(', ')}], but the base has [${weight.shape.join(', ')}].`,
        OTHER,
      )
    if (config.targets !== null && !config.targets.some((target) => module === target || module.endsWith(`.${target}`)))
      throw new CannotSketchError(
        `The adapter changes ${quoted(module)}, which is not one of its target_modules.`,
        OTHER,
      )
    merged.set(name, mergedTensor(weight, a, b, config))
  }
  return merged
}

const OTHER = 'It was not made for this base as it says; name another base.'

function modulesOf(adapter: Tensors): Map<string, { a?: Tensor; b?: Tensor }> {
  const modules = new Map<string, { a?: Tensor; b?: Tensor }>()
  for (const [name, tensor] of adapter) {
    const match = LORA.exec(name)
    if (match === null)
      throw new CannotSketchError(`The adapter has ${quoted(name)}, which is not part of a LoRA.`, MERGE)
    const module = modules.get(match[1]!) ?? {}
    modules.set(match[1]!, match[2] === 'A' ? { ...module, a: tensor } : { ...module, b: tensor })
  }
  return modules
}

function mergedTensor(weight: Tensor, a: Tensor, b: Tensor, { alpha, isRankStabilized }: AdapterConfig): Tensor {
  const { read } = weight
  if (read === null || a.read === null || b.read === null)
    throw new CannotSketchError(
      `${quoted(weight.name)} has numbers of type ${weight.dtype}, which has no reader.`,
      MERGE,
    )
  const rank = a.shape[0]!
  const columns = weight.shape[1]!
  const scale = alpha / (isRankStabilized ? Math.sqrt(rank) : rank)
  let kept: { down: Float32Array; up: Float32Array } | undefined
  return {
    ...weight,
    read(first, count) {
      kept ??= { down: a.read!(0, elementsOf(a.shape)), up: b.read!(0, elementsOf(b.shape)) }
      const values = read(first, count)
      for (let index = 0; index < count; index++) {
        const row = Math.floor((first + index) / columns)
        const column = (first + index) % columns
        let sum = 0
        for (let each = 0; each < rank; each++) sum += kept.up[row * rank + each]! * kept.down[each * columns + column]!
        values[index]! += scale * sum
      }
      return values
    },
  }
}
