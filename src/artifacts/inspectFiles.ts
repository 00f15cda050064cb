import { posix } from 'node:path'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import type { ByteSource } from '../interop/byteSource.ts'
import { isLfsPointer, MAX_LFS_POINTER_BYTES } from '../interop/gitLfs.ts'
import { parseGgufHeader } from '../interop/gguf/parseGgufHeader.ts'
import { parseSafetensorsHeader } from '../interop/safetensors.ts'
import { parseShardIndex, shardOf } from '../interop/shards.ts'
import { isLeftOut } from '../interop/modelFolder.ts'
import { DEFAULT_IGNORED_PATHS } from '../interop/oms.ts'
import { hubSnapshotOf, unfinishedDownloads } from './hubCache.ts'
import type { ModelFile } from './modelFile.ts'

/** A problem of a model's files. */
export type ModelProblem = {
  kind:
    | 'lfs-pointer'
    | 'html-page'
    | 'empty-file'
    | 'unfinished-download'
    | 'missing-part'
    | 'stale-index'
    | 'damaged-header'
    | 'unsupported-header'
    | 'no-weights'
  /** Whether files or parts of them are missing, so that nobody should register the model as it is. */
  incomplete: boolean
  /** Names of the files that it is about, from the model's folder. */
  files: string[]
  /** What happened, and what to do. */
  message: string
}

const WEIGHTS = /\.(safetensors|gguf|ggml|bin|pt|pth|ckpt|h5|keras|onnx|msgpack|npz|npy|tflite|pb|mlmodel|nemo|pkl)$/i
const UNFINISHED = /\.(incomplete|part|partial|crdownload|aria2)$/i
/** Files that a saved page of HTML can stand in for. */
const DOWNLOADS = /\.(json|model|tiktoken)$/i
const INDEX = /\.(safetensors|bin)\.index\.json$/
/** Bytes in which the beginning of a page of HTML is looked for. */
const HEAD_BYTES = 256
const MAX_INDEX_BYTES = 64 * 1024 * 1024
/** Most files that a message names. */
const NAMED_FILES = 3
/** Most missing files that a problem lists. A name or an index can state any number. */
const LISTED_FILES = 100
/** Lists of folders that sentence-transformers loads. */
const MODULES = /(^|\/)modules\.json$/
/** Errors of a header whose file is cut short. */
const CUT_SHORT = ['FILE_TRUNCATED', 'SAFETENSORS_LENGTH', 'SAFETENSORS_BOUNDS', 'GGUF_BOUNDS', 'GGUF_COUNT']
/** Errors of a header that may be intact, but not for every program. */
const UNSUPPORTED = ['GGUF_VERSION', 'GGUF_TYPE', 'GGUF_NAME', 'SAFETENSORS_DTYPE']

/**
 * Looks for what goes wrong with downloads: Git LFS pointers and pages of HTML in place of files, empty and unfinished files,
 * missing parts of split weights, an index that does not fit the files, headers of safetensors and GGUF that are damaged,
 * and folders without weights. Reads headers only, and of a file that is not at hand only an index.
 *
 * @throws {@link UncountedFileError} when an index names a file that is there for a loader but not in the digest
 */
export async function inspectFiles(
  files: readonly ModelFile[],
  { isFolder, root, uncounted = new Set(DEFAULT_IGNORED_PATHS) }: inspectFiles.Options,
): Promise<ModelProblem[]> {
  const contents = new Map<string, Content>()
  for (const file of files) contents.set(file.name, await contentOf(file))
  const problems = [
    ...problemsOfFiles(contents),
    ...(root === undefined ? [] : await interruptedDownload(root)),
    ...(await indexProblems(files, contents, uncounted)),
    ...missingParts(contents),
    ...headerProblems(contents),
  ]
  if (isFolder && !files.some(({ name }) => WEIGHTS.test(name))) {
    problems.push({
      kind: 'no-weights',
      incomplete: false,
      files: [],
      message:
        'The folder has no file of weights, so the digest is of other files only. Check that it is the right one.',
    })
  }
  return problems
}

export declare namespace inspectFiles {
  type Options = {
    /** Whether the model is a folder or a repository; false for a model that is one file. */
    isFolder: boolean
    /** Absolute path of the folder, for one on this disk. */
    root?: string | undefined
    /** Paths that the digest leaves out though the caller did not ask for it. */
    uncounted?: ReadonlySet<string>
  }
}

