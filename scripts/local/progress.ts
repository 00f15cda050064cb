import { closeSync, openSync, writeSync } from 'node:fs'

/** A clock of steps: each is written to a log, and shown on a line that the next one replaces. */
export type StepProgress = {
  /** Begins a step, which ends the one before. */
  step: (name: string) => void
  /** Writes a line to the log, and shows it when everything is to be shown. */
  write: (line: string) => void
  /** Ends the last step and clears the line. */
  end: () => void
  close: () => void
}

/** Where progress goes. */
export type ProgressOptions = {
  /** The file of the log. */
  log: string
  /** Shows every line of the log. */
  verbose: boolean
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>
  /** The clock, in milliseconds. */
  now: () => number
}

/** Shows progress in one line of a terminal; elsewhere each step has its own line. Everything is in the log, with its time. */
export function createProgress({ log, verbose, stream, now }: ProgressOptions): StepProgress {
  const file = openSync(log, 'w')
  const start = now()
  const isLine = stream.isTTY && !verbose
  let current: { name: string; since: number } | undefined
  const write = (line: string): void => {
    const seconds = ((now() - start) / 1000).toFixed(1)
    writeSync(file, `${seconds.padStart(7)} s  ${line}\n`)
    if (verbose) stream.write(`${line}\n`)
  }
  const end = (): void => {
    if (!current) return
    write(`${current.name}: ${((now() - current.since) / 1000).toFixed(1)} s`)
    if (isLine) stream.write('\r\x1b[K')
    current = undefined
  }
  return {
    step(name) {
      end()
      current = { name, since: now() }
      if (isLine) stream.write(`${name} …`)
      else if (!verbose) stream.write(`${name} …\n`)
    },
    write,
    end,
    close: () => closeSync(file),
  }
}
