import type { Command } from 'commander'

import { note, toJson, UsageError, type Context } from '../../console/context.ts'
import { secondsOf, type LedgerOptions } from '../../console/node.ts'
import { countOption, withLedgerOptions } from '../../console/options.ts'
import { shortText } from '../../core/text.ts'
import type { AttemptOptions } from '../../sdk/attempts.ts'
import { openLedger, type Ledger } from '../../sdk/connect.ts'
import { watchEvents, type Sighting } from '../../sdk/watchEvents.ts'
import { watchLock, type LockSighting } from '../../sdk/watchLock.ts'
import { LOCK_FILE } from '../../documents/lock.ts'
import { lockPlace, readLock } from '../lockFile.ts'
import { accountOf } from '../names.ts'
import { read } from '../open.ts'
import { WatchState } from '../watchState.ts'
import { Webhook, WEBHOOK_SECRET } from '../webhook.ts'

type Options = LedgerOptions & {
  fromBlock?: string
  count?: string
  lock?: string | true
  licensee?: string
  webhook?: string
  state?: string
}

/** `stemma watch`: prints the ledger's events as they arrive, or what changes of that on which a lock file relies. */
export function watch(command: Command, context: Context): void {
  withLedgerOptions(
    command
      .option('--from-block <n>', 'begin at this block (default: with the next event)')
      .option('--count <n>', 'end after this many lines')
      .option('--lock [file]', `print only what changes of that on which a lock file relies (default: ${LOCK_FILE})`)
      .option('--licensee <address>', 'with --lock: also watch the credentials of this account')
      .option('--webhook <url>', `with --lock: post each change as JSON, signed with the secret in ${WEBHOOK_SECRET}`)
      .option('--state <file>', 'with --lock: keep in this file how far it has come, and go on there the next time'),
    {
      example:
        '$ stemma watch --from-block 0 --count 10\n$ stemma watch --lock --webhook https://ci.example/stemma --state watch.json',
      json: 'one value a line: { kind: "event", event: { name, args, contract, block, blockHash,\ntransaction, index } }, or { kind: "reorg", block }: events of that block and later ones are void.\nWith --lock, { kind: "change", id, change, about, entries: [names], event, block } in place of events (docs/formats/lock.md)',
    },
  ).action(async (options: Options) => {
    const count = countOption('--count', options.count) ?? Infinity
    if (count === 0) throw new UsageError('--count 0 would print nothing. Use 1 or more.')
    const fromBlock = countOption('--from-block', options.fromBlock)
    const run =
      options.lock === undefined ? ledgerEvents(context, options) : await lockChanges(context, options, options.lock)
    const watching = async (ledger: Ledger): Promise<void> => {
      try {
        await run(ledger, { fromBlock, count })
      } catch (error) {
        // Ctrl-C is how this command ends.
        if (!context.signal.aborted) throw error
      }
    }
    // The watcher checks the node, and waits for one that is not there yet.
    await read(context, options, watching, openLedger)
  })
}

type Range = { fromBlock: number | undefined; count: number }
type Run = (ledger: Ledger, range: Range) => Promise<void>

function ledgerEvents(context: Context, options: Options): Run {
  for (const name of ['licensee', 'webhook', 'state'] as const) {
    if (options[name] !== undefined) throw new UsageError(`--${name} belongs to --lock. Add --lock, or omit it.`)
  }
  return async (ledger, { fromBlock, count }) => {
    let lines = 0
    const watching = { ...attemptsOf(context, options), ...(fromBlock !== undefined && { fromBlock }) }
    const sightings = watchEvents(ledger, watching)
    for await (const sighting of sightings) {
      context.stdout(`${options.json ? toJson(sighting, 0) : formatSighting(sighting)}\n`)
      lines += 1
      if (lines >= count) break
    }
  }
}

async function lockChanges(context: Context, options: Options, file: string | true): Promise<Run> {
  if (options.state !== undefined && options.fromBlock !== undefined) {
    throw new UsageError('--state says where to begin, and so does --from-block. Omit one of them.')
  }
  const lock = await readLock(context, lockPlace(context, file === true ? {} : { lock: file }))
  const licensee = options.licensee === undefined ? {} : { licensee: accountOf(options.licensee) }
  const webhook = options.webhook === undefined ? undefined : new Webhook(context, options.webhook)
  const state = options.state === undefined ? undefined : new WatchState(context, options.state)
  return async (ledger, { fromBlock, count }) => {
    const { chainId, contracts } = ledger.deployment
    const resumed = await state?.next(ledger)
    const first = fromBlock ?? resumed?.fromBlock
    const watching = {
      lock,
      ...licensee,
      ...attemptsOf(context, options),
      ...resumed,
      ...(first !== undefined && { fromBlock: first }),
    }
    let lines = 0
    // What was delivered of a block that is not read to its end is sent again the next time, with the same id.
    let done = first === undefined ? undefined : first - 1
    let origin = resumed?.origin
    const keep = async (): Promise<void> => {
      const oldest = webhook?.oldestBlock
      if (done !== undefined) {
        await state?.write(ledger, Math.min(done, oldest === undefined ? done : oldest - 1), origin)
      }
    }
    for await (const sighting of watchLock(ledger, watching)) {
      if (sighting.kind === 'head') {
        done = sighting.block
        origin = sighting.origin ?? origin
        await keep()
        continue
      }
      if (sighting.kind === 'reorg' && done !== undefined) done = Math.min(done, sighting.block - 1)
      context.stdout(`${options.json ? toJson(sighting, 0) : formatChange(sighting)}\n`)
      webhook?.send({
        id: sighting.kind === 'change' ? sighting.id : `reorg-${sighting.block}-${context.now()}`,
        body: toJson({ version: 1, chainId, ledger: contracts.ledger, ...sighting }, 0),
        block: sighting.block,
      })
      lines += 1
      if (lines >= count) break
    }
    await webhook?.drain()
    await keep()
  }
}

/** The command goes on until it is stopped, and says on standard error what keeps it from reading. */
function attemptsOf(context: Context, options: Options): AttemptOptions {
  return {
    signal: context.signal,
    // The provider asks again within the time that the node may take.
    timeout: secondsOf(options) * 3000,
    patience: Infinity,
    onError: ({ code, message }) => note(context, `${code}: ${message} Watching goes on.`),
  }
}

function formatChange(sighting: Exclude<LockSighting, { kind: 'head' }>): string {
  if (sighting.kind === 'reorg') return formatSighting(sighting)
  const { block, change, about, entries, event } = sighting
  const names = entries.map((name) => shortText(name, 80)).join(', ')
  return `block ${block}: ${change}: ${about} (${names})${event ? `: ${formatSighting({ kind: 'event', event }).replace(/^block \d+: /, '')}` : ''}`
}

function formatSighting(sighting: Sighting): string {
  if (sighting.kind === 'reorg') return `block ${sighting.block}: replaced; what was printed from this block on is void`
  const { block, name, args } = sighting.event
  return `block ${block}: ${name} ${Object.entries(args).map(formatArgument).join(' ')}`
}

function formatArgument([name, value]: readonly [string, unknown]): string {
  const text = typeof value === 'string' || typeof value === 'bigint' ? String(value) : toJson(plain(value), 0)
  const isAccount = /^0x[0-9a-fA-F]{40}$/.test(text)
  return `${name}=${shortText(isAccount ? text.toLowerCase() : text, 80)}`
}

/** Lists of ethers carry names too, which JSON would leave out anyway. */
function plain(value: unknown): unknown {
  return Array.isArray(value) ? Array.from(value, plain) : value
}