/**
 * Refuses a model of which files, or parts of them, are missing.
 *
 * @throws {@link IncompleteModelError}
 */
export function requireComplete(problems: readonly ModelProblem[]): void {
  const found = problems.filter(({ incomplete }) => incomplete)
  if (found.length > 0) throw new IncompleteModelError(found)
}

/** What a file is found to be. */
type Content =
  | { kind: 'lfs-pointer' | 'html-page' | 'empty-file' | 'other' }
  | { kind: 'header'; tensors: ReadonlySet<string>; split: { number: number; count: number } | undefined }
  | { kind: 'error'; error: StemmaError }

async function contentOf({ name, size, atHand, open }: ModelFile): Promise<Content> {
  const isWeights = WEIGHTS.test(name)
  if (size === 0) return { kind: isWeights || DOWNLOADS.test(name) ? 'empty-file' : 'other' }
  if (!atHand) return { kind: 'other' }
  return open(async (source): Promise<Content> => {
    if (source.size <= MAX_LFS_POINTER_BYTES && isLfsPointer(await source.read(0, source.size)))
      return { kind: 'lfs-pointer' }
    if ((isWeights || DOWNLOADS.test(name)) && (await isHtmlPage(source))) return { kind: 'html-page' }
    try {
      if (/\.safetensors$/i.test(name)) {
        const { tensors } = await parseSafetensorsHeader(named(source, name))
        return { kind: 'header', tensors: namesOf(tensors), split: undefined }
      }
      if (/\.gguf$/i.test(name)) {
        const { tensors, metadata } = await parseGgufHeader(named(source, name))
        const [index, count] = [metadata.get('split.no'), metadata.get('split.count')]
        const isSplit = typeof index === 'number' && typeof count === 'number' && count > 1
        return { kind: 'header', tensors: namesOf(tensors), split: isSplit ? { number: index + 1, count } : undefined }
      }
    } catch (error) {
      if (error instanceof StemmaError) return { kind: 'error', error }
      throw error
    }
    return { kind: 'other' }
  })
}

/** The same bytes under the file's name in the model, which messages give. */
function named(source: ByteSource, name: string): ByteSource {
  return { ...source, path: name }
}

function namesOf(tensors: readonly { name: string }[]): Set<string> {
  return new Set(tensors.map(({ name }) => name))
}

async function isHtmlPage(source: ByteSource): Promise<boolean> {
  const head = new TextDecoder().decode(await source.read(0, Math.min(HEAD_BYTES, source.size)))
  return /^\s*(<!--[^>]*>\s*)?<(!doctype html|html|head|\?xml)\b/i.test(head)
}

/** Problems that a file has by itself: predicates for one file and for several, and what to do. */
const SENTENCES = {
  'lfs-pointer': [
    'is a Git LFS pointer, not the file itself',
    'are Git LFS pointers, not the files themselves',
    'Run "git lfs pull" in the folder, or download the model with "hf download".',
  ],
  'html-page': [
    'is a page of HTML, not the file that its name says',
    'are pages of HTML, not the files that their names say',
    'The server may have asked for a login; download again with "hf download".',
  ],
  'empty-file': ['is empty', 'are empty', 'Download again.'],
  'unfinished-download': [
    'is an unfinished download',
    'are unfinished downloads',
    'Finish the download, or delete what is left of it.',
  ],
} as const

function problemsOfFiles(contents: ReadonlyMap<string, Content>): ModelProblem[] {
  const unfinished = [...contents.keys()].filter((name) => UNFINISHED.test(name))
  const problem = (kind: keyof typeof SENTENCES, files: string[]): ModelProblem[] => {
    if (files.length === 0) return []
    const [one, several, remedy] = SENTENCES[kind]
    const message = `${listOf(files)} ${files.length === 1 ? one : several}. ${remedy}`
    return [{ kind, incomplete: true, files, message }]
  }
  return [
    ...problem('lfs-pointer', namesWith(contents, 'lfs-pointer')),
    ...problem('html-page', namesWith(contents, 'html-page')),
    ...problem('empty-file', namesWith(contents, 'empty-file')),
    ...problem('unfinished-download', unfinished),
  ]
}

/** What `hf download` left unfinished. In the shared cache it may belong to another commit. */
async function interruptedDownload(root: string): Promise<ModelProblem[]> {
  const files = await unfinishedDownloads(root)
  if (files.length === 0) return []
  const shared = hubSnapshotOf(root) !== undefined
  const message = `${listOf(files)} ${files.length === 1 ? 'is' : 'are'} left of a download that was interrupted${shared ? ', perhaps of another commit' : ', so files may be missing'}. Run "hf download" again.`
  return [{ kind: 'unfinished-download', incomplete: !shared, files, message }]
}

