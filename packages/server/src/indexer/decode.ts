import { type Hex, keccakText, StemmaError } from 'stemma/core'

/**
 * Decodes events by the committed ABIs. It supports only the types that the contracts use, because decoding is half of the work
 * of catching up and general decoders take ten times as long.
 */

/** An input of an event in an ABI. */
export type AbiInput = {
  readonly name: string
  readonly type: string
  readonly internalType?: string
  readonly indexed?: boolean
  readonly components?: readonly AbiInput[]
}
/** An entry of an ABI. */
export type AbiEntry = {
  readonly type: string
  readonly name?: string
  readonly anonymous?: boolean
  readonly inputs?: readonly AbiInput[]
}

/**
 * An argument. Fixed bytes, addresses and numbers of more than 48 bits are lower-case hex strings of their full length, so that
 * they can be keys. Shorter numbers are numbers. `string` and `bytes` are bytes, because a string on chain need not be UTF-8.
 */
export type Argument = string | number | boolean | Uint8Array | readonly Argument[] | Arguments
/** Arguments by name. */
export type Arguments = { readonly [name: string]: Argument }

/** The parts of a log that are decoded. */
export type RawLog = { topics: readonly Hex[]; data: Hex }

/** Decodes one event. */
export type EventDecoder = {
  name: string
  /** Keccak-256 of the signature: the first topic. */
  topic: Hex
  inputs: readonly AbiInput[]
  /** Decodes a log. @throws {@link MalformedLogError} when the log is not such an event */
  decode(log: RawLog): Arguments
}

/** Digits of a word. */
const WORD = 64
/** Reads a value: `at` is the place of its head, `base` that from which offsets count, both in digits of the data. */
type Reader = (data: string, at: number, base: number) => Argument
type Type = { isDynamic: boolean; /** Digits of the head. */ size: number; read: Reader }

/** Makes the decoder of each event of an ABI. */
export function eventDecoders(abi: readonly AbiEntry[]): EventDecoder[] {
  return abi.flatMap((entry) =>
    entry.type === 'event' && !entry.anonymous ? [eventDecoder(entry.name!, entry.inputs ?? [])] : [],
  )
}

function eventDecoder(name: string, inputs: readonly AbiInput[]): EventDecoder {
  const topic = keccakText(`${name}(${inputs.map(signatureOf).join(',')})`)
  const indexed = inputs.filter((input) => input.indexed)
  const topics = indexed.map((input) => ({ name: input.name, read: typeOf(input).read }))
  let at = 2
  const fields = inputs
    .filter((input) => !input.indexed)
    .map((input) => {
      const type = typeOf(input)
      const field = { name: input.name, ...type, at }
      at += type.isDynamic ? WORD : type.size
      return field
    })
  const least = at
  return {
    name,
    topic,
    inputs,
    decode(log) {
      if (log.topics.length !== topics.length + 1) throw new MalformedLogError(name, 'the number of its topics')
      if (log.data.length < least) throw new MalformedLogError(name, 'the length of its data')
      const values: Record<string, Argument> = {}
      for (let i = 0; i < topics.length; i++) values[topics[i]!.name] = topics[i]!.read(log.topics[i + 1]!, 2, 2)
      for (const field of fields) {
        const from = field.isDynamic ? offsetAt(log.data, field.at, 2) : field.at
        values[field.name] = field.read(log.data, from, from)
      }
      return values
    },
  }
}

function signatureOf({ type, components }: AbiInput): string {
  if (!type.startsWith('tuple')) return type
  return `(${components!.map(signatureOf).join(',')})${type.slice('tuple'.length)}`
}

