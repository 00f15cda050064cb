import { readdirSync, readFileSync } from 'node:fs'

/** The processes of a command: itself, its group, what it started, and what has its mark. */
export class CommandProcesses {
  readonly #pid: number
  readonly #hasGroup: boolean
  readonly #mark: string | undefined
  /** What was found to be started by it: its parents may end before it does. */
  readonly #found = new Map<number, string>()

  /** @param mark the line of the environment that only they have */
  constructor(pid: number, atTerminal: boolean, mark: string | undefined) {
    this.#pid = pid
    this.#hasGroup = !atTerminal
    this.#mark = mark
  }

  /** Sends a signal to all of them. */
  signal(signal: NodeJS.Signals): void {
    this.#look()
    for (const target of [...(this.#hasGroup ? [-this.#pid] : []), this.#pid, ...this.#found.keys()])
      send(target, signal)
  }

  /** How many of them are left, once the command itself has ended. */
  left(): number {
    this.#look()
    return this.#found.size
  }

  #look(): void {
    const all = readProcesses()
    // A number that was given to another process is not ours any more.
    for (const [pid, start] of this.#found) if (all.get(pid)?.start !== start) this.#found.delete(pid)
    const add = (pid: number): void => void this.#found.set(pid, all.get(pid)!.start)
    for (const pid of descendantsOf(this.#pid, all)) add(pid)
    for (const [pid, { group }] of all) if (this.#hasGroup && group === this.#pid && pid !== this.#pid) add(pid)
    for (const pid of this.#found.keys()) for (const below of descendantsOf(pid, all)) add(below)
    if (this.#mark === undefined) return
    for (const pid of all.keys()) {
      if (pid !== this.#pid && pid !== process.pid && environmentOf(pid).includes(this.#mark)) add(pid)
    }
  }
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch {
    // It has ended.
  }
}

function environmentOf(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`
  } catch {
    // It has ended, or is another user's.
    return ''
  }
}

type ProcessStatus = { state: string; parent: number; group: number; start: string }
type Processes = ReadonlyMap<number, ProcessStatus>

/** The processes of this system that have not ended, with their parents. Empty where /proc is not. */
function readProcesses(): Processes {
  const found = new Map<number, ProcessStatus>()
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      const status = statusOf(name)
      if (status !== undefined && status.state !== 'Z' && status.state !== 'X') found.set(Number(name), status)
    }
  } catch {
    return new Map()
  }
  return found
}

/** The processes that a process started, and those that these started: also those that left its group. */
function descendantsOf(pid: number, all: Processes): number[] {
  const children = new Map<number, number[]>()
  for (const [child, { parent }] of all) children.set(parent, [...(children.get(parent) ?? []), child])
  const found: number[] = []
  const queue = [pid]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const below = children.get(next) ?? []
    found.push(...below)
    queue.push(...below)
  }
  return found
}

function statusOf(pid: string): ProcessStatus | undefined {
  try {
    // The name, in parentheses, may hold anything; state, parent, group and the time of the start come after the last of them.
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0]!, parent: Number(fields[1]), group: Number(fields[2]), start: fields[19]! }
  } catch {
    return undefined
  }
}
