/**
 * Measures sketches: making one of a large file beside its digest, a pair of small models, and a large suspect against many sketches.
 * The file is sparse: it has holes in place of most weights, and random numbers at the start of each tensor. It is removed afterwards.
 *
 *     npm run bench:sketch -- [--layers 80] [--columns 8192] [--rows 28672] [--vocabulary 128256] [--anchors 64]
 *         [--units 4] [--sketches 1000] [--folder /tmp] [--json]
 *
 * The defaults are the shape of a model of 70 billion parameters (its embeddings, gates, ups and as many bytes of others), which takes some
 * minutes; with `--layers 4` it is a share of that. Anchors and units are those of a model of 80 layers, whatever the layers. Seconds are those of
 * the processor, because a busy machine stretches the others; the walls are printed beside them. Exits with 1 when a goal is missed, and with 2 for wrong usage.
 */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import { exitForUsage, readOptions } from '../scripts/options.ts'
import { compareWithSketch, exactHits } from '../src/fingerprint/compareWithSketch.ts'
import { compareWithSketches } from '../src/fingerprint/compareWithSketches.ts'
import { makeSketch } from '../src/fingerprint/makeSketch.ts'
import { makeProbe } from '../src/fingerprint/probe.ts'
import type { FileContent } from '../src/fingerprint/readers/content.ts'
import { GateLengths } from '../src/fingerprint/foldedRows.ts'
import { openSketchSource } from '../src/fingerprint/readers/openSketchSource.ts'
import type { Sketch } from '../src/fingerprint/sketch.ts'
import { continued, randomModel, sourceOf } from '../test/fingerprint/randomModel.ts'

/** Goals: a share of the digest's rate, seconds a pair, seconds for the equal tensors of all sketches. */
const GOALS = { share: 0.6, pair: 0.1, exact: 0.3 }
/** Bytes that are read at once. */
const CHUNK = 4 * 1024 * 1024
/** Numbers at the start of each tensor that are not zero. */
const FILLED = 4 * 1024 * 1024

const { values } = readOptions({
  layers: { type: 'string', default: '80' },
  columns: { type: 'string', default: '8192' },
  rows: { type: 'string', default: '28672' },
  vocabulary: { type: 'string', default: '128256' },
  anchors: { type: 'string', default: '64' },
  units: { type: 'string', default: '4' },
  sketches: { type: 'string', default: '1000' },
  folder: { type: 'string', default: tmpdir() },
  json: { type: 'boolean', default: false },
})
const numbers = ['layers', 'columns', 'rows', 'vocabulary', 'anchors', 'units', 'sketches'] as const
const [layers, columns, rows, vocabulary, anchors, units, sketchCount] = numbers.map((name) =>
  Number(values[name]),
) as [number, number, number, number, number, number, number]
if (numbers.some((name) => !/^[1-9]\d{0,6}$/.test(values[name])))
  exitForUsage(`${numbers.map((name) => `--${name}`).join(', ')} are whole numbers from 1 on.`)

/** The beginning of a row that two parts share. */
let carry: { layer: number; bytes: Buffer } | undefined

const folder = mkdtempSync(join(values.folder, 'stemma-bench-'))
const clean = () => rmSync(folder, { recursive: true, force: true })
process.once('SIGINT', () => {
  clean()
  process.exit(130)
})
try {
  const result = { cpu: cpus()[0]?.model.trim() ?? '', node: process.version, ...(await measure()) }
  const ok = result.share >= GOALS.share && result.pairSeconds <= GOALS.pair && result.exactSeconds <= GOALS.exact
  if (values.json) console.log(JSON.stringify({ ...result, goals: GOALS, ok }))
  else for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(16)} ${value}`)
  process.exitCode = ok ? 0 : 1
} finally {
  clean()
}

async function measure() {
  const path = join(folder, 'model.safetensors')
  const tensors = writeModel(path)
  const file = openContent(path)
  const before = timed(() => readThrough(file, () => {}))
  const { source } = await openSketchSource([file.content, tokenizerFile()], { leaves: [] })
  const made = timed(() => {
    const lengths = new Map<number, GateLengths>()
    readThrough(file, (chunk, offset) => feed(tensors, lengths, source, chunk, offset))
    return makeSketch(source, { anchors, units, lengths: (layer) => lengths.get(layer)?.squares })
  })
  // The first reading fills the system's cache, so the faster of two counts.
  const after = timed(() => readThrough(file, () => {}))
  const digest = after.seconds < before.seconds ? after : before
  const sketchRss = process.memoryUsage.rss()
  const pair = pairSeconds()
  const many = manySketches(made.value)
  const probe = timed(() => makeProbe(source, many, { exact: { tensors: ['00'.repeat(8)] } }))
  const exactSeconds = timed(() => many.map((sketch) => exactHits(probe.value, sketch))).seconds
  const compared = timed(() => [...compareWithSketches(probe.value, many)])
  closeSync(file.descriptor)
  return {
    bytes: file.content.size,
    digestSeconds: digest.seconds,
    digestWall: digest.wall,
    sketchSeconds: made.seconds,
    sketchWall: made.wall,
    share: digest.seconds / made.seconds,
    sketchRss,
    anchors: made.value.anchors.length,
    units: made.value.units,
    pairSeconds: pair,
    probeSeconds: probe.seconds,
    sketches: many.length,
    exactSeconds,
    comparedSeconds: compared.seconds,
    eachSeconds: compared.seconds / many.length,
  }
}

/** A comparison of two small models, of which both sides are known in memory; the best of five. */
function pairSeconds(): number {
  const base = randomModel(1)
  const sketch = makeSketch(sourceOf(base))
  const child = continued(base, 0.3, 2)
  return Math.min(...Array.from({ length: 5 }, () => timed(() => compareWithSketch(sourceOf(child), sketch)).seconds))
}

/** As many sketches of other models: those of one, with each layer's places moved by the number of the sketch. */
function manySketches(sketch: Sketch): Sketch[] {
  return Array.from({ length: sketchCount }, (_, index) => ({
    ...sketch,
    layers: sketch.layers.map((layer) => ({
      ...layer,
      places: layer.places.map((place) => (place + index * 17) % layer.rows),
    })),
  }))
}

type Ranges = { layer: number; offset: number; length: number }[]

/** Writes a file of safetensors with holes, and returns where its gates are. */
function writeModel(path: string): Ranges {
  const header: Record<string, unknown> = {}
  const starts: number[] = []
  let end = 0
  const add = (name: string, shape: number[]) => {
    const length = 2 * shape.reduce((product, count) => product * count, 1)
    header[name] = { dtype: 'BF16', shape, data_offsets: [end, end + length] }
    starts.push(end)
    end += length
  }
  add('model.embed_tokens.weight', [vocabulary, columns])
  const gates: Ranges = []
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}.`
    gates.push({ layer, offset: end, length: 2 * rows * columns })
    add(`${at}mlp.gate_proj.weight`, [rows, columns])
    add(`${at}mlp.up_proj.weight`, [rows, columns])
    add(`${at}mlp.down_proj.weight`, [columns, rows])
    // Attention of 8 key heads for 64: 2.25 times the square.
    add(`${at}self_attn.weight`, [Math.max(1, Math.floor(2.25 * columns)), columns])
    add(`${at}post_attention_layernorm.weight`, [columns])
  }
  const text = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(text.length))
  const descriptor = openSync(path, 'w')
  writeSync(descriptor, Buffer.concat([prefix, text]))
  const data = 8 + text.length
  ftruncateSync(descriptor, data + end)
  const noise = randomBf16(Math.min(FILLED, 2 * columns * 64))
  for (const start of starts)
    writeSync(descriptor, noise.subarray(0, Math.min(noise.length, end - start)), 0, undefined, data + start)
  closeSync(descriptor)
  return gates.map((gate) => ({ ...gate, offset: gate.offset + data }))
}

