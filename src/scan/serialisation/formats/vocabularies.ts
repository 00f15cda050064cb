import type { FormatReader } from '../../ports.ts'
import { baseNameOf, textFile } from './content.ts'
import { WireFault, WireReader, type Span } from './wire.ts'

/** Names of texts that hold words, ranks, settings and notes. Scripts and pickles under such names have readers of their own. */
const TEXT =
  /\.(tiktoken|log|ini|toml|cff|names|bpe|codes|rst|lst|labels|dict|cfg)$|^(modelfile|params|template|system|checkpoint|vocab|merges|authors|changelog)$/
/** Pieces of a vocabulary that are looked into. */
const LOOKED = 64
/** Parts of a vocabulary: pieces, settings of the trainer, of both normalizers, and tests. */
const PARTS = 5

/** What decides which files are vocabularies and texts; part of the digest of the ruleset. */
export const VOCABULARY_SETTINGS = { text: TEXT.source, looked: LOOKED, parts: PARTS }

/** Knows texts of vocabularies and settings by name and content: they are data. */
export const readText: FormatReader = (content) => TEXT.test(baseNameOf(content)) && textFile(content)

/** Knows vocabularies of SentencePiece by their content, under any name: pieces with scores, and nothing behind them. */
export const readSentencePiece: FormatReader = (content) => {
  const reader = new WireReader(content)
  let pieces = 0
  try {
    for (const field of reader.fields(reader.all)) {
      if (field.wire !== 2 || field.number > PARTS) return false
      if (field.number === 1 && ++pieces <= LOOKED && !isPiece(reader, field)) return false
    }
  } catch (error) {
    if (!(error instanceof WireFault)) throw error
    return false
  }
  return pieces > 0
}

/** Whether a message is a text with a score and a kind. */
function isPiece(reader: WireReader, span: Span): boolean {
  const wires = [...reader.fields(span)].map(({ number, wire }) => `${number}:${wire}`)
  return wires[0] === '1:2' && wires.every((each) => each === '1:2' || each === '2:5' || each === '3:0')
}
