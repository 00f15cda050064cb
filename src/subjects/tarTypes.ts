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
const GLOBAL_ATTRIBUTES = 'g'
const LONG_NAME = 'L'
const DESCRIBING = [ATTRIBUTES, GLOBAL_ATTRIBUTES, LONG_NAME, 'K']
/** Attributes that some programs apply to all entries after them, and others to none. */
const UNSAFE_FOR_ALL = /^(path|linkpath|size|GNU\.sparse\..*)=/s
/** What begins a text that a decoder may drop: the byte-order mark. */
const MARK = Buffer.from('\ufeff')
/** Where a header has texts: the name, and what comes before it. */
const TEXTS_AT = [0, 345]
/** What other types are. */
const KINDS: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a named pipe',
  S: 'a sparse file',
}

/** An entry of a tar, as its header states it. */
export type StatedEntry = {
  /** The first format of tar has folders as files whose names end with a slash, which is `either`. */
  type: 'file' | 'directory' | 'either'
  /** Bytes. */
  size: number
}

/**
 * Looks at the header of each entry of a tar whose bytes pass by, and refuses all but files and folders, and what programs read in
 * different ways. A decoder may take an entry of another type for a file, where the programs that unpack it make something else of it.
 */
export class TarTypes {
  readonly #path: string
  readonly #entries: StatedEntry[] = []
  readonly #block = Buffer.alloc(BLOCK)
  #filled = 0
  #skip = 0
  #attributes: { type: string; size: number; parts: Buffer[] } | undefined
  /** Whether a header describes the next entry. */
  #isDescribed = false
  #size: number | undefined
  #ended = false

  /** @param path the archive's path, for errors */
  constructor(path: string) {
    this.#path = path
  }

  /**
   * Checks that the next entry that a decoder found is the next one that passed by.
   *
   * @throws {@link LayerEntryError}
   */
  check({ name, type, size }: { name: string; type?: string | undefined; size: number }): void {
    const stated = this.#entries.shift()
    const isSame = stated !== undefined && (stated.type === 'either' || stated.type === type)
    if (!isSame || stated.size !== size)
      throw new LayerEntryError(this.#path, name, 'is not the same file to all programs that unpack it')
  }

  /** Takes the next bytes of the tar. @throws {@link LayerEntryError} {@link LayerDamagedError} */
  update(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length && !this.#ended) {
      if (this.#skip > 0) {
        const length = Math.min(this.#skip, chunk.length - at)
        this.#attributes?.parts.push(Buffer.from(chunk.subarray(at, at + length)))
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
    if (TEXTS_AT.some((at) => MARK.equals(block.subarray(at, at + MARK.length))))
      throw new LayerEntryError(this.#path, name, 'has a name that begins with a byte-order mark')
    const stated = sizeOf(block)
    const size = type === FOLDER ? 0 : FILE.includes(type) ? (this.#size ?? stated) : stated
    if (!Number.isSafeInteger(size))
      throw new LayerDamagedError(this.#path, `the length of ${quoted(name)} is not a number`)
    this.#skip = Math.ceil(size / BLOCK) * BLOCK
    if (DESCRIBING.includes(type)) this.#describe(type, size)
    else {
      // Some programs skip what a folder states as its length, and others do not.
      if (type === FOLDER && stated !== 0) throw new LayerEntryError(this.#path, name, 'is a folder with a length')
      this.#entries.push({ type: type === FOLDER ? 'directory' : type === '0' ? 'file' : 'either', size })
      this.#size = undefined
      this.#isDescribed = false
    }
  }

  /** Begins to read a header that describes others. Which of two holds is not the same in all programs. */
  #describe(type: string, size: number): void {
    if (this.#isDescribed) throw new LayerDamagedError(this.#path, 'an entry has two names or two lists of attributes')
    this.#isDescribed ||= type !== GLOBAL_ATTRIBUTES
    if (size > MAX_ATTRIBUTES) throw new LayerDamagedError(this.#path, `the attributes of an entry have ${size} bytes`)
    this.#attributes = { type, size, parts: [] }
    if (size === 0) this.#finishAttributes()
  }

  /** Reads what describes the next entry, or all: of attributes of PAX the size. */
  #finishAttributes(): void {
    if (this.#attributes === undefined) return
    const { type, size } = this.#attributes
    const bytes = Buffer.concat(this.#attributes.parts).subarray(0, size)
    this.#attributes = undefined
    if (type === LONG_NAME && MARK.equals(bytes.subarray(0, MARK.length)))
      throw new LayerDamagedError(this.#path, 'a name begins with a byte-order mark')
    if (type !== ATTRIBUTES && type !== GLOBAL_ATTRIBUTES) return
    for (const text of attributesIn(bytes, this.#path)) {
      if (type === GLOBAL_ATTRIBUTES && UNSAFE_FOR_ALL.test(text))
        throw new LayerDamagedError(this.#path, `all entries after one have ${quoted(shortText(text, 50))}`)
      const stated = /^size=(\d+)$/.exec(text)
      if (type === ATTRIBUTES && stated !== null) this.#size = Number(stated[1])
    }
  }
}

/** The records of attributes of PAX, such as `path=a`. */
function attributesIn(bytes: Buffer, path: string): string[] {
  const texts: string[] = []
  for (let at = 0; at < bytes.length;) {
    const record = /^([1-9]\d{0,6}) /.exec(bytes.toString('latin1', at, at + 8))
    const end = at + Number(record?.[1] ?? 0)
    const start = at + (record?.[0].length ?? 0)
    if (record === null || end <= start || end > bytes.length || bytes[end - 1] !== 0x0a)
      throw new LayerDamagedError(path, 'the attributes of an entry are not those of PAX')
    texts.push(bytes.toString('utf8', start, end - 1))
    at = end
  }
  return texts
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
