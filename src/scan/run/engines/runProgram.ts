import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/** Most bytes of output that are kept; a program that prints more is ended. */
const MOST_OUTPUT = 16 * 1024 * 1024

/** How a program ended: by itself, or because it took too long, printed too much or could not be started. */
export type ProgramEnd = { ended: 'exit' | 'time' | 'output' | 'start'; stdout: string; stderr: string }

/** What a program is given. */
export type ProgramOptions = {
  cwd: string
  env: NodeJS.ProcessEnv
  milliseconds: number
  signal?: AbortSignal | undefined
}

/**
 * A program on PATH; undefined where there is none. Folders of PATH that are not absolute do not count: the current one may be a model that
 * somebody downloaded.
 */
export function findProgram(name: string, path = ''): string | undefined {
  return path
    .split(':')
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return statSync(file).isFile()
      } catch {
        return false
      }
    })
}

/**
 * Runs a program without standard input, in a group of processes that ends with it.
 *
 * @throws the signal's reason
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  { cwd, env, milliseconds, signal }: ProgramOptions,
): Promise<ProgramEnd> {
  signal?.throwIfAborted()
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const printed = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  let [ended, bytes]: [ProgramEnd['ended'], number] = ['exit', 0]
  const stop = (why?: ProgramEnd['ended']): void => {
    if (why) ended = why
    try {
      // Its own children too.
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // It ended already, or never began.
    }
  }
  const onAbort = (): void => stop()
  const timer = setTimeout(() => stop('time'), milliseconds)
  signal?.addEventListener('abort', onAbort, { once: true })
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MOST_OUTPUT) printed[name].push(chunk)
      else stop('output')
    })
  }
  try {
    await new Promise<void>((resolve) => {
      child.once('error', () => {
        ended = 'start'
        resolve()
      })
      child.once('close', () => resolve())
    })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    stop()
  }
  signal?.throwIfAborted()
  const textOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8')
  return { ended, stdout: textOf(printed.stdout), stderr: textOf(printed.stderr) }
}