function typeOf(input: AbiInput): Type {
  const { type } = input
  if (type.endsWith('[]')) return listOf(typeOf({ ...input, type: type.slice(0, -2) }))
  if (type === 'tuple') return tupleOf(input.components!)
  if (type === 'bytes32') return { isDynamic: false, size: WORD, read: readWord }
  if (type === 'address') return { isDynamic: false, size: WORD, read: readAddress }
  if (type === 'bool') return { isDynamic: false, size: WORD, read: (data, at) => readNumber(data, at, 1) === 1 }
  if (type === 'string' || type === 'bytes') return { isDynamic: true, size: WORD, read: readBytes }
  const bytes = Number(/^bytes(\d+)$/.exec(type)?.[1])
  if (bytes > 0) return { isDynamic: false, size: WORD, read: (data, at) => readStart(data, at, bytes) }
  const bits = Number(/^uint(\d+)$/.exec(type)?.[1])
  if (!(bits > 0)) throw new Error(`No decoder for the type ${type}.`)
  if (bits > 48) return { isDynamic: false, size: WORD, read: readWord }
  return { isDynamic: false, size: WORD, read: (data, at) => readNumber(data, at, 2 ** bits - 1) }
}

function listOf(element: Type): Type {
  const read: Reader = (data, at) => {
    const length = lengthAt(data, at)
    const from = at + WORD
    const step = element.isDynamic ? WORD : element.size
    if (from + length * step > data.length) throw new MalformedLogError('', 'the length of a list')
    const list: Argument[] = []
    for (let i = 0, head = from; i < length; i++, head += step) {
      const place = element.isDynamic ? offsetAt(data, head, from) : head
      list.push(element.read(data, place, place))
    }
    return list
  }
  return { isDynamic: true, size: WORD, read }
}

function tupleOf(components: readonly AbiInput[]): Type {
  let size = 0
  const fields = components.map((component) => {
    const type = typeOf(component)
    const field = { name: component.name, ...type, at: size }
    size += type.isDynamic ? WORD : type.size
    return field
  })
  const isDynamic = fields.some((field) => field.isDynamic)
  const read: Reader = (data, at) => {
    const values: Record<string, Argument> = {}
    for (const field of fields) {
      const from = field.isDynamic ? offsetAt(data, at + field.at, at) : at + field.at
      values[field.name] = field.read(data, from, from)
    }
    return values
  }
  return { isDynamic, size, read }
}

const ZEROS = '0'.repeat(WORD)

function word(data: string, at: number): string {
  const digits = data.slice(at, at + WORD)
  if (digits.length !== WORD) throw new MalformedLogError('', 'the length of its data')
  return digits
}

/** Reads a word; a topic is a single word. */
function readWord(data: string, at: number): string {
  return data.length === WORD + 2 ? data : `0x${word(data, at)}`
}

/** Reads a value of fewer bytes than a word, from the start of the word. */
function readStart(data: string, at: number, bytes: number): string {
  const digits = word(data, at)
  if (digits.slice(bytes * 2) !== ZEROS.slice(bytes * 2)) throw new MalformedLogError('', 'the padding of a value')
  return `0x${digits.slice(0, bytes * 2)}`
}

function readAddress(data: string, at: number): string {
  const digits = word(data, at)
  if (!digits.startsWith(ZEROS.slice(0, 24))) throw new MalformedLogError('', 'the padding of an address')
  return `0x${digits.slice(24)}`
}

function readNumber(data: string, at: number, most: number): number {
  const digits = word(data, at)
  const value = digits.startsWith(ZEROS.slice(0, 52)) ? Number.parseInt(digits.slice(52), 16) : NaN
  if (!(value <= most)) throw new MalformedLogError('', 'the size of a number')
  return value
}

function readBytes(data: string, at: number): Uint8Array {
  const from = at + WORD
  const until = from + lengthAt(data, at) * 2
  if (until > data.length) throw new MalformedLogError('', 'the length of a text')
  return Buffer.from(data.slice(from, until), 'hex')
}

/** Reads a number of elements or bytes, at most as many as the data could hold. */
function lengthAt(data: string, at: number): number {
  return readNumber(data, at, data.length)
}

function offsetAt(data: string, at: number, base: number): number {
  return base + lengthAt(data, at) * 2
}

/** Thrown when a log is not the event that its first topic names: the node or a proxy is broken. */
export class MalformedLogError extends StemmaError {
  override name = 'MalformedLogError'
  override readonly kind = 'unavailable'
  constructor(event: string, what: string) {
    super(
      'MALFORMED_LOG',
      `A log${event && ` of the event ${event}`} cannot be decoded: ${what} is wrong. Use another node.`,
    )
  }
}
