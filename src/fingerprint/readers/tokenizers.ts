import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

import { textOfAny } from '../../core/text.ts'
import { shortDigest } from '../exact.ts'
import type { FileContent } from './content.ts'
import { readExactly } from './content.ts'
import { wireFields } from './wire.ts'

/** The tokens of a model by number, and digests by which two tokenizers are the same. */
export type Tokenizer = {
  /** The bytes of each token; null for one without bytes, such as a special token. */
  tokens: (Uint8Array | null)[]
  /** Digest of the sorted strings, as 16 hex digits. */
  vocabulary: string
  /** Digest of the merges; null where there are none. */
  merges: string | null
}

/** Most tokens that are read. */
const MAX_TOKENS = 2_000_000
/** Largest file of a tokenizer that is read, in bytes. */
export const MAX_TOKENIZER_BYTES = 128 * 1024 * 1024

const SPACE_MARK = '▁'
const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/

/** How a tokenizer writes bytes into strings: in the 256 printable characters of GPT-2, or with a mark for spaces. */
type Spelling = 'byte-alphabet' | 'space-mark'

/** Bytes by the character that stands for them in the alphabet of GPT-2. */
const BYTE_ALPHABET: ReadonlyMap<string, number> = byteAlphabet()

function byteAlphabet(): Map<string, number> {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)
  const alphabet = new Map<string, number>()
  let next = 256
  for (let byte = 0; byte < 256; byte++) alphabet.set(String.fromCharCode(isPrintable(byte) ? byte : next++), byte)
  return alphabet
}

/** The bytes that a token stands for; null for one that stands for none. */
export function tokenBytes(text: string, spelling: Spelling): Uint8Array | null {
  if (spelling === 'space-mark') {
    const byte = BYTE_TOKEN.exec(text)
    return byte === null ? utf8ToBytes(text.replaceAll(SPACE_MARK, ' ')) : Uint8Array.of(parseInt(byte[1]!, 16))
  }
  const bytes = Array.from(text, (character) => BYTE_ALPHABET.get(character))
  return bytes.includes(undefined) ? utf8ToBytes(text) : Uint8Array.from(bytes as number[])
}

/** Reads `tokenizer.json` of Hugging Face's tokenizers (BPE, Unigram, WordPiece); null when it has no vocabulary. */
export function tokenizerOfJson(text: string): Tokenizer | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(value) || !isRecord(value.model)) return null
  const entries = vocabularyOf(value.model.vocab)
  if (entries.length === 0) return null
  const spelling = usesByteLevel(value) ? 'byte-alphabet' : 'space-mark'
  const tokens = tokenList(entries.map(([token, id]) => ({ id, bytes: tokenBytes(token, spelling) })))
  for (const added of listOf(value.added_tokens)) {
    if (isRecord(added) && isId(added.id) && added.special === true) {
      while (tokens.length <= added.id) tokens.push(null)
      tokens[added.id] = null
    }
  }
  const merges = listOf(value.model.merges).map((merge) =>
    Array.isArray(merge) ? merge.map(textOfAny).join(' ') : textOfAny(merge),
  )
  return withDigests(tokens, merges)
}

function vocabularyOf(vocabulary: unknown): [token: string, id: number][] {
  if (Array.isArray(vocabulary)) {
    return vocabulary
      .slice(0, MAX_TOKENS)
      .flatMap((entry: unknown, id) => (Array.isArray(entry) && typeof entry[0] === 'string' ? [[entry[0], id]] : []))
  }
  if (!isRecord(vocabulary)) return []
  return Object.entries(vocabulary).filter((entry): entry is [string, number] => isId(entry[1]))
}

/** Whether the pre-tokenizer or the decoder, or one of several, is the byte-level one. */
function usesByteLevel({ pre_tokenizer, decoder }: Record<string, unknown>): boolean {
  const parts = [pre_tokenizer, decoder].flatMap((part) =>
    isRecord(part) ? [part, ...listOf(part.pretokenizers), ...listOf(part.decoders)] : [],
  )
  return parts.some((part) => isRecord(part) && part.type === 'ByteLevel')
}

/** Kinds of pieces of SentencePiece that stand for no text. */
const [UNKNOWN, CONTROL, UNUSED] = [2, 3, 5]

