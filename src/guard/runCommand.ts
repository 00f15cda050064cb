import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { constants as system } from 'node:os'
import { delimiter, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'
import { CommandProcesses } from './commandProcesses.ts'

/** Signals that are passed on to the command. Not SIGPIPE: once a listener of it was removed, Node no longer ignores it, and a closed pipe would kill us. */
const FORWARDED = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
  'SIGALRM',
] as const satisfies readonly NodeJS.Signals[]
/** Signals that a terminal sends to the whole group in its foreground, so that a command there has them already. */
const BY_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT', 'SIGHUP']

/** Longest time of a timer, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1
/** Between two looks at what a command left behind, in milliseconds. */
const LOOK_EVERY = 50
/** How long a process may take to end after it was killed, in milliseconds. */
const KILLED_WITHIN = 5000

/** How a command ended. */
export type CommandEnd = {
  /** Null when a signal killed it. */
  code: number | null
  signal: NodeJS.Signals | null
  /** How many processes it had left behind, which were ended too. */
  left: number
}

/** A command that runs. */
export type RunningCommand = {
  pid: number
  /** Fulfilled when the command and all that it started have ended. */
  ended: Promise<CommandEnd>
  /** Asks the command and all that it started to end, and kills what is left after the grace. */
  stop(): void
}

/** Where and how a command runs. */
export type RunOptions = {
  cwd: string
  env: NodeJS.ProcessEnv
  /** How long it has to end after it was asked to, in seconds. */
  graceSeconds: number
  /** Words before the command, such as those of a private view. */
  wrapper?: readonly string[]
  /** Name of a variable of `env` whose value no other process has: what has it was started by the command. */
  mark?: string
}

/**
 * Runs a command with the streams of this process, and passes signals on. It gets SIGTERM if this process dies, where "setpriv" is.
 *
 * Away from a terminal, the command leads a group of its own, so that all that it started can be ended. At a terminal it stays in this
 * group, because another one could not read from the terminal. What left the group is found by the parents of processes, and by their
 * environment. Nothing that the command left behind outlives it: nobody would watch what it loads.
 *
 * @throws {@link CommandNotStartedError}
 */
export async function runCommand(command: readonly string[], options: RunOptions): Promise<RunningCommand> {
  checkProgram(command[0]!, options)
  const [program, ...args] = [...(options.wrapper ?? []), ...untilDeath(options.env), ...command] as [
    string,
    ...string[],
  ]
  const atTerminal = process.stdin.isTTY === true
  const child = spawn(program, args, {
    stdio: 'inherit',
    cwd: options.cwd,
    env: options.env,
    detached: !atTerminal,
  })
  const stopForwarding = forwardSignals(child, atTerminal)
  const exited = new Promise<Omit<CommandEnd, 'left'>>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
  } catch (cause) {
    stopForwarding()
    throw new CommandNotStartedError(command[0]!, (cause as NodeJS.ErrnoException).code ?? 'a failure')
  }
  const processes = new CommandProcesses(child.pid!, atTerminal, markOf(options))
  let isStopping = false
  const stop = (): void => {
    if (isStopping) return
    isStopping = true
    processes.signal('SIGTERM')
    // A stopped process does not see the signal until it goes on.
    processes.signal('SIGCONT')
    const grace = Math.min(options.graceSeconds * 1000, LONGEST_TIMER)
    const kill = setTimeout(() => processes.signal('SIGKILL'), grace)
    void ended.then(() => clearTimeout(kill))
  }
  const ended = exited.then(async (how): Promise<CommandEnd> => {
    const left = processes.left()
    if (left > 0) stop()
    // What the system cannot end, as in a call to a disk that hangs, is not waited for without end.
    const last = performance.now() + options.graceSeconds * 1000 + KILLED_WITHIN
    while (processes.left() > 0 && performance.now() < last) await delay(LOOK_EVERY)
    stopForwarding()
    return { ...how, left }
  })
  return { pid: child.pid!, ended, stop }
}

/** The exit code by which a shell reports how a command ended. */
export function exitCodeOf({ code, signal }: Pick<CommandEnd, 'code' | 'signal'>): number {
  return code ?? 128 + (signal === null ? 0 : system.signals[signal])
}

function forwardSignals(child: ChildProcess, atTerminal: boolean): () => void {
  const handlers = FORWARDED.map((signal) => {
    const forward = (): void => {
      if (!(atTerminal && BY_TERMINAL.includes(signal))) child.kill(signal)
    }
    process.on(signal, forward)
    return () => process.off(signal, forward)
  })
  return () => handlers.forEach((remove) => remove())
}

/** The line of the environment by which processes of a command are found. */
function markOf({ env, mark }: RunOptions): string | undefined {
  return mark === undefined || !env[mark] ? undefined : `\0${mark}=${env[mark]}\0`
}

/** Words that have the system send SIGTERM to a command when this process dies; none where no program can. */
function untilDeath(env: NodeJS.ProcessEnv): string[] {
  if (process.platform !== 'linux') return []
  const words = ['setpriv', '--pdeathsig', 'TERM', '--']
  const { status } = spawnSync(words[0]!, [...words.slice(1), 'true'], { env, stdio: 'ignore', timeout: 5000 })
  return status === 0 ? words : []
}

/** Checks that a program can be run, as a shell does. @throws {@link CommandNotStartedError} */
function checkProgram(program: string, { cwd, env }: RunOptions): void {
  const places = program.includes('/')
    ? [resolve(cwd, program)]
    : (env.PATH ?? '/usr/bin:/bin').split(delimiter).map((folder) => resolve(cwd, folder, program))
  const found = places.map((path) => {
    try {
      if (!statSync(path).isFile()) return 'EISDIR'
      accessSync(path, constants.X_OK)
      return 'runs'
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? 'a failure'
    }
  })
  if (found.includes('runs')) return
  throw new CommandNotStartedError(program, found.find((code) => code !== 'ENOENT' && code !== 'ENOTDIR') ?? 'ENOENT')
}

/** Thrown when a command cannot be started. */
export class CommandNotStartedError extends StemmaError {
  override name = 'CommandNotStartedError'
  /** What a shell exits with: 127 for a program that is not found, 126 for one that cannot be run. */
  readonly exitCode: 126 | 127
  /** @param reason the code of the system, such as ENOENT */
  constructor(program: string, reason: string) {
    const isMissing = reason === 'ENOENT'
    const what = isMissing ? 'it is not found' : `it cannot be run (${reason})`
    super(
      'COMMAND_NOT_STARTED',
      `The command ${quoted(program)} cannot be started: ${what}. Check its name, its permissions and PATH.`,
    )
    this.exitCode = isMissing ? 127 : 126
  }
}
