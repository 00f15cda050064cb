import type { Command } from 'commander'

import { locateDeployment } from 'stemma/deployments'
import { DEFAULT_DEPTH } from '../indexer/depth.ts'
import type { IndexerStep } from '../indexer/indexer.ts'
import type { Status, StatusServer } from '../indexer/status.ts'
import {
  clean,
  type Context,
  toJson,
  UsageError,
  wholeNumber,
  nameLedger,
  withLedgerOptions,
  nodeUrls,
  secondsOf,
  type LedgerOptions,
} from 'stemma/console'
import { DATABASE_OPTION, databaseOf, SCHEMA_OPTION } from './database.ts'

type Options = LedgerOptions & {
  agree?: boolean
  database?: string
  schema?: string
  once?: boolean
  rebuild?: boolean
  depth?: string
  metricsPort?: string
}

/** How many consecutive failures of the node or the database `--once` waits out. */
const MAX_FAILURES = 5
/** Milliseconds between two lines of output. */
const LINE_INTERVAL = 1000

/** Adds `stemma-server index`: keeps a ledger's events in a database. */
export function addIndex(program: Command, context: Context): void {
  withLedgerOptions(
    program
      .command('index')
      .description("read the ledger's events into a database, and follow the chain until Ctrl-C")
      .option(...DATABASE_OPTION)
      .option(...SCHEMA_OPTION)
      .option('--agree', 'read only what two of the nodes agree on')
      .option('--once', 'stop at the head of the chain')
      .option(
        '--rebuild',
        "drop what the database holds of this ledger first, and read the chain from the ledger's first block",
      )
      .option('--depth <blocks>', 'how many blocks a reorganization may replace', String(DEFAULT_DEPTH))
      .option(
        '--metrics-port <port>',
        'serve /health, /ready and /metrics on this port of 127.0.0.1 (default: not served)',
      ),
    {
      example: '$ stemma-server index --database .stemma/local.sqlite --once',
      json: 'one value a line: { time, kind, … }: started, batch { checkpoint: { block, hash, time, finalized, head }, events, total, rate }, caught-up { checkpoint, total, seconds }, reorg { from, depth }, indexes, failure { error: { code, message }, pause }, retry { error, attempt }, node { node: { name, isHealthy, head, failures, failure } }',
    },
  ).action(async (options: Options) => {
    const { env, cwd } = context
    const depth = wholeNumber('--depth', options.depth ?? String(DEFAULT_DEPTH), 1, 1_000_000)
    const port =
      options.metricsPort === undefined ? undefined : wholeNumber('--metrics-port', options.metricsPort, 0, 65_535)
    const located = await locateDeployment(options.deployment, { env, cwd })
    const { deployment } = located
    nameLedger(context, located)
    const database = await databaseOf(context, options)
    const urls = nodeUrls(context, options, deployment)
    if (options.agree && new Set(urls.map((url) => new URL(url).href)).size < 2) {
      throw new UsageError('--agree needs two different nodes. Name each with --rpc.')
    }
    const rpc = { url: urls, agree: options.agree ?? false, timeout: secondsOf(options) * 1000 }
    // Each command loads what it needs, so that a gateway does not hold the index in memory.
    const [{ indexLedger }, { createStatus }] = await Promise.all([
      import('../indexer/indexLedger.ts'),
      import('../indexer/status.ts'),
    ])
    const status = createStatus({ now: context.now })
    const print = progressPrinter(context, options)
    const server = port === undefined ? undefined : await serve(status, port)
    try {
      if (server) context.stderr(`Serving /health, /ready and /metrics on http://127.0.0.1:${server.port}\n`)
      await indexLedger({
        deployment,
        database,
        rpc,
        depth,
        interval: urls.every(isLocal) ? 250 : 1000,
        ...(options.rebuild && { rebuild: true }),
        ...(options.once && { once: true, maxFailures: MAX_FAILURES }),
        signal: context.signal,
        now: context.now,
        onNodes: status.follow,
        onStep: (step) => {
          status.update(step)
          print(step)
        },
      })
    } finally {
      await server?.close()
    }
  })
}

async function serve(status: Status, port: number): Promise<StatusServer> {
  const { serveStatus } = await import('../indexer/status.ts')
  try {
    return await serveStatus(status, { port })
  } catch {
    throw new UsageError(`Port ${port} on 127.0.0.1 is taken. Name another by --metrics-port.`)
  }
}

/** Prints progress: every event as JSON, or for people the lines worth reading. */
function progressPrinter(context: Context, { json, once }: Options): (step: IndexerStep) => void {
  let last = -Infinity
  let isFollowing = false
  let failures = 0
  return (step) => {
    const now = context.now()
    failures = step.kind === 'failure' ? failures + 1 : isProgress(step) ? 0 : failures
    if (step.kind === 'alive') return
    if (json) {
      const time = new Date(now).toISOString()
      const { error, ...fields } = { error: undefined, ...step }
      context.stdout(
        `${toJson({ time, ...fields, ...(error && { error: { code: error.code, message: error.message } }) }, 0)}\n`,
      )
      return
    }
    if (step.kind === 'batch' && !isFollowing && now - last < LINE_INTERVAL) return
    const line = lineOf(step, isFollowing, once ? ` (${failures} of ${MAX_FAILURES} tries)` : '')
    if (step.kind === 'caught-up') isFollowing = !once
    if (line === undefined) return
    last = now
    // Failures are not part of the result.
    if (step.kind === 'failure' || step.kind === 'node') context.stderr(`${clean(line)}\n`)
    else context.stdout(`${clean(line)}\n`)
  }
}

/** Whether a step begins a new count of failures, as the indexer counts them. */
function isProgress({ kind }: IndexerStep): boolean {
  return kind === 'batch' || kind === 'caught-up' || kind === 'alive'
}

/** @param tries which try it is of how many, where they are counted */
function lineOf(step: IndexerStep, isFollowing: boolean, tries: string): string | undefined {
  if (step.kind === 'started') {
    return step.checkpoint ? `The database is at block ${step.checkpoint.block}.` : 'The database is empty.'
  }
  if (step.kind === 'batch') {
    const { block, head } = step.checkpoint
    if (isFollowing) return `block ${block}: ${count(step.events, 'event')}`
    return `block ${block} of ${head}: ${count(step.total, 'event')}, ${step.rate.toLocaleString('en')} a second`
  }
  if (step.kind === 'caught-up') {
    return `Caught up with block ${step.checkpoint.block}: ${count(step.total, 'event')} in ${step.seconds.toFixed(1)} seconds.`
  }
  if (step.kind === 'reorg') return `reorganization at block ${step.from}: ${count(step.depth, 'block')} undone`
  if (step.kind === 'failure')
    return `${step.error.message} Trying again in ${(step.pause / 1000).toFixed(1)} seconds${tries}.`
  if (step.kind === 'node') {
    return step.node.isHealthy ? `${step.node.name} answers again.` : `${step.node.name}: ${step.node.failure}`
  }
  return undefined
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`
}

function isLocal(url: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname)
}
