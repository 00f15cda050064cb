import { quoted } from '../../core/text.ts'
import { shardOf } from '../../interop/shards.ts'
import type { ExactTensors } from '../exact.ts'
import type { SketchSource } from '../ports.ts'
import { isAdapter, mergedTensors, parseAdapterConfig } from './adapter.ts'
import { CannotSketchError, readExactly, type FileContent } from './content.ts'
import { decoderLayout } from './decoderLayout.ts'
import { exactTensorDigests } from './exactTensors.ts'
import { onnxTensors } from './onnxTensors.ts'
import { ggufTensors, safetensorsTensors, type Tensors } from './openTensors.ts'
import {
  MAX_TOKENIZER_BYTES,
  tokenizerOfGguf,
  tokenizerOfJson,
  tokenizerOfModel,
  type Tokenizer,
} from './tokenizers.ts'

/** A model, read as far as sketches need it. */
export type OpenedSource = {
  source: SketchSource
  exact: ExactTensors
  /** Why the model's layers are not read, so that only equal tensors can be found; null when they are. */
  reason: string | null
  /** Whether that is because the tests do not apply to such a model, and not because something of it cannot be read. */
  isOutOfReach: boolean
}

const MAX_CONFIG_BYTES = 4 * 1024 * 1024

/**
 * Opens a model in safetensors, GGUF or ONNX by its files. Reads headers and the tokenizer; rows are read when a sketch needs them.
 *
 * @throws {@link CannotSketchError} when there are no weights in a format that has a reader, or weights of several models
 * @throws what the parsers of headers throw for a damaged file
 */
export async function openSketchSource(
  files: readonly FileContent[],
  options: openSketchSource.Options = {},
): Promise<OpenedSource> {
  const { tensors, tokenizer, modelType } = await openTensors(files, options.base)
  const exact: ExactTensors = {
    tensors: exactTensorDigests(tensors, options.base === undefined ? options.leaves : undefined),
    vocabulary: tokenizer?.vocabulary,
    merges: tokenizer?.merges,
  }
  try {
    const layout = decoderLayout(tensors, { modelType })
    return { source: { ...layout, tokens: tokenizer?.tokens ?? [] }, exact, reason: null, isOutOfReach: false }
  } catch (error) {
    if (!(error instanceof CannotSketchError)) throw error
    return { source: NO_LAYERS, exact, reason: error.message, isOutOfReach: error.isOutOfReach }
  }
}

export declare namespace openSketchSource {
  type Options = {
    /** Leaves of the model's tensors, where they were computed with its digest. */
    leaves?: readonly string[] | undefined
    /** The files of the base, for an adapter. */
    base?: readonly FileContent[] | undefined
  }
}

/** A model of which only tensors are compared. */
const NO_LAYERS: SketchSource = {
  embedding: { rows: 0, columns: 0, read: () => new Float32Array(0) },
  tokens: [],
  layers: [],
}

type Opened = { tensors: Tensors; tokenizer: Tokenizer | null; modelType: string | null }

async function openTensors(files: readonly FileContent[], base: readonly FileContent[] | undefined): Promise<Opened> {
  const gguf = files.filter(({ name }) => /\.gguf$/i.test(name))
  const safetensors = weightsOf(files.filter(({ name }) => /\.safetensors$/i.test(name)))
  const onnx = files.filter(({ name }) => /\.onnx$/i.test(name))
  if (safetensors.length > 0) return openSafetensors(files, safetensors, base)
  if (gguf.length > 0) {
    requireOneModel(gguf)
    const { tensors, metadata } = await ggufTensors(gguf)
    return { tensors, tokenizer: tokenizerOfGguf(metadata), modelType: null }
  }
  if (onnx.length === 0)
    throw new CannotSketchError(
      'There are no weights in safetensors, GGUF or ONNX.',
      'Convert the model to safetensors.',
    )
  requireOneModel(onnx)
  return { tensors: onnxTensors(onnx[0]!), tokenizer: tokenizerOf(files), modelType: configOf(files) }
}

async function openSafetensors(
  files: readonly FileContent[],
  weights: readonly FileContent[],
  base: readonly FileContent[] | undefined,
): Promise<Opened> {
  const tensors = await safetensorsTensors(weights)
  if (!isAdapter(tensors)) return { tensors, tokenizer: tokenizerOf(files), modelType: configOf(files) }
  const config = fileNamed(files, 'adapter_config.json')
  const parsed = parseAdapterConfig(config === undefined ? '{}' : textOf(config, MAX_CONFIG_BYTES))
  if (base === undefined) {
    const named = parsed.base === null ? 'its base' : `its base (it names ${quoted(parsed.base)})`
    throw new CannotSketchError(
      'The files are an adapter alone.',
      `Give ${named}, so that it can be merged, or use the merged model.`,
      true,
    )
  }
  const opened = await openTensors(base, undefined)
  return {
    tensors: mergedTensors(opened.tensors, tensors, parsed),
    tokenizer: tokenizerOf(files) ?? opened.tokenizer,
    modelType: opened.modelType,
  }
}

/** Of a folder with the weights twice, as some publishers add those of their own program, the ones for transformers. */
function weightsOf(files: readonly FileContent[]): FileContent[] {
  const usual = files.filter(({ name }) => /(?:^|\/)(?:model|pytorch_model)[\w.-]*\.safetensors$/i.test(name))
  const top = usual.filter(({ name }) => !name.includes('/'))
  return top.length > 0 ? top : usual.length > 0 ? usual : [...files]
}

/** Refuses several models in one folder, such as quantizations of one: which of them is meant is not known. */
function requireOneModel(files: readonly FileContent[]): void {
  const models = new Set(files.map(({ name }) => shardOf(name)?.pattern ?? name))
  if (models.size > 1)
    throw new CannotSketchError(`The folder has ${models.size} models in files of their own.`, 'Name one of the files.')
}

function tokenizerOf(files: readonly FileContent[]): Tokenizer | null {
  const json = fileNamed(files, 'tokenizer.json')
  const fromJson = json === undefined ? null : tokenizerOfJson(textOf(json, MAX_TOKENIZER_BYTES))
  if (fromJson !== null) return fromJson
  const model = files.find(({ name }) => /(?:^|\/)(?:tokenizer\.model|[\w.-]+\.tiktoken)$/.test(name))
  return model === undefined ? null : tokenizerOfModel(model)
}

function configOf(files: readonly FileContent[]): string | null {
  const config = fileNamed(files, 'config.json')
  if (config === undefined) return null
  try {
    const { model_type: type, text_config: text } = JSON.parse(textOf(config, MAX_CONFIG_BYTES)) as Record<
      string,
      unknown
    >
    const inner = (text as Record<string, unknown> | undefined)?.model_type ?? type
    return typeof inner === 'string' ? inner : null
  } catch {
    return null
  }
}

function fileNamed(files: readonly FileContent[], name: string): FileContent | undefined {
  return files.find((file) => file.name === name) ?? files.find((file) => file.name.endsWith(`/${name}`))
}

/** The text of a small file; empty for one that is too long. */
function textOf(file: FileContent, most: number): string {
  return file.size > most ? '' : new TextDecoder().decode(readExactly(file, 0, file.size))
}
