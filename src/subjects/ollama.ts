import { createHash } from 'node:crypto'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'

import { didYouMean, quoted } from '../core/text.ts'
import { decodeText } from '../artifacts/modelText.ts'
import { isHubId } from '../core/hubId.ts'
import type { ParentSource } from '../interop/parentFiles.ts'
import { readParentNames } from '../interop/parentName.ts'
import {
  BlobMismatchError,
  BlobMissingError,
  descend,
  homeOf,
  isRecord,
  listAt,
  locate,
  namesIn,
  parseDescriptor,
  parseObject,
  plainText,
  readSmall,
  realFolder,
  StoredModelNotFoundError,
  StoreManifestError,
  StoreNotFoundError,
  StoreReferenceError,
  statementOfStore,
  type Descriptor,
  type StoredFile,
  type StoredModel,
  type StoreEnvironment,
} from './storedModel.ts'

/** A model's name in Ollama, with all its parts: `types/model/name.go` of Ollama. */
export type OllamaName = { host: string; namespace: string; model: string; tag: string }

const DEFAULT_HOST = 'registry.ollama.ai'
const DEFAULT_NAMESPACE = 'library'
/** Hosts whose models are repositories of the Hub. */
const HUB_HOSTS = ['hf.co', 'huggingface.co']
/** Where the service of Ollama keeps models on Linux. */
const SERVICE_STORE = '/usr/share/ollama/.ollama/models'
/** Folders of manifests: links to blobs in newer releases, files in older ones. */
const MANIFEST_FOLDERS = ['manifests-v2', 'manifests']
const MANIFEST_LIST = 'application/vnd.ollama.manifest.list.v2+json'
/** Which of several builds of a model Ollama prefers, other than on Macs with chips of Apple. */
const RUNNERS = ['ollama', 'llamacpp', 'mlx']
const FORM = 'ollama:name[:tag], ollama:namespace/name[:tag] or ollama:hf.co/owner/name[:quantization]'

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024
const MAX_LAYERS = 10_000
const MAX_LICENSE_BYTES = 1024 * 1024
/** Most models whose names are read for an error message. */
const MAX_NAMES = 1000

/** The layers whose files count, by the ends of their media types, and what the files are called. */
const COUNTED: ReadonlyMap<string, string> = new Map([
  ['model', 'model'],
  ['adapter', 'adapter'],
  ['projector', 'mmproj'],
])
/** The layers that do not count: texts and settings that go with the weights. */
const BESIDE = ['license', 'template', 'system', 'params', 'messages', 'prompt']

/**
 * Reads the name of a model as Ollama writes it: `[host/][namespace/]name[:tag]`.
 *
 * @param reference with `ollama:` before it
 * @throws {@link StoreReferenceError}
 */
export function parseOllamaName(reference: string): OllamaName {
  const match = /^ollama:(?:(?:([^/]+)\/)?([^/]+)\/)?([^/:]+)(?::([^/:]+))?$/.exec(reference)
  const [, host = DEFAULT_HOST, namespace = DEFAULT_NAMESPACE, model = '', tag = 'latest'] = match ?? []
  const isPart = (part: string) => /^\w[\w.-]{0,127}$/.test(part) && !part.includes('..')
  // A host may have a port.
  if (![host.replace(/:\d{1,5}$/, ''), namespace, model, tag].every(isPart))
    throw new StoreReferenceError(reference, FORM)
  return { host, namespace, model, tag }
}

/** The reference of a name, without the parts that Ollama takes by default, but for the tag. */
export function formatOllamaName({ host, namespace, model, tag }: OllamaName): string {
  const owner = namespace === DEFAULT_NAMESPACE && host === DEFAULT_HOST ? '' : `${namespace}/`
  return `ollama:${host === DEFAULT_HOST ? '' : `${host}/`}${owner}${model}:${tag}`
}

/**
 * Finds a model in Ollama's store on this disk: `$OLLAMA_MODELS`, else `~/.ollama/models`, else that of the service. What counts are the
 * weights: `model.gguf`, and `adapter.gguf` and `mmproj.gguf` where the model has them; or, for safetensors, the files by their names. A model of
 * one file thus has the digest of that file by itself.
 *
 * @throws {@link StoreReferenceError} {@link StoreNotFoundError} {@link StoredModelNotFoundError}
 * @throws {@link StoreManifestError} {@link BlobMissingError} `BlobMismatchError` `BlobOutsideStoreError`
 * @throws `InvalidJsonError` `DuplicateJsonNameError` `JsonTooDeepError` `UnreadableFileError`
 */
