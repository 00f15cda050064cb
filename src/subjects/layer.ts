import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'

import { createTarDecoder, type ParsedTarEntry } from 'modern-tar'

import { FileChangedError, isSameState, stateOf, UnreadableFileError, type FileState } from '../artifacts/listFiles.ts'
import { StemmaError } from '../core/errors.ts'
import { shortText } from '../core/text.ts'
import { checkResourceName } from '../interop/oms.ts'
import { SequentialSource } from './sequentialSource.ts'
import { BlobMismatchError } from './storedModel.ts'
import { LayerDamagedError, LayerEntryError, TarTypes } from './tarTypes.ts'

/** A blob of an OCI layout that packs files in a tar. */
export type Layer = {
  /** Absolute path without links. */
  path: string
  state: FileState
  /** SHA-256 that the manifest states: 64 lower-case hex digits. */
  digest: string
  compression: Compression
  /** The folder of the model that its names start from, with `/` at the end; empty for the model itself. */
  prefix: string
}

/** How a layer is read. */
export type ReadLayerOptions = {
  /** What all layers of the model may have when unpacked; by default this one is alone. */
  budget?: UnpackBudget | undefined
  /** Called with each number of bytes of the blob that was read. */
  onBytes?: ((bytes: number) => void) | undefined
  signal?: AbortSignal | undefined
}

/** How a tar is compressed. */
export type Compression = 'none' | 'gzip' | 'zstd'

/** Bytes that are read at once. */
const READ_BYTES = 1024 * 1024
/** All layers of a model may have this many bytes when unpacked, or this many times their own: weights are never packed so well, but bombs are. */
const FREE_BYTES = 64 * 1024 * 1024
const MOST_RATIO = 200
/** Attributes of PAX by which the bytes of an entry are not those of the file. */
const SPARSE = 'GNU.sparse.'

/** How many bytes the layers of a model may have when they are unpacked. */
export class UnpackBudget {
  readonly most: number
  #unpacked = 0

  /** @param packed bytes of all blobs of the model, each once */
  constructor(packed: number) {
    this.most = Math.max(FREE_BYTES, MOST_RATIO * packed)
  }

  /** Counts bytes; false once there are too many. */
  take(bytes: number): boolean {
    this.#unpacked += bytes
    return this.#unpacked <= this.most
  }
}

/**
 * Reads the files in a layer as they pass by, without unpacking it to the disk, and checks the whole blob against its digest.
 *
 * @param each called with each file in turn; it need not read it to the end
 * @throws the signal's reason, when it is aborted
 * @throws `BlobMismatchError` when the blob does not have its digest, `FileChangedError` when it changes on the way
 * @throws {@link LayerDamagedError} {@link LayerEntryError} `InvalidResourceError` for what no layer of a model has, and what `each` throws
 */
export async function readLayer(
  layer: Layer,
  each: (file: SequentialSource) => Promise<void>,
  { budget = budgetOf(layer), onBytes, signal }: ReadLayerOptions = {},
): Promise<void> {
  await withLayer(layer, async (handle) => {
    const hash = createHash('sha256')
    try {
      const onChunk = (chunk: Uint8Array) => {
        hash.update(chunk)
        onBytes?.(chunk.length)
        signal?.throwIfAborted()
      }
      for await (const file of filesIn(handle, layer, budget, onChunk)) await each(file)
    } catch (error) {
      signal?.throwIfAborted()
      // A blob that is not the one of the manifest is named as such, whatever its bytes made of the tar.
      if (!(error instanceof LayerDamagedError || error instanceof LayerEntryError)) throw error
      const whole = createHash('sha256')
      for await (const chunk of chunksOf(handle, layer.path)) whole.update(chunk)
      checkDigest(layer, whole.digest('hex'))
      throw error
    }
    checkDigest(layer, hash.digest('hex'))
  })
}

/**
 * Reads the layer up to one of its files, and passes that to a function.
 *
 * @param name the file's name in the model
 * @throws `FileChangedError` when the blob is not in the state in which it was read before
 */
export async function openInLayer<T>(
  layer: Layer,
  name: string,
  use: (file: SequentialSource) => Promise<T>,
): Promise<T> {
  // It was read in this state within its limit.
  return withLayer(layer, async (handle) => {
    for await (const file of filesIn(handle, layer, new UnpackBudget(Infinity)))
      if (file.path === name) return await use(file)
    throw new FileChangedError(layer.path, 'was changed')
  })
}

/** What a layer may have by itself. */
function budgetOf({ state }: Layer): UnpackBudget {
  return new UnpackBudget(Number(state.size))
}

