import { quoted } from '../../../core/text.ts'
import type { Content, FormatReader, Judge } from '../../ports.ts'
import { hasMagic } from './content.ts'
import { FindingLimit } from './findingLimit.ts'
import { readJson } from './jsonText.ts'
import { judgeKeras, judgeMarshalled } from './keras.ts'

const CHUNK_BYTES = 1024 * 1024
/** Bytes of a chunk that the next one has again, so that nothing is missed between them. */
const OVERLAP_BYTES = 4096
/** Longest model_config that is read, and most of them in one file. */
export const HDF5_LIMITS = { configBytes: 16 * 1024 * 1024, configs: 256 }
const SIGNATURE = '\x89HDF\r\n\x1a\n'

/**
 * Judges HDF5 files without a reader of its structures: a config of Keras is one piece of JSON wherever the file keeps it, and
 * lists of external files and external links have forms of their own. So no structure that readers see in two ways can hide them.
 */
export const readHdf5: FormatReader = (content, judge) => {
  const base = baseOf(content)
  if (base === null) return false
  const limit = new FindingLimit(judge)
  let configs = 0
  let judged = 0
  for (let start = 0; start < content.size; start += CHUNK_BYTES) {
    const chunk = content.read(start, Math.min(CHUNK_BYTES + OVERLAP_BYTES, content.size - start))
    const most = Math.min(CHUNK_BYTES, chunk.length)
    for (const at of placesOf(chunk, most, JSON_START)) {
      // Nested objects begin the same way; those inside a config that was read are passed over.
      if (start + at < judged || configs > HDF5_LIMITS.configs) continue
      const end = judgeConfig(content, start + at, limit)
      if (end === null) continue
      configs++
      judged = Math.max(judged, end)
    }
    for (let at = chunk.indexOf(1); at >= 0 && at < most; at = chunk.indexOf(1, at + 1)) {
      const file = externalFile(content, chunk, at) ?? externalLink(chunk, at)
      if (file !== null) limit.found({ rule: 'hdf5.external', what: file, offset: start + at })
    }
    for (const at of virtualPlaces(content, base, chunk, most))
      limit.found({ rule: 'hdf5.external', what: 'A dataset that is put together of others', offset: start + at })
  }
  if (configs > HDF5_LIMITS.configs)
    limit.found({ rule: 'hdf5.config', what: `More than ${HDF5_LIMITS.configs} configs` })
  limit.end()
  judgeBehind(content, base, judge)
  return true
}

/** Where the file begins: behind a user block, whose length is a power of two from 512. */
function baseOf(content: Content): number | null {
  for (let at = 0; at < content.size; at = at === 0 ? 512 : at * 2) if (hasMagic(content, at, SIGNATURE)) return at
  return null
}

/** Judges the bytes behind the end that the file states, which programs of HDF5 do not read. */
function judgeBehind(content: Content, base: number, judge: Judge): void {
  const version = content.read(base + 8, 1)[0] ?? 255
  const at = base + ([40, 44, 28, 28][version] ?? 0)
  const isWide = content.read(base + (version < 2 ? 13 : 9), 1)[0] === 8
  const field = content.read(at, 8)
  if (version > 3 || !isWide || field.length < 8) return
  const end = Number(new DataView(field.buffer, field.byteOffset, 8).getBigUint64(0, true))
  if (end < content.size && end > base)
    judge.within(`bytes at ${end}`, {
      size: content.size - end,
      read: (from, length) => content.read(end + from, length),
    })
}

/** `{"`, or `{` and a blank or a line before it. */
const JSON_START = 0x7b

function* placesOf(chunk: Uint8Array, most: number, byte: number): Generator<number> {
  for (let at = chunk.indexOf(byte); at >= 0 && at < most; at = chunk.indexOf(byte, at + 1)) {
    const head = String.fromCharCode(...chunk.subarray(at, at + 64))
    // Any name may come first, and any letter of it may be written by its number.
    if (/^\{\s*("[\w\\ .:-]{1,60}("\s*:|$)|$)/.test(head)) yield at
  }
}