/** Compares each index of split weights with the files that it names. */
async function indexProblems(
  files: readonly ModelFile[],
  contents: ReadonlyMap<string, Content>,
  uncounted: ReadonlySet<string>,
): Promise<ModelProblem[]> {
  const problems: ModelProblem[] = []
  const textOf = ({ open }: ModelFile): Promise<string> =>
    open(async (source) => new TextDecoder().decode(await source.read(0, source.size)))
  for (const file of files) {
    const { name, size } = file
    if (MODULES.test(name) && size <= MAX_INDEX_BYTES)
      checkCounted(name, foldersOfModules(await textOf(file)), uncounted)
    if (!INDEX.test(name) || size > MAX_INDEX_BYTES || contents.get(name)!.kind !== 'other') continue
    const text = await textOf(file)
    try {
      const index = parseShardIndex(text, name)
      checkCounted(name, index.keys(), uncounted)
      problems.push(...compareWithIndex(name, index, contents))
    } catch (error) {
      if (!(error instanceof StemmaError) || error instanceof UncountedFileError) throw error
      problems.push({ kind: 'stale-index', incomplete: false, files: [name], message: error.message })
    }
  }
  return problems
}

/** The folders that a `modules.json` of sentence-transformers names; none when it is something else. */
function foldersOfModules(text: string): string[] {
  let modules: unknown
  try {
    modules = JSON.parse(text)
  } catch {
    return []
  }
  if (!Array.isArray(modules)) return []
  return modules.flatMap((module: unknown) => {
    const path = typeof module === 'object' && module !== null && 'path' in module ? module.path : undefined
    return typeof path === 'string' ? [path] : []
  })
}

/** Refuses names that lead a loader to files that are not in the digest: out of the folder, or to what is left out. */
function checkCounted(name: string, targets: Iterable<string>, uncounted: ReadonlySet<string>): void {
  for (const target of targets) {
    // Loaders on Windows read "\\" as "/".
    const written = target.replaceAll('\\', '/')
    const path = posix.join(posix.dirname(name), written)
    const leaves = /^(\/|[a-z]:)/i.test(written) || path.split('/')[0] === '..'
    if (leaves || isLeftOut(path, uncounted)) throw new UncountedFileError(name, target)
  }
}

function compareWithIndex(
  name: string,
  index: ReadonlyMap<string, ReadonlySet<string>>,
  contents: ReadonlyMap<string, Content>,
): ModelProblem[] {
  const folder = posix.dirname(name)
  const pathOf = (file: string) => posix.join(folder, file)
  const missing = [...index.keys()].map(pathOf).filter((file) => !contents.has(file))
  if (missing.length === index.size && [...contents.keys()].some((other) => WEIGHTS.test(other))) {
    const message = `${quoted(name)} names ${amount(missing.length, 'file')}, none of which is in the folder, but the folder has other weights. If those are all of the model, delete the index; else download the model again.`
    return [{ kind: 'stale-index', incomplete: false, files: [name], message }]
  }
  if (missing.length > 0) {
    const message = `${quoted(name)} names ${amount(index.size, 'file')}, of which ${missing.length} ${missing.length === 1 ? 'is' : 'are'} missing: ${listOf(missing)}. Download ${missing.length === 1 ? 'it' : 'them'}.`
    return [{ kind: 'missing-part', incomplete: true, files: missing.slice(0, LISTED_FILES), message }]
  }
  const absent: string[] = []
  const unlisted: string[] = []
  for (const [file, tensors] of index) {
    const content = contents.get(pathOf(file))!
    if (content.kind !== 'header') continue
    // Not push(...): there may be more tensors than a call can have arguments.
    for (const tensor of tensors) if (!content.tensors.has(tensor)) absent.push(tensor)
    for (const tensor of content.tensors) if (!tensors.has(tensor)) unlisted.push(tensor)
  }
  if (absent.length + unlisted.length === 0) return []
  const wrong = [
    ...(absent.length > 0
      ? [`names ${amount(absent.length, 'tensor')} that the files do not have (${listOf(absent)})`]
      : []),
    ...(unlisted.length > 0
      ? [`leaves out ${amount(unlisted.length, 'tensor')} of the files (${listOf(unlisted)})`]
      : []),
  ]
  const message = `${quoted(name)} ${wrong.join(' and ')}. The index is of other weights: download the model again.`
  return [{ kind: 'stale-index', incomplete: false, files: [name], message }]
}

