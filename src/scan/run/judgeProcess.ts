import { fork, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { FileChangedError } from '../../artifacts/listFiles.ts'
import { lineageFactsOf } from '../facts.ts'
import type { ScanFacts } from '../ports.ts'
import { SCAN_LIMITS } from '../scanLimits.ts'
import type { FileToScan, JudgedFile, ScanAnswer, ScanRequest } from './messages.ts'

/** Milliseconds between two looks at the process. */
const LOOK_MS = 250
/** The first descriptor behind those that every process has. */
const FIRST_DESCRIPTOR = 4

/** How a process judges. */
export type ProcessOptions = {
  /** Stops it. */
  signal?: AbortSignal | undefined
  /** Module with other `SCANNERS`, for tests. */
  module?: string | undefined
  /** Another limit on each file, in milliseconds, for tests. */
  fileMs?: number | undefined
}

/** How a request ended: done, or with the process, on a file or the whole (-1). */
export type ProcessEnd = { kind: 'done' } | { kind: 'died'; index: number; reason: string }

/** A process that judges files: with no right but to read, no environment, a small heap, and limits on memory and time. */
export class JudgeProcess {
  readonly #child: ChildProcess
  readonly #files: readonly FileToScan[]
  readonly #options: ProcessOptions
  #ended: string | undefined

  /** Starts it. @param files what it may be asked about; the descriptors of those that are held open are its own too */
  constructor(files: readonly FileToScan[], options: ProcessOptions) {
    const held = files.flatMap(({ descriptor }) => descriptor ?? [])
    let next = FIRST_DESCRIPTOR
    this.#files = files.map(({ descriptor, ...file }) =>
      descriptor === undefined ? file : { ...file, descriptor: next++ },
    )
    this.#options = options
    this.#child = start(held)
    this.#child.once('exit', (code, signal) => {
      this.#ended ??= signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`
    })
    // A process that cannot be started ends without `exit`; a message to one that ended fails.
    this.#child.on('error', (error) => (this.#ended ??= error.message))
  }

  /**
   * Has it judge, and passes on what it judged.
   *
   * @throws `FileChangedError` when a file is not in the state in which it is hashed; the signal's reason
   */
  async ask(what: ScanRequest['what'], onJudged: (index: number, file: JudgedFile) => void): Promise<ProcessEnd> {
    const { signal, module, fileMs = SCAN_LIMITS.fileMilliseconds } = this.#options
    signal?.throwIfAborted()
    const child = this.#child
    let current = 'indices' in what ? (what.indices[0] ?? -1) : -1
    const limitOf = (index: number): number =>
      fileMs + ('facts' in what ? wholeMs(this.#files, what.facts) : readingMs([this.#files[index]!]))
    // Until it begins, it starts.
    let deadline = performance.now() + SCAN_LIMITS.fileMilliseconds
    const watch = setInterval(() => {
      if (performance.now() > deadline) this.close('it took too long')
      else if (memoryOf(child) > SCAN_LIMITS.memory) this.close('it took too much memory')
    }, LOOK_MS)
    const onAbort = (): void => this.close('it was stopped')
    signal?.addEventListener('abort', onAbort)
    try {
      return await new Promise<ProcessEnd>((resolve, reject) => {
        const died = (): void => resolve({ kind: 'died', index: current, reason: this.#ended! })
        if (this.#ended !== undefined) return died()
        child.on('message', (answer: ScanAnswer) => {
          if (answer.kind === 'begins') {
            current = answer.index
            deadline = performance.now() + limitOf(current)
          } else if (answer.kind === 'judged') onJudged(answer.index, answer)
          else if (answer.kind === 'changed')
            reject(new FileChangedError(this.#files[answer.index]!.path, 'was changed'))
          else resolve({ kind: 'done' })
        })
        child.once('exit', died)
        child.once('error', died)
        child.send({ files: this.#files, what, module } satisfies ScanRequest)
      })
    } finally {
      clearInterval(watch)
      signal?.removeEventListener('abort', onAbort)
      child.removeAllListeners('message')
      signal?.throwIfAborted()
    }
  }

  /** Ends it. */
  close(why = 'it was stopped'): void {
    this.#ended ??= why
    this.#child.kill('SIGKILL')
  }
}

/** Milliseconds that judging the model as a whole may take besides: its weights are read where there are sketches to compare them with. */
function wholeMs(files: readonly FileToScan[], facts: ScanFacts): number {
  const { file, sketch } = SCAN_LIMITS.wholeMilliseconds
  const sketches = lineageFactsOf(facts)?.sketches.length ?? 0
  return files.length * file + (sketches === 0 ? 0 : sketches * sketch + readingMs(files))
}

function readingMs(files: readonly FileToScan[]): number {
  return files.reduce((sum, { state }) => sum + Number(state.size), 0) / SCAN_LIMITS.bytesPerMillisecond
}

function start(held: readonly number[]): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts')
  const url = new URL(isSource ? './child.ts' : './child.js', import.meta.url)
  const execArgv = [
    `--max-old-space-size=${SCAN_LIMITS.heapMegabytes}`,
    '--permission',
    '--allow-fs-read=*',
    '--no-warnings',
  ]
  if (isSource) execArgv.push('--conditions=source')
  const stdio = ['ignore', 'ignore', 'ignore', 'ipc', ...held] as const
  return fork(url, { execArgv, env: {}, serialization: 'advanced', stdio: [...stdio] })
}

/** Bytes of memory of a process; 0 where the system does not show them. */
function memoryOf({ pid }: ChildProcess): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096
  } catch {
    return 0
  }
}
