import type { Context } from '../console/context.ts'

/** Prints the progress of some work on one line of the terminal, and erases it at the end. Prints nothing without a terminal. */
export async function withProgress<T>(
  context: Context,
  what: string,
  run: (onProgress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const stream = context.terminal?.stream
  let printed = ''
  try {
    return await run((done, total) => {
      const line = `${what}: ${Math.floor((100 * done) / Math.max(1, total))}%`
      if (line !== printed) stream?.write(`\r${line}`)
      printed = line
    })
  } finally {
    if (printed !== '') stream?.write(`\r${' '.repeat(printed.length)}\r`)
  }
}