/** Parts of split weights that are missing, by the names of the others and by what GGUF headers say. */
function missingParts(contents: ReadonlyMap<string, Content>): ModelProblem[] {
  const problems: ModelProblem[] = []
  const indexed = new Set([...contents.keys()].filter((name) => INDEX.test(name)).map((name) => posix.dirname(name)))
  const found = new Map<string, number>()
  for (const name of contents.keys()) {
    const pattern = shardOf(name)?.pattern
    if (pattern !== undefined) found.set(pattern, (found.get(pattern) ?? 0) + 1)
  }
  const known = new Set<string>()
  for (const [name, content] of contents) {
    const shard = WEIGHTS.test(name) ? shardOf(name) : undefined
    const stated = content.kind === 'header' ? content.split : undefined
    if (shard !== undefined && stated !== undefined && stated.count !== shard.count) {
      const message = `${quoted(name)} is one of ${shard.count} parts by its name, and one of ${stated.count} by its header. Download all parts again.`
      problems.push({ kind: 'missing-part', incomplete: true, files: [name], message })
    }
    if (shard === undefined) {
      if (stated === undefined) continue
      const { number, count } = stated
      const message = `${quoted(name)} is part ${number} of ${count}, by its header, and its name does not say so. Give the parts the names that they had (…-${String(number).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.gguf) and hash their folder.`
      problems.push({ kind: 'missing-part', incomplete: true, files: [name], message })
      continue
    }
    // An index names the parts of safetensors and says what is missing.
    if (known.has(shard.pattern) || (!/\.gguf$/i.test(name) && indexed.has(posix.dirname(name)))) continue
    known.add(shard.pattern)
    // A name can state 99,999 parts, so they are not all looked for.
    const count = shard.count - found.get(shard.pattern)!
    if (count === 0) continue
    const missing: string[] = []
    for (let part = 1; part <= shard.count && missing.length < Math.min(count, LISTED_FILES); part++)
      if (!contents.has(shard.nameOf(part))) missing.push(shard.nameOf(part))
    const message = `${quoted(shard.pattern)} has ${amount(shard.count, 'part')}, of which ${count} ${count === 1 ? 'is' : 'are'} missing: ${listOf(missing, count)}. Download ${count === 1 ? 'it' : 'them'}, and use the folder of all parts.`
    problems.push({ kind: 'missing-part', incomplete: true, files: missing, message })
  }
  return problems
}

function headerProblems(contents: ReadonlyMap<string, Content>): ModelProblem[] {
  return [...contents].flatMap(([name, content]): ModelProblem[] => {
    if (content.kind !== 'error') return []
    const { code, message } = content.error
    const kind = UNSUPPORTED.includes(code) ? 'unsupported-header' : 'damaged-header'
    return [{ kind, incomplete: CUT_SHORT.includes(code), files: [name], message }]
  })
}

function namesWith(contents: ReadonlyMap<string, Content>, kind: Content['kind']): string[] {
  return [...contents].flatMap(([name, content]) => (content.kind === kind ? [name] : []))
}

function listOf(names: readonly string[], count = names.length): string {
  const named = names.slice(0, NAMED_FILES).map(quoted).join(', ')
  return count > NAMED_FILES ? `${named} and ${count - NAMED_FILES} more` : named
}

function amount(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

/** Thrown when a file of a model names another that a loader would load but that the digest does not cover. */
export class UncountedFileError extends StemmaError {
  override name = 'UncountedFileError'
  constructor(index: string, target: string) {
    super(
      'UNCOUNTED_FILE',
      `${quoted(index)} names ${quoted(target)}, which the digest of the model does not cover: anybody could change it unnoticed. Do not load the model.`,
    )
  }
}

/** Thrown when a model is to be registered of which files, or parts of them, are missing. */
export class IncompleteModelError extends StemmaError {
  override name = 'IncompleteModelError'
  /** What is missing. */
  readonly problems: readonly ModelProblem[]

  constructor(problems: readonly ModelProblem[]) {
    super(
      'INCOMPLETE_MODEL',
      `The model is incomplete. ${problems.map(({ message }) => message).join(' ')} To register it anyway, without its tensors, use stemma register --allow-incomplete; to draft it so, stemma draft --no-tensors.`,
    )
    this.problems = problems
  }
}
