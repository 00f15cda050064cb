import { refused } from './jsonObject.ts'
import type { Refusal } from './ports.ts'

/** What a part of a form says of itself. */
export type Part = { name: string; isFile: boolean }

/** Takes the parts of a form, one after the other. What a function returns ends the scan. */
export type PartHandler = {
  begin(part: Part): Refusal | undefined
  data(bytes: Buffer): Refusal | undefined
  end(): Refusal | undefined
}

const CONTENT_TYPE = /^multipart\/form-data *; *boundary=(?:"([\w'()+,./:=?-]{1,70})"|([\w'+.-]{1,70})) *$/i
const HEADER = /^([!-9;-~]+):[ \t]*(.*)$/
const HEADERS: ReadonlySet<string> = new Set([
  'content-disposition',
  'content-type',
  'content-length',
  'content-transfer-encoding',
])
const DISPOSITION =
  /^form-data; *name=(?:"([^"\\]*)"|([\w.[\]-]+))(; *filename=(?:"(?:[^"\\]|\\.)*"|[^";\s]+))?(; *filename\*=[^";\s]+)?$/i
const TRANSFER_ENCODING = /^(?:7bit|8bit|binary)$/i
const CHARSET = /charset *= *(?!"?(?:utf-?8|us-ascii)\b)/i
const LONGEST_HEADERS = 4096
const MOST_PARTS = 100

/** The boundary of a form, from a `content-type`; undefined when it is not a form, or says more than that. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const match = CONTENT_TYPE.exec(contentType?.trim() ?? '')
  return match?.[1] ?? match?.[2]
}

/**
 * Scans a form (RFC 7578) as it streams, and refuses what two readers could take for different forms: text around the parts, a
 * boundary that does not end a part, headers that are repeated, folded or unknown. That is why it is not left to a library such as
 * @fastify/busboy: those read what they can, and an upstream that reads otherwise would see a model name that was never checked.
 */
export class MultipartScanner {
  readonly #delimiter: Buffer
  readonly #handler: PartHandler
  #state: 'start' | 'headers' | 'data' | 'after' = 'start'
  /** Bytes that mean something only with those to come. */
  #left: Buffer = Buffer.alloc(0)
  #parts = 0

  constructor(boundary: string, handler: PartHandler) {
    this.#delimiter = Buffer.from(`--${boundary}`)
    this.#handler = handler
  }

  /** Takes the next bytes. */
  push(chunk: Buffer): Refusal | undefined {
    let bytes = this.#left.length === 0 ? chunk : Buffer.concat([this.#left, chunk])
    for (;;) {
      const read = this.#step(bytes)
      if (typeof read !== 'number') return read
      bytes = bytes.subarray(read)
      if (read === 0 || bytes.length === 0) break
    }
    // A copy, so that a few bytes do not pin the buffer that they came in.
    this.#left = Buffer.from(bytes)
    return undefined
  }

  /** The form has ended. */
  end(): Refusal | undefined {
    return this.#state === 'after' && (this.#left.length === 0 || this.#left.equals(LINE))
      ? undefined
      : invalid('ends in the middle')
  }

  /** How many bytes could be read, or 0 when more are needed. */
  #step(bytes: Buffer): number | Refusal {
    switch (this.#state) {
      case 'start':
        return this.#start(bytes)
      case 'headers':
        return this.#headers(bytes)
      case 'data':
        return this.#data(bytes)
      case 'after':
        return bytes.length > 2 ? invalid('goes on after its last boundary') : 0
    }
  }

  #start(bytes: Buffer): number | Refusal {
    const { length } = this.#delimiter
    if (bytes.length < length + 2) return 0
    if (!bytes.subarray(0, length).equals(this.#delimiter) || !bytes.subarray(length, length + 2).equals(LINE)) {
      return invalid('does not begin with its boundary')
    }
    this.#state = 'headers'
    return length + 2
  }

  #headers(bytes: Buffer): number | Refusal {
    const end = bytes.indexOf(LINES)
    if (end > LONGEST_HEADERS || (end < 0 && bytes.length > LONGEST_HEADERS)) {
      return invalid(`has headers of more than ${LONGEST_HEADERS} bytes`)
    }
    if (end < 0) return 0
    const part = partOf(bytes.toString('utf8', 0, end))
    if (part === undefined || bytes.subarray(0, end).includes(this.#delimiter)) {
      return invalid('has a part whose headers are unclear')
    }
    this.#parts += 1
    if (this.#parts > MOST_PARTS) return invalid(`has more than ${MOST_PARTS} parts`)
    this.#state = 'data'
    return this.#handler.begin(part) ?? end + LINES.length
  }

  #data(bytes: Buffer): number | Refusal {
    const { length } = this.#delimiter
    const found = bytes.indexOf(this.#delimiter)
    if (found < 0) {
      // The end may be the beginning of a boundary, with the line's end before it.
      const sure = Math.max(0, bytes.length - length - 1)
      return sure === 0 ? 0 : (this.#handler.data(bytes.subarray(0, sure)) ?? sure)
    }
    const end = found + length
    if (found < 2 || !bytes.subarray(found - 2, found).equals(LINE)) return MISPLACED
    if (bytes.length < end + 2) {
      return found === 2 ? 0 : (this.#handler.data(bytes.subarray(0, found - 2)) ?? found - 2)
    }
    const next = bytes.toString('latin1', end, end + 2)
    if (next !== '\r\n' && next !== '--') return MISPLACED
    this.#state = next === '--' ? 'after' : 'headers'
    const fault = found > 2 ? this.#handler.data(bytes.subarray(0, found - 2)) : undefined
    return fault ?? this.#handler.end() ?? end + 2
  }
}

const LINE = Buffer.from('\r\n')
const LINES = Buffer.from('\r\n\r\n')
const MISPLACED = invalid('has its boundary where no part ends')

function invalid(fault: string): Refusal {
  return refused(
    'invalid_form',
    `The form ${fault}. Send multipart/form-data as RFC 7578 says, with nothing around the parts.`,
  )
}

function partOf(text: string): Part | undefined {
  const headers = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const match = HEADER.exec(line)
    const name = match?.[1]!.toLowerCase()
    if (name === undefined || !HEADERS.has(name) || headers.has(name)) return undefined
    headers.set(name, match![2]!)
  }
  const encoding = headers.get('content-transfer-encoding')
  if (encoding !== undefined && !TRANSFER_ENCODING.test(encoding)) return undefined
  if (CHARSET.test(headers.get('content-type') ?? '')) return undefined
  const match = DISPOSITION.exec(headers.get('content-disposition') ?? '')
  const name = match?.[1] ?? match?.[2]
  return name === undefined ? undefined : { name, isFile: match![3] !== undefined || match![4] !== undefined }
}