/** Judges the JSON at an offset; returns where it ends, or null when it is none. */
function judgeConfig(content: Content, offset: number, limit: FindingLimit): number | null {
  const length = Math.min(HDF5_LIMITS.configBytes, content.size - offset)
  // Attributes are short as a rule, so a longer piece is read only where a shorter one breaks off.
  for (let piece = Math.min(65_536, length); ; piece = Math.min(piece * 16, length)) {
    const text = new TextDecoder('latin1').decode(content.read(offset, piece))
    const json = readJson(text)
    if ('value' in json) {
      judgeKeras(json.value, limit, offset)
      judgeMarshalled(json.value, { found: (finding) => limit.found({ ...finding, offset }) })
      return offset + json.end
    }
    if (piece === length || json.at < piece - 8) {
      const isConfig = /"class_name"/.test(text.slice(0, Math.max(json.at, 256))) || json.fault === 'deep'
      if (isConfig) limit.found({ rule: 'hdf5.config', what: 'A config that is not JSON', offset })
      return isConfig ? offset + Math.max(1, json.at) : null
    }
  }
}

/** A message that lists external files: version 1, three zeros, slots, slots in use, and the address of a heap with their names. */
function externalFile(content: Content, chunk: Uint8Array, at: number): string | null {
  if (at + 16 > chunk.length || chunk[at + 1] !== 0 || chunk[at + 2] !== 0 || chunk[at + 3] !== 0) return null
  const view = new DataView(chunk.buffer, chunk.byteOffset + at, 16)
  const [slots, used] = [view.getUint16(4, true), view.getUint16(6, true)]
  const heap = view.getBigUint64(8, true)
  if (used === 0 || used > slots || heap >= BigInt(content.size)) return null
  if (!hasMagic(content, Number(heap), 'HEAP')) return null
  return `A dataset whose bytes are in ${used} other ${used === 1 ? 'file' : 'files'}`
}

/** A link of type 64: version 1, flags, the type, the name, and then the file and the path in it. */
function externalLink(chunk: Uint8Array, at: number): string | null {
  const flags = chunk[at + 1]!
  if (at + 3 > chunk.length || (flags & 0xe8) !== 0x08 || chunk[at + 2] !== 64) return null
  const lengthAt = at + 3 + ((flags & 4) !== 0 ? 8 : 0) + ((flags & 16) !== 0 ? 1 : 0)
  const nameAt = lengthAt + 2 ** (flags & 3)
  const nameLength = (chunk[lengthAt] ?? 0) + ((flags & 3) > 0 ? (chunk[lengthAt + 1] ?? 0) * 256 : 0)
  const valueAt = nameAt + nameLength
  const valueLength = (chunk[valueAt] ?? 0) + (chunk[valueAt + 1] ?? 0) * 256
  if (nameLength === 0 || valueLength < 4 || valueAt + 2 + valueLength > chunk.length || chunk[valueAt + 2] !== 0)
    return null
  const parts = new TextDecoder('latin1').decode(chunk.subarray(valueAt + 3, valueAt + 2 + valueLength)).split('\0')
  if (parts.length < 2 || parts[0] === '' || /\p{Cc}/u.test(parts[0]! + parts[1]!)) return null
  return `A link into the file ${quoted(parts[0]!)}`
}

/** Layouts of virtual datasets (version 3 and on, class 3), by the heap that lists their sources, of which one is another file. */
function* virtualPlaces(content: Content, base: number, chunk: Uint8Array, most: number): Generator<number> {
  for (let at = chunk.indexOf(3); at >= 0 && at < most && at + 14 <= chunk.length; at = chunk.indexOf(3, at + 1)) {
    const version = chunk[at - 1]
    if (version !== 3 && version !== 4) continue
    const view = new DataView(chunk.buffer, chunk.byteOffset + at, 14)
    const heap = view.getBigUint64(1, true) + BigInt(base)
    if (heap < BigInt(content.size) && hasMagic(content, Number(heap), 'GCOL') && namesAnother(content, Number(heap)))
      yield at
  }
}

/** Whether the sources of a virtual dataset, in a heap at an offset, are elsewhere than in the file itself, which is written as a dot. */
function namesAnother(content: Content, heap: number): boolean {
  const bytes = content.read(heap + 16, 65_536)
  // An object: its index, references and length, and then a version, the number of sources, and their names, each up to a zero.
  const text = new TextDecoder('latin1').decode(bytes.subarray(25, 25 + 4096))
  const name = text.slice(0, Math.max(0, text.indexOf('\0')))
  return name !== '.'
}
