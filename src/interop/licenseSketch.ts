import { StemmaError } from '../core/errors.ts'
import { isBytes32, type Digest } from '../core/hex.ts'
import { sha256Text } from '../core/sha256.ts'

/** Words in a shingle. */
const SHINGLE_WORDS = 5
/** Hashes in a sketch: the smallest of a text. The distance of two sketches is then right to about 0.06. */
const SKETCH_SIZE = 64
/** Hex digits of the digest of a text's words. */
const WORDS_DIGITS = 32
/** Lines of at most this many words before the first longer one are a title. */
const TITLE_WORDS = 8
/** Longest line of a copyright notice, in words. */
const NOTICE_WORDS = 15
/** Words that a title or a copyright notice does not have unless it limits what the text below grants. */
const LIMITING =
  /^(?:only|no|not|non|noncommercial|commercial|research|academic|personal|evaluation|internal|military|use|except|excluding|without|prohibited|forbidden|must|may|shall|modified|restricted|restrictions?|competitors?)$/
/** Largest distance at which a text is named as near. */
const NEAR = 0.6
/** Most candidates that are named. */
const MOST = 3

/** A text of a license, as the committed index knows it. It has no words of it. */
export type KnownText = {
  /** Names of the license: SPDX ids, or ids of the library. Several when one text stands for all of them. */
  names: readonly string[]
  /** SHA-256 of the texts that were read, in UTF-8. */
  texts: readonly Digest[]
  /** The first 32 hex digits of SHA-256 of its words (see {@link licenseWords}); null where only its digest is known. */
  words: string | null
  /** The smallest hashes of its shingles, ascending; null where only an equal text is recognized. */
  sketch: Uint32Array | null
}

/** What a text is found to be. */
export type RecognizedText =
  | { kind: 'equal'; names: readonly string[] }
  | {
      kind: 'near'
      /** The nearest first. */
      candidates: readonly {
        names: readonly string[]
        /** From 0, the same shingles, to 1, none in common; estimated. */
        distance: number
      }[]
    }
  | { kind: 'unknown' }

/**
 * The words of a license's text that count: in lower case, without punctuation, the title and the lines of copyright notices, which are
 * different in each copy. A title or a notice that limits something counts.
 */
export function licenseWords(text: string): string[] {
  const lines = text
    .normalize('NFKC')
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map(
      (line): string[] =>
        line
          .toLowerCase()
          .replaceAll('licence', 'license')
          .match(/[\p{L}\p{N}]+/gu) ?? [],
    )
    .filter((words) => words.length > 0 && !isNotice(words))
  const begin = lines.findIndex((words) => words.length > TITLE_WORDS || words.some((word) => LIMITING.test(word)))
  return lines.slice(Math.max(begin, 0)).flat()
}

function isNotice(words: readonly string[]): boolean {
  const starts = words[0] === 'copyright' || (words[0] === 'c' && /^\d{4}$/.test(words[1] ?? ''))
  return starts && words.length <= NOTICE_WORDS && !words.some((word) => LIMITING.test(word))
}

/** The digest of a text's words by which equal texts are recognized. */
export function wordsDigest(words: readonly string[]): string {
  return sha256Text(words.join(' ')).slice(2, 2 + WORDS_DIGITS)
}

/** The sketch of a text: the smallest 64 of the 32-bit hashes of its shingles of 5 words, ascending. */
export function licenseSketch(words: readonly string[]): Uint32Array {
  const hashes = new Set<number>()
  const length = Math.min(SHINGLE_WORDS, words.length)
  for (let index = 0; length > 0 && index + length <= words.length; index++)
    hashes.add(hash32(words.slice(index, index + length).join(' ')))
  return Uint32Array.from([...hashes].sort((a, b) => a - b).slice(0, SKETCH_SIZE))
}

