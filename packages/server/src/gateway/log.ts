import { StemmaError } from 'stemma/core'

/** How much a gateway says, from the least. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const

/** A word of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Something that a gateway says of itself. Its fields hold names, ids, codes and figures: no prompt, no answer and no key. */
export type LogEntry = { level: LogLevel; kind: string } & Record<string, unknown>

/** Takes entries of the log. */
export type Log = (entry: LogEntry) => void

/** A log that drops what is below a level. */
export function createLog(level: LogLevel, write: Log): Log {
  const most = LOG_LEVELS.indexOf(level)
  return (entry) => {
    if (LOG_LEVELS.indexOf(entry.level) <= most) write(entry)
  }
}

/** A failure without its words, unless they are ours: those of a parser may quote what a caller sent. */
export function wordsOf(failure: unknown): { code: string; message?: string; at?: string[] } {
  if (failure instanceof StemmaError) return { code: failure.code, message: failure.message }
  if (!(failure instanceof Error)) return { code: typeof failure }
  const { code } = failure as { code?: unknown }
  // The words stand before the frames, and may have lines that look like one.
  const { stack = '', message } = failure
  const words = stack.indexOf(message)
  const frames = (words < 0 ? '' : stack.slice(words + message.length))
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
  return { code: typeof code === 'string' ? code : failure.name, at: frames.map((line) => line.trim()).slice(0, 10) }
}
