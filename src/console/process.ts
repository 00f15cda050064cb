import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

import { EXIT, type Context, type Terminal } from './context.ts'

/** How long the work has to stop cleanly after Ctrl-C, in milliseconds. */
const GRACE = 1000

/**
 * Runs a program as this process, with its arguments, streams, environment and clock. Stops it on SIGINT and SIGTERM, and sets the exit
 * code.
 */
export async function runProcess(run: (args: readonly string[], context: Context) => Promise<number>): Promise<void> {
  const interrupt = new AbortController()
  let grace = GRACE
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupt.abort()
      // Work that waits for a node does not watch the signal.
      setTimeout(() => process.exit(EXIT.undecided), grace).unref()
    })
  }
  // The reader of the output has closed it, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok)
    throw error
  })
  // Remarks that nobody reads must not end the work.
  process.stderr.on('error', () => {})

  process.exitCode = await run(process.argv.slice(2), {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    terminal: process.stdin.isTTY && process.stderr.isTTY ? terminal(interrupt.signal) : undefined,
    signal: interrupt.signal,
    allow: (milliseconds) => void (grace = milliseconds),
  })
}

function terminal(signal: AbortSignal): Terminal {
  return {
    stream: process.stderr,
    askSecret: (question) => askSecret(question, signal),
    confirm: (question) => confirm(question, signal),
  }
}

async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true })
  try {
    return /^y(?:es)?$/i.test((await lines.question(question, { signal })).trim())
  } finally {
    lines.close()
  }
}

async function askSecret(question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await lines.question('', { signal })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
