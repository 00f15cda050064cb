#!/usr/bin/env node
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

import { EXIT, type Terminal } from '../console/context.ts'
import { runCli } from '../console/run.ts'

/** How long the work has to stop in order after Ctrl-C, in milliseconds. */
const GRACE = 1000

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupt.abort()
    // What waits for a node does not look at the signal.
    setTimeout(() => process.exit(EXIT.undecided), GRACE).unref()
  })
}
// Whoever reads the output has enough of it, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok)
  throw error
})

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  now: Date.now,
  terminal: process.stdin.isTTY && process.stderr.isTTY ? terminal() : undefined,
  signal: interrupt.signal,
})

function terminal(): Terminal {
  return { stream: process.stderr, askSecret }
}

async function askSecret(question: string): Promise<string> {
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await lines.question('', { signal: interrupt.signal })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
