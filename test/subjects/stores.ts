import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'

import { packTar, type TarEntry } from 'modern-tar'

import { createFolder, writeFile } from '../artifacts/folder.ts'

/** Text or bytes of a file. */
export type Contents = string | Uint8Array

/** SHA-256 in hex. */
export function sha256(contents: Contents): string {
  return createHash('sha256').update(contents).digest('hex')
}

/** A layer of Ollama's manifest, and the bytes of its blob. */
export type OllamaLayer = { kind: string; contents: Contents } & Record<string, unknown>

/**
 * A store of Ollama as its releases write it (manifest/paths.go, manifest/manifest.go): manifests below host, namespace and name, blobs by
 * their digests.
 */
export class OllamaStore {
  readonly home = createFolder()
  readonly root = join(this.home, '.ollama/models')
  readonly env = { HOME: this.home }

  /** Writes a blob, and returns its descriptor. @param colon whether the blob's name has a colon, as in older releases */
  blob(contents: Contents, mediaType: string, colon = false): Record<string, unknown> {
    const digest = sha256(contents)
    writeFile(this.root, `blobs/sha256${colon ? ':' : '-'}${digest}`, contents)
    return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(contents) }
  }

  /** The path of a blob. */
  pathOf(contents: Contents): string {
    return join(this.root, 'blobs', `sha256-${sha256(contents)}`)
  }

  /** The text of a manifest with some layers. */
  manifest(layers: readonly OllamaLayer[], colon = false): string {
    const config = this.blob(
      '{"model_format":"gguf","model_family":"llama"}',
      'application/vnd.docker.container.image.v1+json',
    )
    return JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config,
      layers: layers.map(({ kind, contents, ...fields }) => ({
        ...this.blob(contents, `application/vnd.ollama.image.${kind}`, colon),
        ...fields,
      })),
    })
  }

  /** Writes a model. @param path host, namespace, name and tag */
  add(path: string, layers: readonly OllamaLayer[], colon = false): string {
    return writeFile(this.root, `manifests/${path}`, this.manifest(layers, colon))
  }

  /** Writes a manifest as newer releases do: a blob, and a link to it. */
  link(path: string, manifest: string): void {
    this.blob(manifest, '')
    const link = join(this.root, 'manifests-v2', path)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(relative(dirname(link), this.pathOf(manifest)), link)
  }
}

/** The entries of a tar with some files, as Go's `archive/tar` has them: folders with a slash at the end. */
export function tarEntries(files: Readonly<Record<string, Contents>>): TarEntry[] {
  return Object.entries(files).map(([name, contents]) => ({
    header: {
      name,
      size: Buffer.byteLength(contents),
      type: name.endsWith('/') ? 'directory' : 'file',
      mtime: new Date(0),
    },
    body: Buffer.from(contents),
  }))
}

/** A tar of some files, compressed as the end of a media type says. */
export async function tarOf(files: Readonly<Record<string, Contents>>, suffix = 'tar'): Promise<Buffer> {
  return compress(Buffer.from(await packTar(tarEntries(files))), suffix)
}

/** Compresses bytes as the end of a media type says: `tar`, `tar+gzip` or `tar+zstd`. */
export function compress(bytes: Buffer, suffix: string): Buffer {
  if (suffix.endsWith('+gzip')) return gzipSync(bytes)
  return suffix.endsWith('+zstd') ? zstdCompressSync(bytes) : bytes
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json'

/** A layer of an OCI artifact. */
export type OciBlob = { mediaType: string; contents: Contents; annotations?: Record<string, string> }

/** An OCI image layout (image-layout.md of opencontainers/image-spec): `oci-layout`, `index.json`, and blobs by their digests. */
export class OciLayout {
  readonly root = createFolder({ 'oci-layout': '{"imageLayoutVersion":"1.0.0"}' })
  readonly #entries: unknown[] = []

  /** Writes a blob, and returns its descriptor. */
  blob({ mediaType, contents, annotations }: OciBlob): Record<string, unknown> {
    const digest = sha256(contents)
    writeFile(this.root, `blobs/sha256/${digest}`, contents)
    return {
      mediaType,
      digest: `sha256:${digest}`,
      size: Buffer.byteLength(contents),
      ...(annotations && { annotations }),
    }
  }

  /** The path of a blob. */
  pathOf(contents: Contents): string {
    return join(this.root, 'blobs/sha256', sha256(contents))
  }

  /** Writes the manifest of a CNCF ModelPack (docs/spec.md of modelpack/model-spec), and returns its descriptor. */
  modelPack(layers: readonly OciBlob[], descriptor: Record<string, unknown> = {}): Record<string, unknown> {
    const config = { mediaType: 'application/vnd.cncf.model.config.v1+json', contents: JSON.stringify({ descriptor }) }
    return this.manifest(config, layers, 'application/vnd.cncf.model.manifest.v1+json')
  }

  /** Writes the manifest of a ModelKit (pkg/artifact/kitfile.go of kitops-ml/kitops), and returns its descriptor. */
  modelKit(layers: readonly OciBlob[], kitfile: Record<string, unknown>): Record<string, unknown> {
    return this.manifest(
      { mediaType: 'application/vnd.kitops.modelkit.config.v1+json', contents: JSON.stringify(kitfile) },
      layers,
    )
  }

  /** Writes a manifest, and returns its descriptor. */
  manifest(config: OciBlob, layers: readonly OciBlob[], artifactType?: string): Record<string, unknown> {
    const contents = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      ...(artifactType && { artifactType }),
      config: this.blob(config),
      layers: layers.map((layer) => this.blob(layer)),
    })
    return this.blob({ mediaType: MANIFEST_TYPE, contents })
  }

  /** Writes an index of manifests, such as those of platforms, and returns its descriptor. */
  index(manifests: readonly unknown[]): Record<string, unknown> {
    const contents = JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests })
    return this.blob({ mediaType: INDEX_TYPE, contents })
  }

  /** Puts a descriptor into `index.json`, by a tag or without one. */
  add(descriptor: Record<string, unknown>, tag?: string): this {
    this.#entries.push(
      tag === undefined ? descriptor : { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': tag } },
    )
    writeFile(this.root, 'index.json', JSON.stringify({ schemaVersion: 2, manifests: this.#entries }))
    return this
  }
}

/** The layers of a ModelPack with one raw file each. */
export function rawLayers(files: Readonly<Record<string, Contents>>): OciBlob[] {
  return Object.entries(files).map(([name, contents]) => ({
    mediaType: 'application/vnd.cncf.model.weight.v1.raw',
    contents,
    annotations: { 'org.cncf.model.filepath': name },
  }))
}
