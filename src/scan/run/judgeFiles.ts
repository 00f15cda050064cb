import { fork, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { FileChangedError } from '../../artifacts/listFiles.ts'
import { lineageFactsOf } from '../facts.ts'
import type { Finding, ScanFacts } from '../ports.ts'
import { scanRule } from '../scanRules.ts'
import type { FileToScan, ScanAnswer, ScanRequest } from './messages.ts'

/** Megabytes of JavaScript's heap that the process may have. */
const HEAP_MB = 256
/** Bytes of memory of the process as a whole, where the system shows them. */
const MOST_MEMORY = 640 * 1024 * 1024
/** Milliseconds that a file may take, and one more for so many of its bytes. */
const FILE_MS = 60_000
const BYTES_PER_MS = 20_000
/** Milliseconds more for each sketch. */
const SKETCH_MS = 5_000
/** Most processes that may end early before the files that are left are given up. */
const MOST_DEATHS = 100
/** Milliseconds between two looks at the process. */
const LOOK_MS = 250

/** What was found in files, and which scanners judged each. */
export type JudgedFiles = { findings: Finding[]; judgedBy: string[][] }

/** How files are judged. */
export type JudgeOptions = {
  facts: ScanFacts
  signal?: AbortSignal | undefined
  /** Called with the number of files that are done. */
  onFile?: ((done: number) => void) | undefined
  /** Module with other `SCANNERS`, and other limits in milliseconds: for tests. */
  module?: string | undefined
  fileMs?: number | undefined
}

/**
 * Judges files in a process of their own, with limits on memory and time. A file on which that process ends is a finding, and the next process
 * goes on behind it.
 *
 * @throws `FileChangedError` when a file is not the one that was hashed; the signal's reason
 */
export async function judgeFiles(files: readonly FileToScan[], options: JudgeOptions): Promise<JudgedFiles> {
  const judged: JudgedFiles = { findings: [], judgedBy: files.map(() => []) }
  let from = 0
  for (let deaths = 0; ; deaths += 1) {
    const whole = deaths < MOST_DEATHS
    const end = await runOne({ files, from, whole, facts: options.facts }, options, judged)
    if (end.kind === 'done') return judged
    const file = files[end.index]
    judged.findings.push(interrupted(file?.name ?? null, end.reason))
    // The model as a whole is judged last, and once; a process may end before it has begun that.
    if (file === undefined) return judged
    from = end.index + 1
    if (deaths < MOST_DEATHS) continue
    for (const { name } of files.slice(from)) judged.findings.push(interrupted(name, 'too many files ended the scan'))
    return judged
  }
}

type End = { kind: 'done' } | { kind: 'died'; index: number; reason: string }

/** Runs one process until it is done, dies or is ended. */
async function runOne(request: ScanRequest, options: JudgeOptions, judged: JudgedFiles): Promise<End> {
  const { signal, onFile, module, fileMs = FILE_MS } = options
  signal?.throwIfAborted()
  const child = start()
  let current = request.from
  let deadline = Infinity
  let reason = ''
  const end = (why: string): void => {
    reason ||= why
    child.kill('SIGKILL')
  }
  const limitOf = (index: number): number =>
    fileMs + (index < 0 ? wholeMs(request) : request.files[index]!.size / BYTES_PER_MS)
  deadline = performance.now() + fileMs
  const watch = setInterval(() => {
    if (performance.now() > deadline) end('it took too long')
    else if (memoryOf(child) > MOST_MEMORY) end('it took too much memory')
  }, LOOK_MS)
  const onAbort = (): void => end('it was stopped')
  signal?.addEventListener('abort', onAbort)
  try {
    return await new Promise<End>((resolve, reject) => {
      child.on('message', (answer: ScanAnswer) => {
        if (answer.kind === 'begins') {
          current = answer.index
          deadline = performance.now() + limitOf(current)
        } else if (answer.kind === 'judged') {
          judged.findings.push(...answer.findings)
          if (answer.index >= 0) judged.judgedBy[answer.index] = answer.judgedBy
          if (answer.index >= 0) onFile?.(answer.index + 1)
        } else if (answer.kind === 'changed') {
          reject(new FileChangedError(request.files[answer.index]!.path, 'was changed'))
        } else resolve({ kind: 'done' })
      })
      child.once('error', reject)
      child.once('exit', (code, killed) => {
        const why = reason || (killed === null ? `it ended with code ${code}` : `it was ended by ${killed}`)
        resolve({ kind: 'died', index: current, reason: why })
      })
      child.send({ ...request, ...(module !== undefined && { module }) })
    })
  } finally {
    clearInterval(watch)
    signal?.removeEventListener('abort', onAbort)
    child.removeAllListeners('exit')
    child.kill('SIGKILL')
    signal?.throwIfAborted()
  }
}

/** Milliseconds that judging the model as a whole may take besides: its weights are read where there are sketches to compare them with. */
function wholeMs({ files, facts }: ScanRequest): number {
  const sketches = lineageFactsOf(facts)?.sketches.length ?? 0
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  return files.length * 100 + (sketches === 0 ? 0 : sketches * SKETCH_MS + bytes / BYTES_PER_MS)
}

/** Starts the process: with no right but to read files, no environment, and a small heap. */
function start(): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts')
  const url = new URL(isSource ? './child.ts' : './child.js', import.meta.url)
  const execArgv = [`--max-old-space-size=${HEAP_MB}`, '--permission', '--allow-fs-read=*', '--no-warnings']
  if (isSource) execArgv.push('--conditions=source')
  return fork(url, { execArgv, env: {}, serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
}

/** Bytes of memory of a process; 0 where the system does not show them. */
function memoryOf({ pid }: ChildProcess): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096
  } catch {
    return 0
  }
}

function interrupted(file: string | null, why: string): Finding {
  const { id, level, remedy } = scanRule('scan.interrupted')
  return {
    rule: id,
    level,
    file,
    member: [],
    offset: null,
    what: `the scan ended early: ${why}`,
    library: null,
    remedy,
  }
}
