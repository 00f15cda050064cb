import { createHash } from 'node:crypto'
import { resolve, join, posix } from 'node:path'

import { isHubId } from '../core/hubId.ts'
import { didYouMean, quoted } from '../core/text.ts'
import { checkResourceName } from '../interop/oms.ts'
import type { Compression } from './layer.ts'
import {
  BlobMismatchError,
  BlobMissingError,
  isRecord,
  listAt,
  ModelChoiceError,
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
  type StoreStatement,
} from './storedModel.ts'
import { OCI_LAYOUT_FILE } from './ociLayoutFile.ts'

/** A model in an OCI image layout: what is stated of it, and its layers. */
export type OciModel = StoreStatement & {
  /** Absolute path of the layout without links. */
  root: string
  layers: OciLayer[]
}

/** A layer of a model: a file as it is, or a tar of files. */
export type OciLayer = {
  /** Absolute path of the blob. */
  path: string
  /** SHA-256: 64 lower-case hex digits. */
  digest: string
  size: number
} & (
  | { kind: 'file'; /** The file's name in the model. */ name: string }
  | {
      kind: 'tar'
      compression: Compression
      /** The folder that names start from; empty for the model itself. */ prefix: string
    }
)

const FORM = 'oci:folder, oci:folder:tag or oci:folder@sha256:…'
const TAG = /^\w[\w.-]{0,127}$/
const INDEXES = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json']
const REF_NAME = 'org.opencontainers.image.ref.name'
/** Where a layer of ModelPack says the path of its file. The second is of its first drafts. */
const FILE_PATHS = ['org.cncf.model.filepath', 'org.cnai.model.filepath', 'org.opencontainers.image.title']

const MAX_JSON_BYTES = 4 * 1024 * 1024
/** Most entries of one index, and most manifests and indexes that are read in all. */
const MAX_MANIFESTS = 10_000
const MAX_LAYERS = 10_000
/** Most indexes below the first one. */
const MAX_DEPTH = 3

/** A layer of CNCF ModelPack; `cnai` is the name of its first drafts. */
const MODEL_PACK_LAYER =
  /^application\/vnd\.(?:cncf|cnai)\.model\.(?:weight|weight\.config|doc|code|dataset)\.v1\.(raw|tar)(?:\+(gzip|zstd))?$/
const MODEL_PACK = /^application\/vnd\.(?:cncf|cnai)\.model\.(?:manifest|config)\.v1\+json$/
/** A layer of a ModelKit of KitOps. */
const MODEL_KIT_LAYER =
  /^application\/vnd\.kitops\.modelkit\.(model|modelpart|dataset|code|docs)\.v1\.(raw|tar)(?:\+(gzip|zstd))?$/
const MODEL_KIT = /^application\/vnd\.kitops\.modelkit\./

/**
 * Finds a model in an OCI image layout on this disk: a CNCF ModelPack, or a ModelKit of KitOps.
 *
 * @param reference `oci:folder`, with `:tag` or `@sha256:…` where the layout holds several
 * @throws {@link StoreReferenceError} {@link StoreNotFoundError} {@link StoredModelNotFoundError} {@link ModelChoiceError}
 * @throws {@link StoreManifestError} `BlobMissingError` {@link BlobMismatchError} `BlobOutsideStoreError` `InvalidResourceError`
 * @throws `InvalidJsonError` `DuplicateJsonNameError` `JsonTooDeepError` `UnreadableFileError`
 */
export async function findOciModel(reference: string, cwd: string): Promise<OciModel> {
  const { root, folder, chosen } = await parseReference(reference, cwd)
  const { imageLayoutVersion: version } = await readMarker(root, reference)
  if (typeof version !== 'string' || !version.startsWith('1.'))
    throw new StoreManifestError(join(root, OCI_LAYOUT_FILE), 'is not of version 1 of the OCI image layout')
  const index = join(root, 'index.json')
  const entries = entriesOf(await readObject(root, index), index)
  const models = await resolveEntries(root, chooseEntries(entries, chosen, reference, root))
  if (models.length > 1) throw new ModelChoiceError(reference, namesOf(folder, entries, models))
  const [model] = models
  if (model === undefined)
    throw new StoreManifestError(
      index,
      `holds no model of ModelPack or KitOps${chosen === null ? '' : ` for ${quoted(chosen)}`}`,
    )
  return describe(root, reference, model)
}