/** The distance of two texts by their sketches: 1 less the part of the smallest hashes of both that both have. */
export function sketchDistance(a: Uint32Array, b: Uint32Array): number {
  const both = [...new Set([...a, ...b])].sort((one, other) => one - other).slice(0, SKETCH_SIZE)
  if (both.length === 0) return 1
  const [inA, inB] = [new Set(a), new Set(b)]
  return 1 - both.filter((hash) => inA.has(hash) && inB.has(hash)).length / both.length
}

/**
 * Recognizes the text of a license: by its SHA-256, as it is or with plain line ends; by the digest of its words; else by the nearest sketches,
 * which name candidates and decide nothing.
 */
export function recognizeLicense(known: readonly KnownText[], text: string): RecognizedText {
  const digests = textDigests(text)
  const words = licenseWords(text)
  const digest = wordsDigest(words)
  const equal = known.filter(
    (each) => each.texts.some((one) => digests.includes(one)) || (words.length > 0 && each.words === digest),
  )
  // One text may stand for several licenses, as that of the GPL does.
  if (equal.length > 0) return { kind: 'equal', names: [...new Set(equal.flatMap(({ names }) => names))] }
  const sketch = licenseSketch(words)
  const near = known
    .flatMap((each) =>
      each.sketch === null ? [] : [{ names: each.names, distance: sketchDistance(sketch, each.sketch) }],
    )
    .filter(({ distance }) => distance <= NEAR)
    .sort((a, b) => a.distance - b.distance)
  const candidates = near.filter(({ distance }) => distance <= near[0]!.distance + 0.1).slice(0, MOST)
  return candidates.length > 0 ? { kind: 'near', candidates } : { kind: 'unknown' }
}

/** SHA-256 of a text as it is, with line ends of Unix, and without white space at its ends too. */
export function textDigests(text: string): Digest[] {
  const plain = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
  return [...new Set([text, plain, plain.trim(), `${plain.trim()}\n`])].map(sha256Text)
}

/**
 * Reads the index of texts that `tools/license-sketches.ts` writes.
 *
 * @throws {@link SketchIndexError}
 */
export function parseSketchIndex(value: unknown): KnownText[] {
  const index = value as { version?: unknown; texts?: unknown } | null
  if (typeof index !== 'object' || index === null || index.version !== 1 || !Array.isArray(index.texts))
    throw new SketchIndexError('version and texts')
  return index.texts.map((each: unknown, at): KnownText => {
    const { names, texts, words, sketch } = (each ?? {}) as Record<string, unknown>
    const ok =
      isTexts(names) &&
      isTexts(texts) &&
      texts.every(isBytes32) &&
      typeof words === 'string' &&
      new RegExp(`^[0-9a-f]{${WORDS_DIGITS}}$`).test(words) &&
      (sketch === undefined || (typeof sketch === 'string' && /^(?:[A-Za-z0-9_-]{6})+$/.test(sketch)))
    if (!ok) throw new SketchIndexError(`texts[${at}]`)
    return { names, texts: texts as Digest[], words, sketch: sketch === undefined ? null : decodeSketch(sketch) }
  })
}

/** A sketch as text: six characters of URL-safe base 64 for each hash. */
export function encodeSketch(sketch: Uint32Array): string {
  return Array.from(sketch, (hash) =>
    Array.from({ length: 6 }, (_, index) => DIGITS[Math.floor(hash / 64 ** (5 - index)) % 64]).join(''),
  ).join('')
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function decodeSketch(text: string): Uint32Array {
  return Uint32Array.from({ length: text.length / 6 }, (_, index) =>
    Array.from(text.slice(index * 6, index * 6 + 6)).reduce((sum, digit) => sum * 64 + DIGITS.indexOf(digit), 0),
  )
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** FNV-1a over UTF-16 code units with the finish of MurmurHash3, so that the smallest hashes are spread evenly. */
function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Thrown when the index of license texts is not as the tool writes it. */
export class SketchIndexError extends StemmaError {
  override name = 'SketchIndexError'
  constructor(where: string) {
    super('SKETCH_INDEX', `The index of license texts is damaged (${where}). Install the package again.`)
  }
}