export async function findOllama(reference: string, environment: StoreEnvironment): Promise<StoredModel> {
  const wanted = parseOllamaName(reference)
  const root = await findStore(environment)
  const { path, name } = await findManifest(root, wanted)
  const bytes = await readSmall(root, path, MAX_MANIFEST_BYTES)
  await checkLinkedManifest(root, path, bytes)
  const statement = statementOfStore(formatOllamaName(name))
  const manifest = await selectManifest(root, path, parseObject(bytes, path), statement.warnings)
  const layers = listAt(manifest, 'layers', path, MAX_LAYERS).map((layer) => parseDescriptor(layer, path, 'a layer'))
  const files = await filesOf(root, path, layers, statement.reference)
  const licenses = layers.filter((layer) => kindOf(layer) === 'license' && layer.size <= MAX_LICENSE_BYTES)
  if (layers.some((layer) => kindOf(layer) === 'license' && !licenses.includes(layer)))
    statement.warnings.push(`A license of more than ${MAX_LICENSE_BYTES} bytes was not read.`)
  const unknown = [...new Set(layers.filter((layer) => !isKnown(layer)).map(({ mediaType }) => mediaType))]
  if (unknown.length > 0)
    statement.warnings.push(
      `Layers of ${unknown.map(quoted).join(', ')} do not count in the digest: what they are to the model is not known.`,
    )
  return {
    ...statement,
    licenseTexts: await Promise.all(licenses.map((layer) => readLicense(root, layer))),
    parents: layers.flatMap(parentsOf),
    name: hubNameOf(name),
    revision: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    root,
    files,
  }
}

async function findStore(environment: StoreEnvironment): Promise<string> {
  const chosen = environment.env.OLLAMA_MODELS
  const places =
    chosen !== undefined && chosen !== ''
      ? [isAbsolute(chosen) ? chosen : join(homeOf(environment), chosen)]
      : [join(homeOf(environment), '.ollama/models'), SERVICE_STORE]
  for (const place of places) {
    const root = await realFolder(place)
    if (root !== undefined) return root
  }
  throw new StoreNotFoundError(
    'Ollama',
    places,
    'Set OLLAMA_MODELS to its folder, which holds "blobs" and "manifests".',
  )
}

async function findManifest(root: string, name: OllamaName): Promise<{ path: string; name: OllamaName }> {
  for (const folder of MANIFEST_FOLDERS) {
    const path = await descend(join(root, folder), [name.host, name.namespace, name.model, name.tag])
    if (path === undefined) continue
    const [host, namespace, model, tag] = relative(join(root, folder), path).split(sep) as [
      string,
      string,
      string,
      string,
    ]
    return { path, name: { host, namespace, model, tag } }
  }
  const names = await namesOfStore(root)
  const wanted = formatOllamaName(name)
  const remedy = `Pull it with "ollama pull ${wanted.slice('ollama:'.length)}", or check the name.${didYouMean(wanted, names)}`
  throw new StoredModelNotFoundError(wanted, root, names, remedy)
}

/** The models that a store has, as references. */
async function namesOfStore(root: string): Promise<string[]> {
  const names = new Set<string>()
  for (const folder of MANIFEST_FOLDERS) {
    const top = join(root, folder)
    for (const host of await namesIn(top))
      for (const namespace of await namesIn(join(top, host)))
        for (const model of await namesIn(join(top, host, namespace)))
          for (const tag of await namesIn(join(top, host, namespace, model)))
            if (names.size < MAX_NAMES) names.add(formatOllamaName({ host, namespace, model, tag }))
  }
  return [...names].sort()
}

/** Checks a manifest that is a link to a blob, whose name states its digest. */
async function checkLinkedManifest(root: string, path: string, bytes: Uint8Array): Promise<void> {
  const { path: real } = await locate(root, path)
  const stated = /^sha256[-:]([0-9a-f]{64})$/i.exec(basename(real))?.[1]?.toLowerCase()
  if (stated === undefined || dirname(real) !== join(root, 'blobs')) return
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== stated) throw new BlobMismatchError(real, stated, found)
}

/** The manifest that Ollama would run: of a list of several builds, that of the first runner. */
async function selectManifest(
  root: string,
  path: string,
  manifest: Record<string, unknown>,
  warnings: string[],
): Promise<Record<string, unknown>> {
  if (manifest.mediaType !== MANIFEST_LIST) return manifest
  const builds = listAt(manifest, 'manifests', path, MAX_LAYERS).filter(isRecord)
  const runner = RUNNERS.find((each) => builds.some((build) => runnerOf(build) === each))
  const build = builds.find((each) => runnerOf(each) === runner)
  if (runner === undefined || build === undefined)
    throw new StoreManifestError(path, `lists builds for none of the runners ${RUNNERS.join(', ')}`)
  if (builds.length > 1)
    warnings.push(`The model has ${builds.length} builds; that for the runner ${quoted(runner)} was taken.`)
  if (!('digest' in build)) return build
  const { digest } = parseDescriptor({ size: 0, ...build }, path, 'a build')
  const blob = await blobPath(root, digest)
  return parseObject(await readChecked(root, blob, digest, MAX_MANIFEST_BYTES), blob)
}

