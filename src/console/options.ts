import { Command, Option } from 'commander'

import { clean, UsageError } from './context.ts'
import { wrap } from './wrap.ts'

const TIME =
  'A time is a date (2027-01-31, 2027-01-31T12:00Z; UTC unless it says otherwise), Unix seconds, now, forever, or a duration from now, with a minus for the past.'
const DURATION = 'A duration is a number with s, m (minutes), h, d, w or y (365 days), such as 30d.'

/** Adds what every command has: an example, and the shape of what it prints with `--json`. */
export function withHelp(command: Command, help: { example: string; json: string }): Command {
  const example = help.example.replaceAll(/^/gm, '  ')
  const json = wrap(help.json.replaceAll(/\s+/g, ' '), '  ')
  return command
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      ({ command: asked }) => `${timesIn(asked as Command)}\nExample:\n${example}\n\nWith --json:\n${json}`,
    )
}

/** How times and durations are written, for a command that takes one. */
function timesIn(command: Command): string {
  const values = command.options.map(({ flags }) => /<(time|duration)>$/.exec(flags)?.[1])
  const paragraphs = [
    ...(values.includes('time') ? [TIME] : []),
    ...(values.includes('time') || values.includes('duration') ? [DURATION] : []),
  ]
  return paragraphs.map((paragraph) => `\n${wrap(paragraph)}\n`).join('')
}

/** Adds the options of commands that talk to a ledger. */
export function withLedgerOptions(command: Command, help: { example: string; json: string }): Command {
  return withHelp(
    command
      .option('--deployment <name|path>', 'which ledger (default: STEMMA_DEPLOYMENT, or `local`)')
      .option(
        '--rpc <url>',
        "which node (default: STEMMA_RPC_URL, or the deployment's); more than one are asked in turn",
        (url: string, list: readonly string[] = []) => [...list, url],
      )
      .option('--timeout <seconds>', 'how long the node may take for each answer', '30'),
    help,
  )
}

/** Adds the options of commands that sign. The key comes from the environment, never from an option. */
export function withSignOptions(command: Command, help: { example: string; json: string }): Command {
  return withLedgerOptions(command.option('--from <address>', 'sign with an account that the node manages'), help)
}

/** An option in help: what it is for, its choices and its default as one types them, and whether it has to be given. */
export function describeOption(option: Option): string {
  const { argChoices, defaultValue, defaultValueDescription, description, mandatory } = option
  const value = defaultValueDescription ?? (typeof defaultValue === 'string' ? defaultValue : '')
  const remarks = [
    ...(argChoices ? [argChoices.join(', ')] : []),
    ...(mandatory && defaultValue === undefined ? ['required'] : []),
    ...(value === '' ? [] : [`default: ${value}`]),
  ]
  return remarks.length > 0 ? `${description} (${remarks.join('; ')})` : description
}

/** What the options of a command that waits for a transaction give. */
export type WaitArguments = { confirmations?: string; wait?: string }
/** What the options of a command that sends a transaction give. */
export type WriteArguments = WaitArguments & {
  dryRun?: boolean
  maxFee?: string
  priorityFee?: string
  gasPrice?: string
  gasLimit?: string
  nonce?: string
}

/** Adds the options of commands that send a transaction. */
export function withSendOptions(command: Command, help: { example: string; json: string }): Command {
  return withSignOptions(
    withWaitOptions(command.option('--dry-run', 'report what would happen, and send nothing'))
      .option('--max-fee <amount>', 'highest fee for a unit of gas, in gwei, or as 5wei (default: by the chain)')
      .option('--priority-fee <amount>', "the block producer's part of it (default: by the chain)")
      .option('--gas-price <amount>', 'fee for a unit of gas on chains without EIP-1559, in gwei')
      .option('--gas-limit <units>', 'most gas that the transaction may use (default: estimated)')
      .option('--nonce <number>', "number of the account's transaction, to replace one that waits (default: the next)"),
    help,
  )
}

/** Adds the options of commands that wait for a transaction. */
export function withWaitOptions(command: Command): Command {
  return command
    .option('--confirmations <count>', 'how many blocks must hold it, from its own on', '1')
    .option('--wait <seconds>', 'how long to wait for it', '600')
}

/** The option that names the contract for which a key signs what another account sends. */
export const SIGNER_OPTION: [flags: string, description: string] = [
  '--signer <address>',
  "sign for a contract that accepts the key's signature as its own (ERC-1271)",
]

/** An option that may be given several times. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description)
    .argParser((value: string, list: readonly string[]) => [...list, value])
    .default([], 'none')
}

/** What is printed of a transaction, after the fields of the command itself. */
export const SENT_JSON = 'transaction, block, gas, replaced (if sped up) }, or { …, gas, dryRun: true }'

/** A whole number out of an option. @throws {@link UsageError} */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (!(number >= least && number <= most)) {
    throw new UsageError(
      `Invalid ${option} "${clean(text.slice(0, 40))}": use a whole number from ${least} to ${most}.`,
    )
  }
  return number
}

/** A whole number out of an option that may be left out. @throws {@link UsageError} */
export function countOption(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new UsageError(`Invalid ${option} "${clean(text.slice(0, 40))}": use a whole number from 0.`)
  }
  return Number(text)
}
