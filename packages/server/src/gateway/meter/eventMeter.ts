import type { Meter, RequestFacts, Route, Usage } from '../ports.ts'
import { endOfLine, EventReader } from './eventReader.ts'
import { TokenCount } from './tokenCount.ts'

/** Longest event that is read, in bytes. A longer one passes unread, unless it ends the answer. */
const LONGEST_EVENT = 1024 * 1024
/** Pieces of an event that are kept before they are joined, so that a drip of single bytes does not pin the buffers behind them. */
const MOST_PIECES = 64

const LINE_FEED = 0x0a
const CARRIAGE = 0x0d
const CARRIAGE_BYTE = Buffer.from('\r')
/** What the beginning of an event says when the event ends the answer. */
const BEGINS_LAST =
  /(?:^|[\r\n])event: ?(?:response\.(?:completed|incomplete|failed)|[\w.]+\.done)[\r\n]|"type" ?: ?"response\.(?:completed|incomplete|failed)"/

/**
 * Meters a stream of server-sent events. Each event passes when it is whole, with the bytes that it came with; the one that ends the
 * answer is held, with all that follows. eventsource-parser is not used for it: it takes and gives text, so the places of an event in
 * the bytes, which must stay as they are, would have to be searched for again.
 */
export class EventMeter implements Meter {
  readonly #count: TokenCount
  readonly #reader: EventReader
  readonly #dropsUsage: boolean
  readonly #isCounted: boolean
  /** The bytes of an event that is not whole yet. */
  #pieces: Buffer[] = []
  #piecesLength = 0
  /** Whether a carriage return came last: it may be half of a line's end, so it waits for the next bytes. */
  #hasCarriage = false
  #isLineEmpty = true
  /** Whether the event is too long to be read. */
  #isSkipping = false
  #isLast = false

  /** @param isCounted false where an answer repeats one whose tokens were counted */
  constructor(route: Route, facts: Pick<RequestFacts, 'inputTokens' | 'addedUsage'>, isCounted: boolean) {
    this.#count = new TokenCount(facts.inputTokens)
    this.#reader = new EventReader(route, this.#count)
    this.#dropsUsage = facts.addedUsage
    this.#isCounted = isCounted
  }

  push(chunk: Buffer): { pass: Buffer[]; hold: Buffer[] } {
    const out: Output = { pass: [], hold: [] }
    if (chunk.length === 0) return out
    const bytes = this.#hasCarriage ? Buffer.concat([CARRIAGE_BYTE, chunk]) : chunk
    const isHalf = bytes[bytes.length - 1] === CARRIAGE
    const whole = isHalf ? bytes.subarray(0, -1) : bytes
    this.#hasCarriage = isHalf
    const text = whole.toString('latin1')
    const hasCarriages = text.includes('\r')
    let from = 0
    let passed = 0
    for (;;) {
      const end = this.#endOfEvent(text, from, hasCarriages)
      if (end < 0) break
      const role = this.#roleOf(text.slice(from, end))
      // Events that pass are given on together, in the buffer that they came in.
      if (role === 'usage' || (role === 'last' && !this.#isLast)) {
        if (passed < from) this.#give(out, whole.subarray(passed, from))
        const pieces = this.#taken()
        if (role === 'last') {
          this.#isLast = true
          out.hold.push(...pieces, whole.subarray(from, end))
        }
        passed = end
      } else if (this.#pieces.length > 0) {
        for (const piece of this.#taken()) this.#give(out, piece)
      }
      from = end
    }
    if (passed < from) this.#give(out, passed === 0 && from === whole.length ? whole : whole.subarray(passed, from))
    if (from < whole.length) this.#keep(out, from === 0 ? whole : whole.subarray(from))
    return out
  }

  end(): Buffer[] {
    if (this.#hasCarriage) this.#pieces.push(CARRIAGE_BYTE)
    const left = this.#taken()
    // The last event counts without the blank line that should end it.
    const role =
      this.#isSkipping || left.length === 0 ? 'usual' : this.#reader.read(Buffer.concat(left).toString('latin1'))
    return role === 'usage' && this.#dropsUsage ? [] : left
  }

  usage(): Usage {
    return this.#isCounted ? this.#count.usage() : { inputTokens: 0, outputTokens: 0, counted: 'reported' }
  }

  /** Where the event ends that `text` continues at `start`; -1 when it goes on. */
  #endOfEvent(text: string, start: number, hasCarriages: boolean): number {
    for (let from = start; from < text.length;) {
      const mark = endOfLine(text, from, hasCarriages)
      if (mark < 0) {
        this.#isLineEmpty = false
        return -1
      }
      const isBlank = this.#isLineEmpty && mark === from
      from = mark + (text.charCodeAt(mark) === CARRIAGE && text.charCodeAt(mark + 1) === LINE_FEED ? 2 : 1)
      this.#isLineEmpty = true
      if (isBlank) return from
    }
    return -1
  }

  #roleOf(ending: string): 'usual' | 'usage' | 'last' {
    if (this.#isSkipping) {
      this.#isSkipping = false
      return 'usual'
    }
    const text =
      this.#pieces.length === 0 ? ending : Buffer.concat(this.#pieces, this.#piecesLength).toString('latin1') + ending
    const role = this.#reader.read(text)
    return role === 'usage' && !this.#dropsUsage ? 'usual' : role
  }

  #give(out: Output, bytes: Buffer): void {
    ;(this.#isLast ? out.hold : out.pass).push(bytes)
  }

  #taken(): Buffer[] {
    const pieces = this.#pieces
    this.#pieces = []
    this.#piecesLength = 0
    return pieces
  }

  /** Keeps the beginning of an event; of one that is too long nothing is kept. */
  #keep(out: Output, bytes: Buffer): void {
    if (this.#isSkipping) return this.#give(out, bytes)
    this.#pieces.push(bytes)
    this.#piecesLength += bytes.length
    if (this.#pieces.length >= MOST_PIECES) this.#pieces = [Buffer.concat(this.#pieces, this.#piecesLength)]
    if (this.#piecesLength <= LONGEST_EVENT) return
    this.#isSkipping = true
    const pieces = this.#taken()
    if (BEGINS_LAST.test(Buffer.concat(pieces).toString('latin1', 0, 1024))) this.#isLast = true
    for (const piece of pieces) this.#give(out, piece)
  }
}

type Output = { pass: Buffer[]; hold: Buffer[] }