type Manifest = { digest: string; path: string; value: Record<string, unknown> }

/** Reads `oci:folder[:tag]`. A folder that is there is not a tag. */
async function parseReference(
  reference: string,
  cwd: string,
): Promise<{ root: string; folder: string; chosen: string | null }> {
  const text = reference.replace(/^oci:/, '')
  const [, before, mark, after] = /^(.+?)([:@])([^:@]*|sha256:[^:@]*)$/.exec(text) ?? []
  const whole = text === '' ? undefined : await realFolder(resolve(cwd, text))
  const folder = whole === undefined ? (before ?? text) : text
  const chosen = whole === undefined ? (after ?? null) : null
  if (!reference.startsWith('oci:') || folder === '') throw new StoreReferenceError(reference, FORM)
  const root = whole ?? (await realFolder(resolve(cwd, folder)))
  if (root === undefined)
    throw new StoreNotFoundError(
      'OCI',
      [resolve(cwd, folder)],
      `Write the folder that holds "${OCI_LAYOUT_FILE}", as ${FORM}.`,
    )
  const isValid = chosen === null || (mark === '@' ? /^sha256:[0-9a-f]{64}$/ : TAG).test(chosen)
  if (!isValid) throw new StoreReferenceError(reference, FORM)
  return { root, folder, chosen }
}

async function readObject(root: string, path: string): Promise<Record<string, unknown>> {
  return parseObject(await readSmall(root, path, MAX_JSON_BYTES), path)
}

/** Reads the file that marks a layout. @throws {@link StoreNotFoundError} where there is none */
async function readMarker(root: string, reference: string): Promise<Record<string, unknown>> {
  try {
    return await readObject(root, join(root, OCI_LAYOUT_FILE))
  } catch (error) {
    if (!(error instanceof BlobMissingError)) throw error
    throw new StoreNotFoundError(
      'OCI',
      [root],
      `${quoted(reference)} leads to a folder without the file "${OCI_LAYOUT_FILE}". Check the path; a folder that holds the model's files is named without "oci:".`,
    )
  }
}

function entriesOf(index: Record<string, unknown>, path: string): Descriptor[] {
  return listAt(index, 'manifests', path, MAX_MANIFESTS).map((entry) => parseDescriptor(entry, path, 'a manifest'))
}

/** The tag of an entry: the whole of its name, or what follows the last colon of a reference. */
function tagOf({ annotations }: Descriptor): string | undefined {
  const name = annotations[REF_NAME]
  const tag = name?.slice(name.lastIndexOf(':') + 1)
  return tag !== undefined && TAG.test(tag) ? tag : undefined
}

function chooseEntries(
  entries: readonly Descriptor[],
  chosen: string | null,
  reference: string,
  root: string,
): Descriptor[] {
  if (chosen === null) return [...entries]
  if (chosen.startsWith('sha256:')) {
    const found = entries.filter(({ digest }) => `sha256:${digest}` === chosen)
    if (found.length > 0) return found
    // The manifest of one platform is named by its own digest, which no entry of the first index has.
    return [{ mediaType: '', digest: chosen.slice('sha256:'.length), size: -1, annotations: {}, value: {} }]
  }
  const found = entries.filter((entry) => tagOf(entry) === chosen)
  if (found.length > 0) return found
  const tags = [...new Set(entries.flatMap((entry) => tagOf(entry) ?? []))]
  throw new StoredModelNotFoundError(reference, root, tags, `Name one of its tags.${didYouMean(chosen, tags)}`)
}

/**
 * The manifests of models that entries lead to, through indexes of platforms.
 *
 * @param read the digests that were read; each is read once, and at most {@link MAX_MANIFESTS} of them
 */
