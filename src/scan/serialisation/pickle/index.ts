import type { Content, FormatReader, Judge } from '../../ports.ts'
import { FindingBuffer } from './buffer.ts'
import { LIMITS } from './limits.ts'
import { npyData, type NpyData } from './npy.ts'
import { readStream, type Stream } from './stream.ts'
import { isTorchMagic, LEGACY_PICKLES, skipStorages } from './torchLegacy.ts'
import { Window } from './window.ts'

/** Judges pickles, under any name, and .npy files. False for bytes that are neither. */
export const pickle: FormatReader = (content, judge) => {
  const window = new Window(content)
  const array = npyData(window)
  if (array === undefined) return judgePickles(content, window, 0, judge, false)
  if (array.kind === 'numbers') return judgeNumbers(content, window, array, judge)
  const judged = judgePickles(content, window, array.from, judge, array.kind === 'pickle')
  if (!judged) judge.found({ rule: 'pickle.broken', what: 'the header of the array cannot be read', offset: 0 })
  return true
}

/** Numbers are data. Only what is behind them, or missing, is judged. */
function judgeNumbers(content: Content, window: Window, { from, bytes }: NpyData, judge: Judge): boolean {
  if (bytes === undefined) return true
  const end = from + bytes
  if (end > window.size)
    judge.found({ rule: 'pickle.broken', what: 'the array ends before its numbers do', offset: from })
  if (end >= window.size) return true
  judge.found({ rule: 'pickle.trailing', what: `${window.size - end} bytes behind the array`, offset: end })
  judgePickles(content, window, end, judge, false)
  return true
}

/** Judges all pickles from an offset, one behind the other. `certain`: readers take the bytes for a pickle, whatever they are. */
function judgePickles(content: Content, window: Window, start: number, judge: Judge, certain: boolean): boolean {
  const legacy: Stream[] = []
  let [at, any] = [start, false]
  // Short pickles of nothing stand in bytes by chance: they count only with what follows them.
  let weak = false
  for (let count = 0; at < window.size; count++) {
    if (count >= LIMITS.pickles) {
      judge.found({ rule: 'pickle.limits', what: `more than ${LIMITS.pickles} pickles`, offset: at })
      return true
    }
    const stream = judgeOne(content, window, at, judge, certain && !any)
    if (stream === undefined) break
    if (isWeak(stream, window.size)) weak = true
    else any = true
    const another = stream.frameEnd > stream.end && stream.stopped ? stream.frameEnd : -1
    if (another > 0 && another < window.size) judgeOne(content, window, another, judge, false)
    at = stream.end
    if (!stream.stopped) return true
    if (count === 0 ? isTorchMagic(window, stream) : legacy.length > 0) legacy.push(stream)
    if (legacy.length === LEGACY_PICKLES)
      at = skipStorages(window, legacy[3]!, legacy[4]!, (finding) => judge.found(finding))
  }
  if (!(any || weak) || at >= window.size) return any
  if (any) judge.found({ rule: 'pickle.trailing', what: `${window.size - at} bytes behind the pickle`, offset: at })
  return judgeTrailing(content, window, at, judge) || any
}

/** Judges the bytes at an offset as a pickle. Undefined, and nothing found, when they only look like one. */
function judgeOne(content: Content, window: Window, at: number, judge: Judge, certain: boolean): Stream | undefined {
  const buffer = new FindingBuffer()
  const spend = (steps: number) => {
    try {
      judge.spend('steps', steps)
    } catch (error) {
      buffer.flush(judge)
      throw error
    }
  }
  const stream = readStream(window, content, at, buffer, { spend, texts: LIMITS.texts, nested: LIMITS.nested })
  if (isWeak(stream, window.size)) {
    // What is only written to attack is there by chance in longer data, but not in a few bytes.
    if (stream.prefixed && window.size - stream.end <= LIMITS.short && buffer.isWorst) buffer.flush(judge)
    return stream
  }
  if (!certain && !isPickle(stream)) return undefined
  if (!stream.stopped) buffer.found({ rule: 'pickle.broken', what: stream.reason, offset: stream.end })
  buffer.flush(judge)
  return stream
}

/** Tells pickles from tensors' bytes and texts that begin with an opcode by chance. */
function isPickle({ machine, stopped, ended, prefixed, framed, instructions }: Stream): boolean {
  const { imports, calls, listed } = machine.tally
  if (listed || calls > 0 || stopped) return true
  return (
    (prefixed || framed) && (imports > 0 || framed || instructions >= LIMITS.longEnough || (ended && instructions >= 4))
  )
}

/** Whether a pickle is so short, imports nothing and has so much behind it that it may be there by chance. */
function isWeak({ machine, stopped, framed, instructions, end }: Stream, size: number): boolean {
  const { imports, calls } = machine.tally
  return stopped && !framed && imports === 0 && calls === 0 && end < size && instructions < LIMITS.longEnough
}

/** Looks behind the last pickle for another one that a reader could be led to. Only what calls or imports counts. */
function judgeTrailing(content: Content, window: Window, from: number, judge: Judge): boolean {
  const end = Math.min(window.size - 1, from + LIMITS.trailing)
  let any = false
  for (let at = from; at < end; at++) {
    if (window.byte(at) !== 0x80 || window.byte(at + 1) > 5 || window.byte(at + 1) < 0) continue
    judge.spend('steps', 64)
    const stream = judgeLater(content, window, at, judge)
    if (stream === undefined) continue
    any = true
    at = Math.max(at, stream.end - 1)
  }
  return any
}

function judgeLater(content: Content, window: Window, at: number, judge: Judge): Stream | undefined {
  const probe = readStream(
    window,
    content,
    at,
    { found: () => undefined, within: () => undefined },
    {
      spend: (steps) => judge.spend('steps', steps),
      texts: 0,
      nested: LIMITS.nested,
    },
  )
  const { imports, calls, listed } = probe.machine.tally
  return listed || calls > 0 || (probe.stopped && imports > 0) ? judgeOne(content, window, at, judge, true) : undefined
}
