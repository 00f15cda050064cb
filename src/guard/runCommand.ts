import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'

import { StemmaError } from '../core/errors.ts'
import { quoted } from '../core/text.ts'

/** Signals that are passed on to the command. */
const FORWARDED = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGCONT',
  'SIGPIPE',
  'SIGALRM',
] as const satisfies readonly NodeJS.Signals[]
/** Signals that a terminal sends to the whole group in its foreground, so that a command there has them already. */
const BY_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGCONT', 'SIGHUP']

/** How a command ended. */
export type CommandEnd = {
  /** Null when a signal killed it. */
  code: number | null
  signal: NodeJS.Signals | null
}

/** A command that runs. */
export type RunningCommand = {
  pid: number
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
}

/**
 * Runs a command with the streams of this process, and passes signals on.
 *
 * Away from a terminal, the command leads a group of its own, so that all that it started can be ended. At a terminal it stays in this
 * group, because another one could not read from the terminal; there what it started is found by the parents of processes.
 *
 * @throws {@link CommandNotStartedError}
 */
export async function runCommand(command: readonly string[], options: RunOptions): Promise<RunningCommand> {
  const [program, ...args] = [...(options.wrapper ?? []), ...command] as [string, ...string[]]
  const atTerminal = process.stdin.isTTY === true
  const child = spawn(program, args, {
    stdio: 'inherit',
    cwd: options.cwd,
    env: options.env,
    detached: !atTerminal,
  })
  const stopForwarding = forwardSignals(child, atTerminal)
  let kill: NodeJS.Timeout | undefined
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      stopForwarding()
      resolve({ code, signal })
    })
  })
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
  } catch (cause) {
    stopForwarding()
    throw new CommandNotStartedError(program, cause as NodeJS.ErrnoException)
  }
  const pid = child.pid!
  const end = ended.then(async (how) => {
    // What the command started and left behind may still have the weights open.
    if (kill !== undefined) {
      clearTimeout(kill)
      signalAll(pid, 'SIGKILL', atTerminal, started)
    }
    return how
  })
  let started: readonly number[] = []
  return {
    pid,
    ended: end,
    stop: () => {
      if (kill !== undefined) return
      started = descendantsOf(pid)
      signalAll(pid, 'SIGTERM', atTerminal, started)
      // A stopped process does not see the signal until it goes on.
      signalAll(pid, 'SIGCONT', atTerminal, started)
      kill = setTimeout(() => {
        started = [...started, ...descendantsOf(pid)]
        signalAll(pid, 'SIGKILL', atTerminal, started)
      }, options.graceSeconds * 1000)
    },
  }
}

/** The exit code by which a shell reports how a command ended. */
export function exitCodeOf({ code, signal }: CommandEnd): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal])
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

/** Sends a signal to a command, its group where it leads one, and all that was found to be started by it. */
function signalAll(pid: number, signal: NodeJS.Signals, atTerminal: boolean, others: readonly number[]): void {
  for (const target of [atTerminal ? pid : -pid, ...others]) {
    try {
      process.kill(target, signal)
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** The processes that a process started, and those that these started: also those that left its group. Empty where /proc is not. */
function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const parent = parentOf(name)
      if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    }
  } catch {
    return []
  }
  const found: number[] = []
  const queue = [pid]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const below = children.get(next) ?? []
    found.push(...below)
    queue.push(...below)
  }
  return found
}

function parentOf(pid: string): number | undefined {
  try {
    // The name, in parentheses, may hold anything; the parent comes after the last of them and the state.
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}

/** Thrown when a command cannot be started. */
export class CommandNotStartedError extends StemmaError {
  override name = 'CommandNotStartedError'
  constructor(program: string, cause: NodeJS.ErrnoException) {
    const reason = cause.code === 'ENOENT' ? 'it is not found' : `the system reports ${cause.code ?? 'a failure'}`
    super(
      'COMMAND_NOT_STARTED',
      `The command ${quoted(program)} cannot be started: ${reason}. Check its name and PATH.`,
      {
        cause,
      },
    )
  }
}