/** Numbers between 2^-7 and 2^-5 of either sign. */
function randomBf16(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = 1
  for (let index = 0; index < length; index += 2) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes.writeUInt16LE(0x3c00 + ((state >>> 16) & 0x80ff), index)
  }
  return bytes
}

function tokenizerFile(): FileContent {
  const letters = (index: number) =>
    [0, 1, 2, 3].map((digit) => String.fromCharCode(97 + (Math.floor(index / 26 ** digit) % 26))).join('')
  const vocab = Object.fromEntries(Array.from({ length: vocabulary }, (_, index) => [letters(index), index]))
  const bytes = Buffer.from(JSON.stringify({ model: { type: 'BPE', vocab } }))
  return {
    name: 'tokenizer.json',
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  }
}

type OpenFile = { descriptor: number; content: FileContent }

function openContent(path: string): OpenFile {
  const descriptor = openSync(path, 'r')
  const { size } = fstatSync(descriptor)
  const read = (offset: number, length: number) => {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)))
    let done = 0
    while (done < bytes.length) done += readSync(descriptor, bytes, done, bytes.length - done, offset + done)
    return bytes
  }
  return { descriptor, content: { name: 'model.safetensors', size, read } }
}

/** Hashes a file from its beginning to its end, and passes each part on. */
function readThrough({ descriptor, content }: OpenFile, use: (chunk: Buffer, offset: number) => void): string {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(CHUNK)
  for (let offset = 0; offset < content.size;) {
    const count = readSync(descriptor, chunk, 0, CHUNK, offset)
    const part = chunk.subarray(0, count)
    hash.update(part)
    use(part, offset)
    offset += count
  }
  return hash.digest('hex')
}

/** Adds what of a part belongs to gates to the lengths of their rows. Rows that two parts share are kept for the next. */
function feed(
  gates: Ranges,
  lengths: Map<number, GateLengths>,
  source: Awaited<ReturnType<typeof openSketchSource>>['source'],
  chunk: Buffer,
  offset: number,
): void {
  for (const gate of gates) {
    const begin = Math.max(gate.offset, offset)
    const end = Math.min(gate.offset + gate.length, offset + chunk.length)
    if (begin >= end) continue
    const known = lengths.get(gate.layer) ?? new GateLengths(rows, source.layers[gate.layer]!.gain)
    lengths.set(gate.layer, known)
    const fresh = chunk.subarray(begin - offset, end - offset)
    const bytes = carry?.layer === gate.layer ? Buffer.concat([carry.bytes, fresh]) : fresh
    const whole = bytes.length - (bytes.length % (2 * columns))
    known.add(floatsOf(bytes.subarray(0, whole)))
    carry = { layer: gate.layer, bytes: Buffer.from(bytes.subarray(whole)) }
  }
}

function floatsOf(bytes: Buffer): Float32Array {
  const words = new Uint32Array(bytes.length / 2)
  for (let index = 0; index < words.length; index++)
    words[index] = (bytes[2 * index]! << 16) | (bytes[2 * index + 1]! << 24)
  return new Float32Array(words.buffer)
}

function timed<T>(work: () => T): { seconds: number; wall: number; value: T } {
  const [from, cpu] = [performance.now(), process.cpuUsage()]
  const value = work()
  const { user, system } = process.cpuUsage(cpu)
  return { seconds: (user + system) / 1e6, wall: (performance.now() - from) / 1000, value }
}
