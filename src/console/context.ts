import type { ChainId } from '../core/chainId.ts'
import type { ProgressStream } from './progressBar.ts'
import { StemmaError } from '../core/errors.ts'
import type { Address } from '../core/hex.ts'
import { shortText } from '../core/text.ts'
import type { LocatedDeployment } from '../deployments/deploymentFiles.ts'

/** A person at a terminal. */
export type Terminal = {
  /** Where a progress bar is drawn. */
  stream: ProgressStream
  /** Asks a question, without printing what is typed. */
  askSecret: (question: string) => Promise<string>
  /** Asks a question that is answered by yes or no; anything but `y` or `yes` is no. */
  confirm: (question: string) => Promise<boolean>
}

/** Everything that a command uses of the world around it, so that tests need no process. */
export type Context = {
  stdout: (text: string) => void
  stderr: (text: string) => void
  env: NodeJS.ProcessEnv
  /** The folder that relative paths start from. */
  cwd: string
  /** Asks hosts that publishers name; the platform's `fetch` when left out. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** The clock, in milliseconds since 1970. */
  now: () => number
  /** Without a terminal, no question is asked and no bar is drawn. */
  terminal?: Terminal | undefined
  /** Stops the work. */
  signal: AbortSignal
  /** Sets how many milliseconds the work has to stop cleanly; without it, about a second. A server that drains needs more. */
  allow?: (milliseconds: number) => void
  /** The ledger that answers, once a command has chosen it: {@link nameLedger}. Every JSON object that is printed names it. */
  answering?: AnsweringLedger
}

/** What an output says about the ledger that answered. */
export type AnsweringLedger = {
  /** The name of the deployment. */
  name: string
  /** The file that states the deployment. */
  file: string
  chainId: ChainId
  ledger: Address
}

/** Exit codes: done or permitted; a finding, such as "not permitted"; wrong input or a refusal; could not be decided. */
export const EXIT = { ok: 0, finding: 1, input: 2, undecided: 3 } as const

/**
 * Prints a result: as one JSON value, or as text for people. Big numbers become decimal strings. An object of JSON gets the field
 * `deployment`, with the ledger that answered; beside a list and a text, standard error names it.
 */
export function print(context: Context, asJson: boolean | undefined, value: unknown, text: () => string): void {
  context.stdout(`${asJson ? toJson(withLedger(context, value)) : text()}\n`)
}

/** A value with the field `deployment`, if it is an object, and a ledger has answered. */
export function withLedger({ answering }: Context, value: unknown): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject && answering ? { ...value, deployment: answering } : value
}

/** Names the ledger that is about to answer: on standard error now, and in all JSON that is printed from here on. */
export function nameLedger(context: Context, { deployment, path }: LocatedDeployment): void {
  const { name, chainId, contracts } = deployment
  if (context.answering?.file === path) return
  context.answering = { name, file: path, chainId, ledger: contracts.ledger }
  context.stderr(clean(`Ledger: ${name}, ${contracts.ledger} on chain ${chainId} (${path})`) + '\n')
}

/** Prints a remark beside the result, for people. */
export function note(context: Context, message: string): void {
  context.stderr(`Note: ${clean(message)}\n`)
}

/**
 * JSON with big numbers as decimal strings. Control and bidirectional characters, which anybody may put on chain, become
 * escapes: the value stays the same, and no terminal obeys them.
 */
export function toJson(value: unknown, indent = 2): string {
  const json = JSON.stringify(value, (_, entry) => (typeof entry === 'bigint' ? entry.toString() : entry), indent)
  return json.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? '\n' : escaped(character),
  )
}

/** A text that is safe to print, line by line. */
export function clean(text: string): string {
  return text
    .split('\n')
    .map((line) => shortText(line, 2000))
    .join('\n')
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

/** Thrown when a command is used in the wrong way. */
export class UsageError extends StemmaError {
  override name = 'UsageError'
  constructor(message: string) {
    super('USAGE', message)
  }
}