async function resolveEntries(
  root: string,
  entries: readonly Descriptor[],
  depth = 0,
  read = new Set<string>(),
): Promise<Manifest[]> {
  const manifests: Manifest[] = []
  for (const { mediaType, digest, size } of entries) {
    if (read.has(digest)) continue
    read.add(digest)
    const path = blobPath(root, digest)
    if (read.size > MAX_MANIFESTS)
      throw new StoreManifestError(path, `is one of more than ${MAX_MANIFESTS} manifests and indexes`)
    const bytes = await readBlob(root, { digest, size })
    const value = parseObject(bytes, path)
    if (
      INDEXES.includes(mediaType) ||
      (typeof value.mediaType === 'string' && INDEXES.includes(value.mediaType)) ||
      Array.isArray(value.manifests)
    ) {
      if (depth === MAX_DEPTH) throw new StoreManifestError(path, `is an index below ${MAX_DEPTH} others`)
      manifests.push(...(await resolveEntries(root, entriesOf(value, path), depth + 1, read)))
    } else if (formatOf(value) !== undefined) manifests.push({ digest, path, value })
  }
  return manifests
}

/** The path of a blob, whose digest was checked to be hex digits. */
function blobPath(root: string, digest: string): string {
  return join(root, 'blobs/sha256', digest)
}

/** Reads a small blob, and checks it. @param size -1 where none is stated */
async function readBlob(root: string, { digest, size }: { digest: string; size: number }): Promise<Uint8Array> {
  const path = blobPath(root, digest)
  const bytes = await readSmall(root, path, MAX_JSON_BYTES)
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== digest) throw new BlobMismatchError(path, digest, found)
  if (size >= 0 && bytes.length !== size) throw new BlobMismatchError(path, `${size} bytes`, `${bytes.length} bytes`)
  return bytes
}

function formatOf({ artifactType, config }: Record<string, unknown>): 'ModelPack' | 'ModelKit' | undefined {
  const types = [artifactType, isRecord(config) ? config.mediaType : undefined].filter(
    (each) => typeof each === 'string',
  )
  if (types.some((type) => MODEL_KIT.test(type))) return 'ModelKit'
  return types.some((type) => MODEL_PACK.test(type)) ? 'ModelPack' : undefined
}

/** How each of several models is named. */
function namesOf(folder: string, entries: readonly Descriptor[], models: readonly Manifest[]): string[] {
  return models.map(({ digest }) => {
    const tag = entries
      .filter((entry) => entry.digest === digest)
      .map(tagOf)
      .find((each) => each !== undefined)
    return tag === undefined ? `oci:${folder}@sha256:${digest}` : `oci:${folder}:${tag}`
  })
}

async function describe(root: string, reference: string, manifest: Manifest): Promise<OciModel> {
  const { path, value, digest } = manifest
  const config = await readConfig(root, path, value)
  const isKit = formatOf(value) === 'ModelKit'
  const statement = { ...statementOfStore(reference), revision: `sha256:${digest}` }
  const stated = isKit ? statedByKit(statement, config) : statedByPack(statement, config)
  const prefixes = isKit ? new KitPaths(config) : undefined
  const layers: OciLayer[] = []
  for (const each of listAt(value, 'layers', path, MAX_LAYERS)) {
    const descriptor = parseDescriptor(each, path, 'a layer')
    const layer = layerOf(root, path, descriptor, prefixes)
    if (layer === undefined)
      stated.warnings.push(`A layer of the type ${quoted(descriptor.mediaType)} does not count in the digest.`)
    else layers.push(layer)
  }
  return { ...stated, root, layers }
}

async function readConfig(
  root: string,
  path: string,
  manifest: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  if (!isRecord(manifest.config)) return {}
  const descriptor = parseDescriptor(manifest.config, path, 'a config')
  return parseObject(await readBlob(root, descriptor), blobPath(root, descriptor.digest))
}