async function withLayer<T>({ path, state }: Layer, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const check = async () => {
      if (!isSameState(state, stateOf(await handle.stat({ bigint: true }))))
        throw new FileChangedError(path, 'was changed')
    }
    await check()
    const result = await use(handle)
    await check()
    return result
  } finally {
    await handle.close()
  }
}

function checkDigest({ path, digest }: Layer, found: string): void {
  if (found !== digest) throw new BlobMismatchError(path, digest, found)
}

/** The files of a layer, each by its name in the model. Each is read, or let pass, before the next one comes. */
async function* filesIn(
  handle: FileHandle,
  layer: Layer,
  budget: UnpackBudget,
  onChunk: (chunk: Uint8Array) => void = () => {},
): AsyncGenerator<SequentialSource, void, undefined> {
  const packed = Readable.from(chunksOf(handle, layer.path, onChunk), { objectMode: false, highWaterMark: READ_BYTES })
  const plain = unpacked(packed, layer.compression)
  const decoder = createTarDecoder({ strict: true })
  const writer = decoder.writable.getWriter()
  const types = new TarTypes(layer.path)
  let failure: unknown
  const pump = async () => {
    try {
      for await (const chunk of plain as AsyncIterable<Uint8Array>) {
        if (!budget.take(chunk.length))
          throw new LayerDamagedError(
            layer.path,
            `with the model's other layers it has more than ${budget.most} bytes when unpacked`,
          )
        types.update(chunk)
        await writer.write(chunk)
      }
      await writer.close()
    } catch (error) {
      failure ??= error
      await writer.abort(error).catch(() => {})
    }
  }
  const pumping = pump()
  try {
    for await (const entry of decoder.readable) {
      types.check(entry.header)
      const name = nameOf(entry, layer)
      if (name === undefined) {
        await entry.body.cancel()
        continue
      }
      const reader = entry.body.getReader()
      const next = () =>
        reader.read().then(
          ({ value }) => value,
          (error: unknown) => {
            throw asStemmaError(failure ?? error, layer.path)
          },
        )
      yield new SequentialSource(name, entry.header.size, next)
      while ((await next()) !== undefined) continue
    }
    await pumping
    if (failure !== undefined) throw failure
  } catch (error) {
    throw asStemmaError(error instanceof StemmaError ? error : (failure ?? error), layer.path)
  } finally {
    failure ??= new Error('stopped')
    packed.destroy()
    plain.destroy()
    await writer.abort(failure).catch(() => {})
    await pumping
  }
}

/** The name of a file in the model; undefined for a folder. */
function nameOf({ header }: ParsedTarEntry, { path, prefix }: Layer): string | undefined {
  const { name, type, size, pax = {} } = header
  if (type !== 'file' && type !== 'directory') throw new LayerEntryError(path, name, `is of the type "${type}"`)
  if (Object.keys(pax).some((key) => key.startsWith(SPARSE))) throw new LayerEntryError(path, name, 'is a sparse file')
  if (!Number.isSafeInteger(size) || size < 0)
    throw new LayerEntryError(path, name, 'has a length that is not a number')
  const plain = name.replace(/^(\.\/+)+/, '').replace(type === 'directory' ? /\/+$/ : /$^/, '')
  if (type === 'directory' && (plain === '' || plain === '.')) return undefined
  checkResourceName(plain)
  // The decoder writes U+FFFD for bytes that are not UTF-8, so that two names could become one.
  if (plain.includes('\ufffd')) throw new LayerEntryError(path, name, 'has a name that is not UTF-8')
  if (plain === '.') throw new LayerEntryError(path, name, 'has no name')
  return type === 'file' ? `${prefix}${plain}` : undefined
}

function unpacked(packed: Readable, compression: Compression): Readable {
  if (compression === 'none') return packed
  const plain = packed.pipe(compression === 'gzip' ? createGunzip() : createZstdDecompress())
  packed.once('error', (error) => plain.destroy(error))
  return plain
}

async function* chunksOf(
  handle: FileHandle,
  path: string,
  onChunk: (chunk: Uint8Array) => void = () => {},
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await handle
      .read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position)
      .catch((error: unknown) => {
        throw new UnreadableFileError(path, error)
      })
    if (bytesRead === 0) return
    position += bytesRead
    const chunk = buffer.subarray(0, bytesRead)
    onChunk(chunk)
    yield chunk
  }
}

function asStemmaError(error: unknown, path: string): StemmaError {
  if (error instanceof StemmaError) return error
  const { message, code } = error as NodeJS.ErrnoException
  return new LayerDamagedError(path, shortText(code ?? message, 100), error)
}
