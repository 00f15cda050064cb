import { StemmaError } from '../core/errors.ts'
import { quoted, shortText } from '../core/text.ts'
import { placeOf } from './storedModel.ts'

const BLOCK = 512
/** Longest attributes of PAX that are read for the size of the entry after them, in bytes. */
const MAX_ATTRIBUTES = 1024 * 1024
/** Types of entries: a file, a folder, and what only describes the next entry or all. */
const FILE = ['\0', '0']
const FOLDER = '5'
const ATTRIBUTES = 'x'
const DESCRIBING = [ATTRIBUTES, 'g', 'L', 'K']
/** What other types are. */
const KINDS: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a named pipe',
  S: 'a sparse file',
}

/**
 * Looks at the type of each entry of a tar whose bytes pass by, and refuses all but files and folders. A decoder may take an entry of
 * another type for a file, where the programs that unpack it make something else of it.
 */
export class TarTypes {
  readonly #path: string
  readonly #block = Buffer.alloc(BLOCK)
  #filled = 0
  #skip = 0
  #attributes: Buffer[] | undefined
  #size: number | undefined
  #ended = false

  /** @param path the archive's path, for errors */
  constructor(path: string) {
    this.#path = path
  }

  /** Takes the next bytes of the tar. @throws {@link LayerEntryError} {@link LayerDamagedError} */
  update(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length && !this.#ended) {
      if (this.#skip > 0) {
        const length = Math.min(this.#skip, chunk.length - at)
        this.#attributes?.push(Buffer.from(chunk.subarray(at, at + length)))
        this.#skip -= length
        at += length
        if (this.#skip === 0) this.#finishAttributes()
        continue
      }
      const length = Math.min(BLOCK - this.#filled, chunk.length - at)
      this.#block.set(chunk.subarray(at, at + length), this.#filled)
      this.#filled += length
      at += length
      if (this.#filled < BLOCK) continue
      this.#filled = 0
      this.#readHeader()
    }
  }

  #readHeader(): void {
    const block = this.#block
    if (block.every((byte) => byte === 0)) {
      this.#ended = true
      return
    }
    const type = String.fromCharCode(block[156]!)
    const name = block.toString('utf8', 0, 100).replace(/\0.*$/s, '')
    if (!FILE.includes(type) && type !== FOLDER && !DESCRIBING.includes(type))
      throw new LayerEntryError(this.#path, name, `is ${KINDS[type] ?? `an entry of the type ${quoted(type)}`}`)
    const stated = sizeOf(block)
    const size = type === FOLDER ? 0 : FILE.includes(type) ? (this.#size ?? stated) : stated
    if (!Number.isSafeInteger(size))
      throw new LayerDamagedError(this.#path, `the length of ${quoted(name)} is not a number`)
    if (!DESCRIBING.includes(type)) this.#size = undefined
    this.#skip = Math.ceil(size / BLOCK) * BLOCK
    if (type !== ATTRIBUTES) return
    if (size > MAX_ATTRIBUTES) throw new LayerDamagedError(this.#path, `the attributes of an entry have ${size} bytes`)
    this.#attributes = []
  }

  /** Reads the size that attributes of PAX state for the next entry. */
  #finishAttributes(): void {
    if (this.#attributes === undefined) return
    const bytes = Buffer.concat(this.#attributes)
    this.#attributes = undefined
    for (let at = 0; at < bytes.length;) {
      const record = /^(\d{1,7}) /.exec(bytes.toString('latin1', at, at + 8))
      const length = Number(record?.[1] ?? 0)
      if (record === null || length <= record[0].length) return
      const text = bytes.toString('utf8', at + record[0].length, at + length - 1)
      const size = /^size=(\d+)$/.exec(text)
      if (size !== null) this.#size = Number(size[1])
      at += length
    }
  }
}

/** The length of an entry: octal digits or, from 8 GiB, a binary number. NaN for something else. */
function sizeOf(block: Buffer): number {
  if ((block[124]! & 0x80) !== 0) {
    const value = block.subarray(125, 136).reduce((sum, byte) => sum * 256 + byte, block[124]! & 0x7f)
    return Number.isSafeInteger(value) ? value : NaN
  }
  const text = block.toString('latin1', 124, 136).replace(/\0.*$/s, '').trim()
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? parseInt(text, 8) : NaN
}

/** Thrown for an entry of a layer that is neither a file nor a folder of a model. */
export class LayerEntryError extends StemmaError {
  override name = 'LayerEntryError'
  constructor(layer: string, entry: string, what: string) {
    super(
      'LAYER_ENTRY',
      `${quoted(shortText(entry, 100))} in the layer ${placeOf(layer)} ${what}. A model's layer holds plain files and folders, each once; do not load it.`,
    )
  }
}

/** Thrown when a layer cannot be unpacked. */
export class LayerDamagedError extends StemmaError {
  override name = 'LayerDamagedError'
  constructor(layer: string, why: string, cause?: unknown) {
    super(
      'LAYER_DAMAGED',
      `The layer ${placeOf(layer)} cannot be unpacked: ${why}. Ask the publisher for a whole one.`,
      {
        cause,
      },
    )
  }
}
