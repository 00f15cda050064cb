import type { Context } from '../console/context.ts'

/** Shows a person how far some work is, on one line that is gone in the end. Without a terminal nothing is shown. */
export async function withProgress<T>(
  context: Context,
  what: string,
  run: (onProgress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const stream = context.terminal?.stream
  let shown = ''
  try {
    return await run((done, total) => {
      const line = `${what}: ${Math.floor((100 * done) / Math.max(1, total))}%`
      if (line !== shown) stream?.write(`\r${line}`)
      shown = line
    })
  } finally {
    if (shown !== '') stream?.write(`\r${' '.repeat(shown.length)}\r`)
  }
}