function layerOf(root: string, path: string, descriptor: Descriptor, kit: KitPaths | undefined): OciLayer | undefined {
  const { mediaType, digest, size, annotations } = descriptor
  const [, part, format, compression] = MODEL_KIT_LAYER.exec(mediaType) ?? [
    '',
    '',
    ...(MODEL_PACK_LAYER.exec(mediaType)?.slice(1) ?? []),
  ]
  if (format === undefined) return undefined
  const place = { path: blobPath(root, digest), digest, size }
  if (format === 'tar') {
    const prefix = part === '' ? '' : (kit?.prefixOf(part!) ?? '')
    return { ...place, kind: 'tar', compression: (compression as Compression | undefined) ?? 'none', prefix }
  }
  const stated = FILE_PATHS.map((key) => annotations[key]).find((each) => each !== undefined) ?? kit?.pathOf(part!)
  if (stated === undefined || compression !== undefined)
    throw new StoreManifestError(
      path,
      compression === undefined
        ? `has a raw layer without ${FILE_PATHS[0]}`
        : `has a raw layer that is compressed (${quoted(mediaType)})`,
    )
  const name = stated.replace(/^(\.\/+)+/, '')
  checkResourceName(name)
  if (name === '.') throw new StoreManifestError(path, 'has a raw layer whose path is the folder itself')
  return { ...place, kind: 'file', name }
}

/**
 * The paths of a Kitfile, which go with the layers of each kind in turn. A layer that the Kitfile states by its digest has names from the
 * model's folder; an older one has names from the folder of its path.
 */
class KitPaths {
  readonly #entries: Readonly<Record<string, Record<string, unknown>[]>>
  readonly #next = new Map<string, number>()

  constructor(kitfile: Record<string, unknown>) {
    const list = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : [])
    const model = isRecord(kitfile.model) ? kitfile.model : {}
    this.#entries = {
      model: [model],
      modelpart: list(model.parts),
      dataset: list(kitfile.datasets),
      code: list(kitfile.code),
      docs: list(kitfile.docs),
    }
  }

  #take(part: string): Record<string, unknown> | undefined {
    const at = this.#next.get(part) ?? 0
    this.#next.set(part, at + 1)
    return this.#entries[part]?.[at]
  }

  /** The path of the next layer of a kind; undefined where the Kitfile states none. */
  pathOf(part: string): string | undefined {
    return plainText(this.#take(part)?.path, 4096) ?? undefined
  }

  /** The folder that the names of the next layer of a kind start from. */
  prefixOf(part: string): string {
    const entry = this.#take(part)
    const path = plainText(entry?.path, 4096)
    if (entry === undefined || path === null || typeof entry.digest === 'string') return ''
    const folder = posix.dirname(posix.normalize(path.replace(/\/+$/, '')))
    if (folder === '.' || folder === '/') return ''
    checkResourceName(folder)
    return `${folder}/`
  }
}

/** What the descriptor in the config of a ModelPack states. */
function statedByPack(statement: StoreStatement, { descriptor }: Record<string, unknown>): StoreStatement {
  const fields = isRecord(descriptor) ? descriptor : {}
  const origin = 'the descriptor of the ModelPack'
  const licenses = (Array.isArray(fields.licenses) ? fields.licenses : []).flatMap((each) => plainText(each, 100) ?? [])
  return {
    ...statement,
    name: nameOf(fields.name),
    licenseNames: [...new Set(licenses)].map((license) => ({ origin, license })),
  }
}

/** What the Kitfile states. A model that is another ModelKit is a parent. */
function statedByKit(statement: StoreStatement, kitfile: Record<string, unknown>): StoreStatement {
  const about = isRecord(kitfile.package) ? kitfile.package : {}
  const model = isRecord(kitfile.model) ? kitfile.model : {}
  const licenses = [model.license, about.license].flatMap((each) => plainText(each, 100) ?? [])
  const path = plainText(model.path)
  const isReference = path !== null && /^[\w.-]+(:\d+)?\/[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$/.test(path)
  return {
    ...statement,
    name: nameOf(about.name) ?? nameOf(model.name),
    licenseNames: [...new Set(licenses)].map((license) => ({ origin: 'the Kitfile', license })),
    parents: isReference
      ? [{ origin: 'the path of the model in the Kitfile', parents: [], unread: [path], relation: null, hint: true }]
      : [],
    warnings: isReference
      ? [`The weights are in another ModelKit, ${quoted(path)}, which does not count in the digest. Use that one too.`]
      : [],
  }
}

function nameOf(value: unknown): string | null {
  const name = plainText(value, 200)
  return name !== null && isHubId(name) ? name : null
}
