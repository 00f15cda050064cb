import type { Content, NewFinding } from '../../ports.ts'
import type { ArrayData, Report } from './host.ts'
import { instructionAt, type Break, type Instruction } from './instruction.ts'
import { Machine } from './machine.ts'
import { dtypeSize } from './sizes.ts'
import type { Window } from './window.ts'

/** What one pickle was read as. */
export type Stream = {
  from: number
  /** Offset behind STOP, or where it breaks. */
  end: number
  /** Where a reader that follows frames goes on, when it is another place. */
  frameEnd: number
  stopped: boolean
  ended: boolean
  reason: string
  instructions: number
  /** Whether it begins with PROTO. */
  prefixed: boolean
  framed: boolean
  machine: Machine
  /** The first instruction that carries a value. */
  first: Instruction | undefined
  /** Texts in their order, at most as many as asked for. */
  texts: string[]
}

export type StreamOptions = {
  spend(steps: number): void
  texts: number
  nested: number
  /** A machine that is in the middle of a pickle; a new one when there is none. */
  machine?: Machine | undefined
}

const SPENT_EACH = 4096
/** Findings of what a reader runs. */
const RUNS = ['pickle.call', 'pickle.unresolved', 'pickle.unlisted']
/** GLOBAL and INST. */
const CUT_IMPORTS = [0x63, 0x69]

/** Reads one pickle from an offset, up to its STOP or to where every reader stops. */
export function readStream(
  window: Window,
  content: Pick<Content, 'read' | 'size'>,
  from: number,
  report: Report,
  options: StreamOptions,
): Stream {
  const machine = options.machine ?? new Machine(content, report)
  const stream: Stream = {
    from,
    end: from,
    frameEnd: -1,
    stopped: false,
    ended: false,
    reason: '',
    instructions: 0,
    prefixed: false,
    framed: false,
    machine,
    first: undefined,
    texts: [],
  }
  let protocol = -1
  for (;;) {
    const read = instructionAt(window, stream.end)
    if ('broken' in read) {
      if (read.ended && CUT_IMPORTS.includes(window.byte(stream.end))) machine.importCut(stream.end)
      return broken(stream, read)
    }
    if (++stream.instructions % SPENT_EACH === 0) options.spend(SPENT_EACH)
    protocol = checkProtocol(stream, read, protocol, report)
    checkFrame(stream, read, window.size, report)
    if (read.odd !== undefined) report.found({ rule: 'pickle.ambiguous', what: read.odd, offset: read.at })
    if (read.opcode.protocol < 2 || read.opcode.argument !== 'none')
      stream.first ??= ['PROTO', 'FRAME'].includes(read.opcode.name) ? undefined : read
    const step = machine.step(read)
    if (step !== 'next' && step !== 'stop' && 'broken' in step) return broken(stream, step)
    if (stream.texts.length < options.texts && read.opcode.argument.startsWith('text'))
      stream.texts.push(machine.textOf(read.at) ?? '')
    stream.end = read.next
    if (step === 'stop') return stopped(stream, report)
    if (step === 'next') continue
    const skipped = skipArray(window, content, stream, step, report, options)
    if (skipped !== undefined) return broken(stream, skipped)
  }
}

function broken(stream: Stream, { broken: reason, ended }: Break): Stream {
  return { ...stream, reason, ended }
}

function stopped(stream: Stream, report: Report): Stream {
  if (stream.frameEnd > stream.end) {
    report.found({ rule: 'pickle.ambiguous', what: 'a frame goes on behind STOP', offset: stream.end - 1 })
  }
  return { ...stream, stopped: true }
}

function checkProtocol(stream: Stream, { opcode, at, value }: Instruction, protocol: number, report: Report): number {
  if (opcode.name !== 'PROTO') {
    if (protocol >= 0 && opcode.protocol > protocol) {
      report.found({
        rule: 'pickle.ambiguous',
        level: 'warn',
        what: `${opcode.name} in a pickle of protocol ${protocol}`,
        offset: at,
      })
    }
    return protocol
  }
  if (at === stream.from) stream.prefixed = true
  else
    report.found({
      rule: 'pickle.ambiguous',
      level: 'warn',
      what: 'a protocol is stated inside the pickle',
      offset: at,
    })
  if (value > 5)
    report.found({ rule: 'pickle.broken', what: `it states protocol ${value}, which no reader knows`, offset: at })
  return value
}

/** Readers differ in whether an instruction may leave its frame. */
function checkFrame(stream: Stream, { opcode, at, next, value }: Instruction, size: number, report: Report): void {
  const inside = stream.frameEnd > at
  if (opcode.name === 'FRAME') {
    stream.framed ||= value <= size - next
    if (inside && next !== stream.frameEnd)
      report.found({ rule: 'pickle.ambiguous', what: 'a frame begins inside another', offset: at })
    if (value > size - next)
      report.found({ rule: 'pickle.ambiguous', what: 'a frame is longer than the file', offset: at })
    stream.frameEnd = Math.min(next + value, size)
  } else if (inside && next > stream.frameEnd) {
    report.found({ rule: 'pickle.ambiguous', what: `${opcode.name} leaves its frame`, offset: at })
    stream.frameEnd = -1
  }
}

/** Skips an array of joblib, or judges the pickle that stands in its place for objects. */
function skipArray(
  window: Window,
  content: Pick<Content, 'read' | 'size'>,
  stream: Stream,
  { count, dtype, fieldsOf, aligned }: ArrayData,
  report: Report,
  options: StreamOptions,
): Break | undefined {
  if (/^[<>|=]?O/.test(dtype)) {
    if (options.nested <= 0) return { broken: 'arrays of objects are too deep inside each other', ended: false }
    const inner = readStream(window, content, stream.end, report, { ...options, nested: options.nested - 1 })
    stream.end = inner.end
    stream.machine.tally.imports += inner.machine.tally.imports
    return inner.stopped ? undefined : { broken: inner.reason, ended: inner.ended }
  }
  // Python's own reader knows nothing of joblib's arrays: what they hold are its next instructions.
  judgeSkipped(window, content, stream, report, options, true)
  // With objects among its fields, an array is a pickle too.
  if (fieldsOf) judgeSkipped(window, content, stream, report, options, false)
  const itemSize = dtypeSize(dtype)
  if (itemSize === undefined) return { broken: 'the type of an array is not known', ended: false }
  const padding = aligned ? 1 + Math.max(0, window.byte(stream.end)) : 0
  const length = padding + count * itemSize
  if (!(length >= 0 && length <= window.size - stream.end))
    return { broken: 'an array is longer than the file', ended: true }
  stream.end += length
  return undefined
}

/** Judges the bytes of an array as instructions that `goOn` from here, or as a pickle of their own. Only what calls counts. */
function judgeSkipped(
  window: Window,
  content: Pick<Content, 'read' | 'size'>,
  stream: Stream,
  report: Report,
  options: StreamOptions,
  goOn: boolean,
): void {
  options.spend(64)
  const found: NewFinding[] = []
  const own: Report = { found: (finding) => void found.push(finding), within: () => undefined }
  const machine = goOn ? stream.machine.fork(content, own) : undefined
  const inner = readStream(window, content, stream.end, own, { ...options, texts: 0, nested: 0, machine })
  // An import alone may be numbers by chance; a call of what it names is not.
  if (inner.machine.tally.calls === 0 || !found.some(({ rule }) => RUNS.includes(rule))) return
  report.found({ rule: 'pickle.ambiguous', what: 'an array that some readers run', offset: stream.end })
  for (const finding of found) report.found(finding)
}
