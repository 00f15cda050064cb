import { StemmaError } from '../../core/errors.ts'
import { quoted } from '../../core/text.ts'
import type { ByteSource } from '../../interop/byteSource.ts'

/** A file of a model whose bytes can be read at any place, at once. */
export type FileContent = {
  /** Name in the model's folder. */
  name: string
  /** Length in bytes. */
  size: number
  /** Reads bytes; fewer than asked for only at the end. */
  read(offset: number, length: number): Uint8Array
}

/** Numbers of a tensor, read as they are needed. */
export type Tensor = {
  name: string
  /** Elements in each dimension, the slowest first. */
  shape: readonly number[]
  /** Name of the type that they are stored in. */
  dtype: string
  /** Name of the type in a tensor list (`docs/formats/tensors.md`). */
  listedType: string
  /** Reads elements in order as 32-bit floats; null where the type has no reader. */
  read: ((first: number, count: number) => Float32Array) | null
  /** Reads the stored bytes. */
  bytes(offset: number, length: number): Uint8Array
  /** Length in bytes. */
  length: number
}

/** Reads exactly so many bytes. @throws {@link ShortFileError} */
export function readExactly(file: FileContent, offset: number, length: number): Uint8Array {
  const bytes = file.read(offset, length)
  if (bytes.length !== length) throw new ShortFileError(file.name, offset + length)
  return bytes
}

/** The file as the parsers of headers read it. */
export function byteSourceOf(file: FileContent): ByteSource {
  return { path: file.name, size: file.size, read: async (offset, length) => readExactly(file, offset, length) }
}

/** The number of elements of a shape. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, count) => product * count, 1)
}

/** Thrown when a file ends before what its header announces, as when it was cut while it was read. */
export class ShortFileError extends StemmaError {
  override name = 'ShortFileError'
  constructor(file: string, needed: number) {
    super('SHORT_FILE', `${quoted(file)} ends before byte ${needed}, which its header needs. Download it again.`)
  }
}

/** Thrown when a model has no layout that can be sketched; says why. The question stays open: this is not evidence. */
export class CannotSketchError extends StemmaError {
  override name = 'CannotSketchError'
  override readonly kind = 'undecided'
  /** Whether the tests do not apply to such a model, however well its files are read. */
  readonly isOutOfReach: boolean
  constructor(what: string, remedy: string, isOutOfReach = false) {
    super('CANNOT_SKETCH', `${what} ${remedy}`)
    this.isOutOfReach = isOutOfReach
  }
}
