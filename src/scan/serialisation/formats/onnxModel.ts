import type { Content } from '../../ports.ts'
import { WireFault, WireReader, type Field, type Span } from './wire.ts'

/** A tensor of an ONNX file, as far as rules need it. */
export type OnnxTensor = {
  name: string
  dims: readonly bigint[]
  dataType: number
  /** Bytes of `raw_data`; null when there is none. */
  rawLength: number | null
  /** Entries of `external_data`; empty when the data are inside. */
  external: readonly (readonly [key: string, value: string])[]
  isExternal: boolean
  /** Where it begins in the file. */
  offset: number
}

/** What rules need of an ONNX model. */
export type OnnxModel = {
  irVersion: bigint
  tensors: readonly OnnxTensor[]
  /** Operations by `domain:name`, with the offset of the first. */
  operations: ReadonlyMap<string, number>
  /** Domains of functions that the model defines itself. */
  ownFunctions: ReadonlySet<string>
  metadata: readonly (readonly [key: string, value: string])[]
  /** Whether the bytes end or break within a message: what was read before it is in the other fields. */
  isBroken: boolean
}

/** Most levels of graphs in graphs, and most nodes and tensors that are read. */
export const ONNX_READ_LIMITS = { depth: 32, items: 2_000_000 }
const MODEL_FIELDS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26])
const VARINT_FIELDS = new Set([1, 5])

/** Reads an ONNX model as far as it can be read; null when the bytes are not one. */
export function readOnnx(content: Content): OnnxModel | null {
  const reader = new WireReader(content)
  if (!isOnnx(reader)) return null
  const walk = new Walk(reader)
  let isBroken = false
  try {
    walk.model(reader.all)
  } catch (error) {
    if (!(error instanceof WireFault)) throw error
    isBroken = true
  }
  return { ...walk.found, isBroken: isBroken || walk.isCut }
}

/** Whether fields at the top are those of a model, as far as the bytes can be read, with a version and a graph or functions. */
function isOnnx(reader: WireReader): boolean {
  let hasVersion = false
  let hasGraph = false
  try {
    for (const { number, wire, value } of reader.fields(reader.all)) {
      if (!MODEL_FIELDS.has(number) || (wire === 0) !== VARINT_FIELDS.has(number)) return false
      hasVersion ||= number === 1 && value > 0n && value < 1000n
      hasGraph ||= number === 7 || number === 25
    }
  } catch (error) {
    if (!(error instanceof WireFault)) throw error
    // A model that is cut short is still one; other formats rarely begin with a version and a producer.
    return hasVersion && hasGraph
  }
  return hasVersion && hasGraph
}

class Walk {
  readonly #reader: WireReader
  readonly tensors: OnnxTensor[] = []
  readonly operations = new Map<string, number>()
  readonly ownFunctions = new Set<string>()
  readonly metadata: [string, string][] = []
  irVersion = 0n
  /** Whether limits were met. */
  isCut = false
  #items = 0

  constructor(reader: WireReader) {
    this.#reader = reader
  }

  get found(): Omit<OnnxModel, 'isBroken'> {
    const { irVersion, tensors, operations, ownFunctions, metadata } = this
    return { irVersion, tensors, operations, ownFunctions, metadata }
  }

  model(span: Span): void {
    for (const field of this.#reader.fields(span)) {
      if (field.number === 1) this.irVersion = field.value
      else if (field.number === 7) this.#graph(field, 0)
      else if (field.number === 14) this.metadata.push(this.#entry(field))
      else if (field.number === 20) this.#training(field)
      else if (field.number === 25) this.#function(field)
    }
  }

  #training(span: Span): void {
    for (const field of this.#reader.fields(span)) if (field.number === 1 || field.number === 2) this.#graph(field, 1)
  }

  #function(span: Span): void {
    let name = ''
    let domain = ''
    for (const field of this.#reader.fields(span)) {
      if (field.number === 1) name = this.#reader.text(field)
      else if (field.number === 10) domain = this.#reader.text(field)
      else if (field.number === 7) this.#node(field, 1)
      else if (field.number === 11) this.#attribute(field, 1)
    }
    this.ownFunctions.add(`${domain}:${name}`)
  }

  #graph(span: Span, depth: number): void {
    if (!this.#enter(depth)) return
    for (const field of this.#reader.fields(span)) {
      if (field.number === 1) this.#node(field, depth + 1)
      else if (field.number === 5) this.#tensor(field)
      else if (field.number === 15) this.#sparse(field)
    }
  }

  #node(span: Span, depth: number): void {
    if (!this.#enter(depth)) return
    let type = ''
    let domain = ''
    for (const field of this.#reader.fields(span)) {
      if (field.number === 4) type = this.#reader.text(field)
      else if (field.number === 7) domain = this.#reader.text(field)
      else if (field.number === 5) this.#attribute(field, depth + 1)
    }
    const key = `${domain}:${type}`
    if (!this.operations.has(key)) this.operations.set(key, span.offset)
  }

  #attribute(span: Span, depth: number): void {
    if (!this.#enter(depth)) return
    for (const field of this.#reader.fields(span)) {
      if (field.wire !== 2) continue
      if (field.number === 5 || field.number === 10) this.#tensor(field)
      else if (field.number === 6 || field.number === 11) this.#graph(field, depth + 1)
      else if (field.number === 22 || field.number === 23) this.#sparse(field)
    }
  }

  #sparse(span: Span): void {
    for (const field of this.#reader.fields(span)) if (field.number === 1 || field.number === 2) this.#tensor(field)
  }

  #tensor(span: Span): void {
    if (!this.#enter(0)) return
    const dims: bigint[] = []
    const external: [string, string][] = []
    let tensor = { name: '', dataType: 0, rawLength: null as number | null, isExternal: false }
    for (const field of this.#reader.fields(span)) {
      if (field.number === 1) dims.push(...this.#reader.integers(field, 64))
      else if (field.number === 13) external.push(this.#entry(field))
      else tensor = { ...tensor, ...this.#tensorField(field) }
    }
    const isExternal = tensor.isExternal || external.length > 0
    this.tensors.push({ ...tensor, dims, external, isExternal, offset: span.offset })
  }

  #tensorField(field: Field): Partial<OnnxTensor> {
    if (field.number === 2) return { dataType: Number(field.value) }
    if (field.number === 8) return { name: this.#reader.text(field) }
    if (field.number === 9) return { rawLength: field.length }
    return field.number === 14 ? { isExternal: field.value === 1n } : {}
  }

  #entry(span: Span): [string, string] {
    const entry: [string, string] = ['', '']
    for (const field of this.#reader.fields(span)) {
      if (field.number === 1 || field.number === 2) entry[field.number - 1] = this.#reader.text(field)
    }
    return entry
  }

  #enter(depth: number): boolean {
    if (depth <= ONNX_READ_LIMITS.depth && ++this.#items <= ONNX_READ_LIMITS.items) return true
    this.isCut = true
    return false
  }
}
