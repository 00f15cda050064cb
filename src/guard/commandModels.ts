import { readdirSync, statSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'

/** A model that a command loads. */
export type CommandModel = { reference: string; isAdapter: boolean }

/** Names by which engines take adapters: llama.cpp, vLLM, SGLang, TGI, mlx_lm and PEFT. */
const ADAPTER_OPTIONS =
  /^--?(lora|lora-scaled|lora-modules|lora-paths|lora-adapters|lora-weights|lora-path|adapter|adapter-path|adapters|adapter-model|control-vector|control-vector-scaled|enable-lora)$/
/** Names by which engines take models, beside the base. */
const MODEL_OPTIONS =
  /^--?(m|model|model-path|model-id|model-dir|model-name-or-path|pretrained|ckpt|checkpoint|weights|md|draft|model-draft|draft-model|speculative-model|speculative-config|speculative-draft-model-path|mm|mmproj|mv|model-vocoder|vae|clip|tokenizer|hf-config-path|base-model|diffusion-model|t5xxl|encoder|decoder|f|file|load)$/

/** Words in names of options that engines have for models of their own kinds; and words by which an option writes, or means something else. */
const ADAPTER_WORDS = /lora|adapter/
const MODEL_WORDS = /model|checkpoint|ckpt|weights|vae|control-?net|clip|t5xxl|vocoder|draft/
const OTHER_WORDS = /out|save|export|write|log|cache|name|alias/
/** Words by which an option names a folder of folders, from which an engine loads what it is asked for. */
const FOLDER_WORDS = /dir|folder|models/

/** What files of weights are called. */
const WEIGHT_FILES =
  /\.(safetensors|gguf|ggml|bin|pt|pth|ckpt|onnx|h5|hdf5|keras|tflite|pkl|pickle|joblib|npz|npy|nemo|mar|llamafile|msgpack|pte|engine|mlmodel|pb|pdparams)$/i
/** What is in the folder of a model, if no weights are at its top. */
const MODEL_NAMES = new Set(['config.json', 'adapter_config.json', 'model_index.json', 'saved_model.pb', 'params.json'])
/** What is between words of a shell, of JSON, and of lists. */
const SEPARATORS = /[\s"'`,;=(){}[\]<>|&$\\]+/
/** Most entries of a folder that are looked at. */
const MOST_ENTRIES = 20_000
/** How deep models are looked for in a folder that an option names, and among how many entries of each. */
const MOST_DEPTH = 2
const MOST_BELOW = 200
/** Most texts of a command that are looked at. */
const MOST_CANDIDATES = 20_000

type Candidate = { path: string; kind: 'model' | 'adapter' | 'unknown'; depth?: number }

/**
 * Finds the models among the arguments of a command: paths of folders or files with weights. Adapters are judged like the base.
 *
 * @throws {@link NoModelInCommandError} when there is none
 * @throws {@link AmbiguousCommandError} when it has several, and no option says which of them the command loads
 */
export function modelsInCommand(command: readonly string[], cwd: string): readonly CommandModel[] {
  const found = foundIn(command, cwd)
  const unknown = found.filter(({ kind }) => kind === 'unknown')
  if (!found.some(({ kind }) => kind !== 'adapter')) throw new NoModelInCommandError(command)
  if (unknown.length > 1 && !found.some(({ kind }) => kind === 'model')) {
    throw new AmbiguousCommandError(unknown.map(({ path }) => path))
  }
  return found.map(({ path, kind }) => ({ reference: pathReference(path), isAdapter: kind === 'adapter' }))
}

/**
 * The models that options of a command name beside those that the user named: what a command is given by such an option, it loads.
 *
 * @param named absolute paths of what the user named; what is one of them, or below one, is known
 */
export function namedByOptions(command: readonly string[], named: readonly string[], cwd: string): CommandModel[] {
  const isKnown = (path: string): boolean => named.some((each) => path === each || path.startsWith(`${each}/`))
  return foundIn(command, cwd)
    .filter(({ path, kind }) => kind !== 'unknown' && !isKnown(resolve(cwd, path)))
    .map(({ path, kind }) => ({ reference: pathReference(path), isAdapter: kind === 'adapter' }))
}

function foundIn([program = '', ...args]: readonly string[], cwd: string): Candidate[] {
  const candidates = candidatesIn(args)
  // A llamafile is a program with its weights.
  if (/\.llamafile$/i.test(program)) candidates.push({ path: program, kind: 'model' })
  if (candidates.length > MOST_CANDIDATES) throw new LongCommandError(candidates.length)
  return distinct(
    candidates.filter(({ path, depth = 0 }) => isModel(resolve(cwd, path), depth)),
    cwd,
  )
}

/** A text that is a path and never a reference of a store, such as a folder named `hf:…`. */
export function pathReference(path: string): string {
  return /^(\.{0,2}\/|\.{1,2}$)/.test(path) ? path : `./${path}`
}

/** Every text of the arguments that could be a path, with what the option before it says of it. */
function candidatesIn(args: readonly string[]): Candidate[] {
  const candidates: Candidate[] = []
  let kind: Candidate['kind'] = 'unknown'
  let depth = 0
  for (const argument of args) {
    const [, option, value] = /^(--?[A-Za-z][\w.-]*)(?:=(.*))?$/s.exec(argument) ?? []
    if (option !== undefined) {
      kind = kindOf(option)
      depth = kind !== 'unknown' && FOLDER_WORDS.test(option) ? MOST_DEPTH : 0
      if (value !== undefined) candidates.push(...pathsIn(value, kind, depth))
      continue
    }
    candidates.push(...pathsIn(argument, kind, depth))
    // Only options of adapters take several values.
    if (kind !== 'adapter') [kind, depth] = ['unknown', 0]
  }
  return candidates
}

function kindOf(option: string): Candidate['kind'] {
  const name = option.replaceAll('_', '-').toLowerCase()
  if (ADAPTER_OPTIONS.test(name)) return 'adapter'
  if (MODEL_OPTIONS.test(name)) return 'model'
  if (OTHER_WORDS.test(name)) return 'unknown'
  if (ADAPTER_WORDS.test(name)) return 'adapter'
  return MODEL_WORDS.test(name) ? 'model' : 'unknown'
}

/**
 * The paths in a value: the value itself; `name=path`, `path:scale` and JSON as adapters are named; and each word of it that looks like a path, as
 * in the line of a shell, in JSON, and in lists.
 */
function pathsIn(value: string, kind: Candidate['kind'], depth: number): Candidate[] {
  const paths = [value, ...value.split(SEPARATORS).filter((word) => word.includes('/') || WEIGHT_FILES.test(word))]
  if (kind === 'adapter') {
    paths.push(...value.split(','))
    for (const part of value.split(',')) {
      paths.push(part.slice(part.indexOf('=') + 1), part.replace(/:[\d.]+$/, ''))
    }
    paths.push(...pathsOfJson(value))
  }
  return [...new Set(paths)]
    .filter((path) => path !== '' && path.length <= 4096 && !path.includes('\0'))
    .map((path) => ({ path, kind, depth }))
}

function pathsOfJson(value: string): string[] {
  if (!/^[[{]/.test(value)) return []
  try {
    const parsed = JSON.parse(value) as unknown
    const items = Array.isArray(parsed) ? parsed : [parsed]
    return items.flatMap((item: unknown) => {
      const { path, local_path: local } = (item ?? {}) as Record<string, unknown>
      return [path, local].filter((each) => typeof each === 'string')
    })
  } catch {
    return []
  }
}

/** Each path once; what an option says of it comes before what is not said. */
function distinct(candidates: readonly Candidate[], cwd: string): Candidate[] {
  const found = new Map<string, Candidate>()
  for (const candidate of candidates) {
    const key = resolve(cwd, candidate.path)
    const known = found.get(key)
    if (known === undefined || known.kind === 'unknown') found.set(key, candidate)
  }
  return [...found.values()]
}

/** Whether there is a model at a path, by the names of its files; also of those in folders so far below. */
function isModel(path: string, depth: number): boolean {
  try {
    const stats = statSync(path)
    if (stats.isFile()) return WEIGHT_FILES.test(basename(path)) || /^sha256[-:]/.test(basename(path))
    if (!stats.isDirectory()) return false
    const names = readdirSync(path).slice(0, MOST_ENTRIES)
    if (names.some((name) => MODEL_NAMES.has(name) || (WEIGHT_FILES.test(name) && extname(name) !== ''))) return true
    // One with more entries is not looked through, and judged.
    return depth > 0 && (names.length > MOST_BELOW || names.some((name) => isModel(join(path, name), depth - 1)))
  } catch {
    return false
  }
}

/** Thrown when a command is too long to look for models in it. */
export class LongCommandError extends StemmaError {
  override name = 'LongCommandError'
  constructor(words: number) {
    super(
      'LONG_COMMAND',
      `The command has ${words} words that could be paths of models, more than the ${MOST_CANDIDATES} that are looked at. Put long texts into a file.`,
    )
  }
}

/** Thrown when no argument of a command is the path of a model. */
export class NoModelInCommandError extends StemmaError {
  override name = 'NoModelInCommandError'
  constructor(command: readonly string[]) {
    super(
      'NO_MODEL_IN_COMMAND',
      `No argument of ${quoted(command.join(' '))} is the path of a model's folder or file. Name what it loads: --model <path>, or --model hf:owner/name for what is in the Hub's cache; --model may be repeated.`,
    )
  }
}

/** Thrown when a command has several paths of models, and which of them it loads is not clear. */
export class AmbiguousCommandError extends StemmaError {
  override name = 'AmbiguousCommandError'
  constructor(paths: readonly string[]) {
    const listed = paths
      .slice(0, 8)
      .map((path) => quoted(path))
      .join(', ')
    super(
      'AMBIGUOUS_COMMAND',
      `Several arguments are paths of models: ${listed}. Name those that the command loads: --model <path>, which may be repeated.`,
    )
  }
}
