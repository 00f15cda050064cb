import { realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { hasUnsafeCharacters, shortText } from '../../../core/text.ts'
import { ENGINE_RULES } from '../../engineRules.ts'
import type { Finding } from '../../ports.ts'
import { type Engine, type EngineCall, type EngineFile, type EngineResult, SILENT } from './ports.ts'
import { findProgram, runProgram, type ProgramEnd } from './runProgram.ts'

/** Largest file that ClamAV scans, in bytes: it holds larger ones to be clean without a look. */
const MOST_BYTES = 2047 * 1024 * 1024
/** Largest file of which the word of a running clamd counts: the smallest limit that one has by default, and it is silent beyond. */
const MOST_DAEMON_BYTES = 25 * 1024 * 1024
const LIMITS = ['--alert-exceeds-max=yes', '--max-filesize=2047M', '--max-scansize=2047M', '--stdout', '--no-summary']

/** What ClamAV said of a file: its own word for the state, or the name of a signature. */
type Word = { state: 'ok' } | { state: 'found'; signature: string } | { state: 'not scanned'; why: string }

/** ClamAV: by its service where one runs, else by `clamscan`. */
export const clamav: Engine = {
  id: 'clamav',
  async call(call) {
    const { PATH } = call.env
    const [daemon, program] = [findProgram('clamdscan', PATH), findProgram('clamscan', PATH)]
    if (daemon === undefined && program === undefined) return undefined
    const version = await versionOf((daemon ?? program)!, call)
    const words = new Map<EngineFile, Word>()
    const passable = call.files.filter((file) => {
      const why = whyNot(file)
      if (why !== undefined) words.set(file, { state: 'not scanned', why })
      return why === undefined
    })
    if (daemon !== undefined) {
      const small = passable.filter(({ size }) => size <= MOST_DAEMON_BYTES)
      await ask(daemon, ['--fdpass', '--stdout', '--no-summary'], small, call, words)
    }
    const left = passable.filter((file) => (words.get(file)?.state ?? 'not scanned') === 'not scanned')
    if (program !== undefined) await ask(program, LIMITS, left, call, words)
    return resultOf(call.files, words, version)
  },
}

function whyNot({ size, path }: EngineFile): string | undefined {
  if (size > MOST_BYTES) return 'it is larger than 2 GiB'
  return hasUnsafeCharacters(path) ? 'its path has characters that ClamAV cannot be given' : undefined
}

/** Has a program scan files, and adds its words. A file that it scanned already keeps the word. */
async function ask(
  program: string,
  options: readonly string[],
  files: readonly EngineFile[],
  call: EngineCall,
  words: Map<EngineFile, Word>,
): Promise<void> {
  if (files.length === 0) return
  const { folder, env, milliseconds, signal } = call
  // It prints the way that leads to a file without links.
  const byPath = new Map(files.flatMap((file) => realPath(file.path).map((path) => [path, file] as const)))
  const list = join(folder, 'files')
  writeFileSync(list, `${[...byPath.keys()].join('\n')}\n`, { mode: 0o600 })
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  const end = await runProgram(program, [...options, `--file-list=${list}`], {
    cwd: folder,
    env,
    milliseconds: milliseconds(bytes),
    signal,
  })
  const why = whyEnded(end)
  for (const file of files) words.set(file, { state: 'not scanned', why })
  for (const line of end.stdout.split('\n')) {
    const at = line.lastIndexOf(': ')
    const file = byPath.get(line.slice(0, at))
    if (file === undefined) continue
    const known = words.get(file)!
    const word = wordOf(line.slice(at + 2))
    // Of two words on one file, as a hostile name could make, the graver counts.
    if (known.state !== 'found') words.set(file, word)
  }
}

function realPath(path: string): string[] {
  try {
    const real = realpathSync(path)
    return hasUnsafeCharacters(real) ? [] : [real]
  } catch {
    return []
  }
}

function wordOf(status: string): Word {
  if (status === 'OK') return { state: 'ok' }
  const found = /^(\S.*) FOUND$/.exec(status)?.[1]
  if (found === undefined) return { state: 'not scanned', why: `it says: ${shortText(status, 100)}` }
  if (found.startsWith('Heuristics.Limits.')) return { state: 'not scanned', why: `a limit: ${shortText(found, 100)}` }
  return { state: 'found', signature: shortText(found, 200) }
}

function whyEnded({ ended, stderr, stdout }: ProgramEnd): string {
  if (ended === 'time') return 'it took too long'
  if (ended === 'output') return 'it printed too much'
  if (ended === 'start') return 'it could not be started'
  const line = /^(?:LibClamAV )?(?:ERROR|Error): *(.*)$/m.exec(`${stderr}\n${stdout}`)?.[1]
  return line === undefined ? SILENT : `it says: ${shortText(line, 100)}`
}

async function versionOf(
  program: string,
  { folder: cwd, env, signal }: EngineCall,
): Promise<{ engineVersion: string; signatures: string | null }> {
  const { stdout } = await runProgram(program, ['--version'], { cwd, env, milliseconds: 20_000, signal })
  const [engineVersion = '', ...edition] = /^ClamAV (.*)$/m.exec(stdout)?.[1]?.split('/') ?? []
  return {
    engineVersion: shortText(engineVersion, 50),
    signatures: edition.length === 0 ? null : shortText(edition.join('/'), 100),
  }
}

function resultOf(
  files: readonly EngineFile[],
  words: ReadonlyMap<EngineFile, Word>,
  version: { engineVersion: string; signatures: string | null },
): EngineResult {
  const said = files.map((file) => [file, words.get(file) ?? ({ state: 'not scanned', why: SILENT } as const)] as const)
  const notScanned = said.flatMap(([{ name }, word]) =>
    word.state === 'not scanned' ? [{ file: name, why: word.why }] : [],
  )
  return {
    run: { engine: 'clamav', ...version, scanned: said.length - notScanned.length, notScanned },
    findings: said.flatMap(([file, word]) =>
      word.state === 'found' ? [findingOf(file, word.signature, version)] : [],
    ),
  }
}

function findingOf(
  { name }: EngineFile,
  signature: string,
  version: { engineVersion: string; signatures: string | null },
): Finding {
  const { id, level, remedy } = ENGINE_RULES.find((rule) => rule.id === 'clamav.found')!
  return {
    rule: id,
    // What is only unwanted or guessed is false as often as not.
    level: /^(PUA|Heuristics)\./.test(signature) ? 'warn' : level,
    file: name,
    member: [],
    offset: null,
    what: signature,
    library: null,
    remedy,
    engine: 'clamav',
    ...version,
  }
}