function runnerOf(build: Record<string, unknown>): string {
  return typeof build.runner === 'string' ? build.runner.toLowerCase() : ''
}

/** The files that count. */
async function filesOf(
  root: string,
  path: string,
  layers: readonly Descriptor[],
  reference: string,
): Promise<StoredFile[]> {
  const files: StoredFile[] = []
  const names = new Set<string>()
  const numbers = new Map<string, number>()
  const isSafetensors = layers.some((layer) => kindOf(layer) === 'tensor')
  for (const layer of layers) {
    const kind = kindOf(layer)
    const number = (numbers.get(kind) ?? 0) + 1
    numbers.set(kind, number)
    const name = fileNameOf(layer, number, isSafetensors, path)
    if (name === undefined) continue
    if (names.has(name)) throw new StoreManifestError(path, `names ${quoted(name)} twice`)
    names.add(name)
    const { digest, size, mediaType } = layer
    files.push({ name, path: await blobPath(root, digest), digest, size, mediaType })
  }
  if (!layers.some((layer) => ['model', 'adapter', 'tensor'].includes(kindOf(layer))))
    throw new StoreManifestError(
      path,
      `names no weights, so there is nothing to hash for ${quoted(reference)}; a model that runs on another host has none here`,
    )
  return files
}

/** What the file of a layer is called; undefined when it does not count. @param number which layer of its kind it is */
function fileNameOf(layer: Descriptor, number: number, isSafetensors: boolean, path: string): string | undefined {
  const kind = kindOf(layer)
  if (isSafetensors && (kind === 'tensor' || kind === 'json')) {
    const stated = plainText(layer.value.name, 1000)
    if (stated === null) throw new StoreManifestError(path, 'has a layer of tensors without a name')
    return kind === 'json' || stated.endsWith('.safetensors') ? stated : `${stated}.safetensors`
  }
  const base = COUNTED.get(kind)
  return base === undefined ? undefined : number === 1 ? `${base}.gguf` : `${base}-${number}.gguf`
}

/** The end of a layer's media type of Ollama; empty for another type. */
function kindOf({ mediaType }: Descriptor): string {
  return /^application\/vnd\.ollama\.image\.(\w+)$/.exec(mediaType)?.[1] ?? ''
}

function isKnown(layer: Descriptor): boolean {
  const kind = kindOf(layer)
  return COUNTED.has(kind) || BESIDE.includes(kind) || kind === 'tensor' || kind === 'json'
}

/** The path of a blob, which older releases write with a colon. */
async function blobPath(root: string, digest: string): Promise<string> {
  const paths = [`sha256-${digest}`, `sha256:${digest}`].map((name) => join(root, 'blobs', name))
  for (const path of paths) {
    try {
      await locate(root, path)
      return path
    } catch (error) {
      if (!(error instanceof BlobMissingError)) throw error
    }
  }
  throw new BlobMissingError(paths[0]!)
}

async function readChecked(root: string, path: string, digest: string, most: number): Promise<Uint8Array> {
  const bytes = await readSmall(root, path, most)
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== digest) throw new BlobMismatchError(path, digest, found)
  return bytes
}

async function readLicense(root: string, { digest }: Descriptor): Promise<{ origin: string; text: string }> {
  const path = await blobPath(root, digest)
  return {
    origin: 'a license of the store',
    text: decodeText(await readChecked(root, path, digest, MAX_LICENSE_BYTES)),
  }
}

/** What a layer says it was taken from: a model of Ollama, which hints at a parent, or a path. */
function parentsOf(layer: Descriptor): ParentSource[] {
  const from = plainText(layer.value.from)
  if (from === null || !COUNTED.has(kindOf(layer)) || isAbsolute(from)) return []
  const isHub = HUB_HOSTS.some((host) => from.startsWith(`${host}/`))
  const parents = isHub ? readParentNames(from) : null
  const origin = `the layer ${quoted(kindOf(layer))} of Ollama's manifest`
  return [{ origin, parents: parents ?? [], unread: parents === null ? [from] : [], relation: null, hint: true }]
}

/** The name on the Hub, or the name in Ollama's library; null for a name that is neither. */
function hubNameOf({ host, namespace, model }: OllamaName): string | null {
  const name = namespace === DEFAULT_NAMESPACE && !HUB_HOSTS.includes(host) ? model : `${namespace}/${model}`
  return isHubId(name) ? name : null
}