/** Reads `tokenizer.model`: SentencePiece's protobuf, or tiktoken's lines of a token in base64 and its number; null for another file. */
export function tokenizerOfModel(file: FileContent): Tokenizer | null {
  if (file.size > MAX_TOKENIZER_BYTES) return null
  const bytes = readExactly(file, 0, file.size)
  return tiktokenOf(bytes) ?? sentencePieceOf(bytes)
}

function sentencePieceOf(bytes: Uint8Array): Tokenizer | null {
  const tokens: (Uint8Array | null)[] = []
  for (const { field, bytes: piece } of wireFields(bytes)) {
    if (field !== 1 || piece === null || tokens.length === MAX_TOKENS) continue
    let [text, type] = ['', 1]
    for (const part of wireFields(piece)) {
      if (part.field === 1 && part.bytes !== null) text = new TextDecoder().decode(part.bytes)
      if (part.field === 3 && part.bytes === null) type = part.value
    }
    tokens.push([UNKNOWN, CONTROL, UNUSED].includes(type) ? null : tokenBytes(text, 'space-mark'))
  }
  return tokens.length === 0 ? null : withDigests(tokens, [])
}

function tiktokenOf(bytes: Uint8Array): Tokenizer | null {
  if (!/^[A-Za-z0-9+/]+={0,2} \d+\r?\n/.test(new TextDecoder().decode(bytes.subarray(0, 256)))) return null
  const entries: { id: number; bytes: Uint8Array | null }[] = []
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    const match = /^([A-Za-z0-9+/]+={0,2}) (\d{1,7})\r?$/.exec(line)
    if (match !== null) entries.push({ id: Number(match[2]), bytes: fromBase64(match[1]!) })
  }
  return withDigests(tokenList(entries), [])
}

function fromBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}

/** Kinds of tokens in GGUF that stand for no text. */
const GGUF_SPECIAL = [UNKNOWN, CONTROL, UNUSED]

/** The tokenizer of a GGUF file's metadata, whose arrays must be whole; null where it has none. */
export function tokenizerOfGguf(metadata: ReadonlyMap<string, unknown>): Tokenizer | null {
  const array = (key: string): readonly unknown[] => {
    const value = metadata.get(key)
    return isRecord(value) && Array.isArray(value.first) ? value.first : []
  }
  const texts = array('tokenizer.ggml.tokens')
  if (texts.length === 0) return null
  const types = array('tokenizer.ggml.token_type')
  const spelling = metadata.get('tokenizer.ggml.model') === 'gpt2' ? 'byte-alphabet' : 'space-mark'
  const tokens = texts.map((text, index) =>
    typeof text !== 'string' || GGUF_SPECIAL.includes(Number(types[index])) ? null : tokenBytes(text, spelling),
  )
  return withDigests(tokens, array('tokenizer.ggml.merges').map(String))
}

function tokenList(entries: readonly { id: number; bytes: Uint8Array | null }[]): (Uint8Array | null)[] {
  const last = entries.reduce((most, { id }) => Math.max(most, id), -1)
  const tokens: (Uint8Array | null)[] = Array.from({ length: Math.min(last + 1, MAX_TOKENS) }, () => null)
  for (const { id, bytes } of entries) if (id < tokens.length) tokens[id] = bytes
  return tokens
}

/** Tokens are digested as bytes, each behind its length, so that one tokenizer has one digest in every format. */
function withDigests(tokens: (Uint8Array | null)[], merges: readonly string[]): Tokenizer {
  const sorted = tokens.filter((bytes) => bytes !== null).toSorted(compareBytes)
  // Not as arguments of one call, of which there cannot be hundreds of thousands.
  const hash = sha256.create().update(utf8ToBytes('stemma-vocabulary-1\n'))
  for (const bytes of sorted) hash.update(utf8ToBytes(`${bytes.length}:`)).update(bytes)
  return {
    tokens,
    vocabulary: bytesToHex(hash.digest().subarray(0, 8)),
    merges: merges.length === 0 ? null : shortDigest(utf8ToBytes(`stemma-merges-1\n${merges.join('\n')}`)),
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return a[index]! - b[index]!
  return a.length - b.length
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < MAX_TOKENS
}
