import type { Command } from 'commander'

import { findDeployment } from 'stemma/deployments'
import { DEFAULT_DEPTH, type Report } from '../indexer/indexer.ts'
import { indexLedger } from '../indexer/indexLedger.ts'
import { createStatus, serveStatus, type StatusServer } from '../indexer/status.ts'
import {
  clean,
  type Context,
  toJson,
  UsageError,
  wholeNumber,
  withLedgerOptions,
  nodeUrl,
  secondsOf,
  type LedgerOptions,
} from 'stemma/console'
import { databaseOf } from './database.ts'

type Options = LedgerOptions & { database?: string; once?: boolean; depth?: string; metricsPort?: string }

/** How long `--once` waits for a node or a database that is away, in failures that follow one another. */
const PATIENCE = 5
/** Milliseconds between two lines of progress. */
const SAY_EVERY = 1000

/** `stemma index`: the ledger in a database that answers at once. */
export function addIndex(program: Command, context: Context): void {
  withLedgerOptions(
    program
      .command('index')
      .description("read the ledger's events into a database, and follow the chain until Ctrl-C")
      .option(
        '--database <path|url>',
        'a file of SQLite or postgres://… (STEMMA_DATABASE; else .stemma/<ledger>.sqlite)',
      )
      .option('--once', 'end when the head of the chain is reached')
      .option('--depth <blocks>', 'how many blocks can be undone when the chain is reorganised', String(DEFAULT_DEPTH))
      .option('--metrics-port <port>', 'serve /health, /ready and /metrics on this port of 127.0.0.1'),
    {
      example: '$ stemma index --database .stemma/local.sqlite --once',
      json: 'one value a line: { time, kind, … }: started, batch { checkpoint: { block, hash, time, finalized, head }, events, total, rate }, caught-up { checkpoint, total, seconds }, reorg { from, depth }, indexes, failure { error: { code, message }, pause }',
    },
  ).action(async (options: Options) => {
    const { env, cwd } = context
    const depth = wholeNumber('--depth', options.depth ?? String(DEFAULT_DEPTH), 1, 1_000_000)
    const port =
      options.metricsPort === undefined ? undefined : wholeNumber('--metrics-port', options.metricsPort, 0, 65_535)
    const deployment = await findDeployment(options.deployment, { env, cwd })
    const database = await databaseOf(context, options)
    const rpc = { url: nodeUrl(context, options, deployment), timeout: secondsOf(options) * 1000 }
    const status = createStatus({ now: context.now })
    const say = speaker(context, options)
    const server = port === undefined ? undefined : await serve(status, port)
    try {
      if (server) context.stderr(`Serving /health, /ready and /metrics on http://127.0.0.1:${server.port}\n`)
      await indexLedger({
        deployment,
        database,
        rpc,
        depth,
        interval: isLocal(rpc.url) ? 250 : 1000,
        ...(options.once && { once: true, patience: PATIENCE }),
        signal: context.signal,
        now: context.now,
        report: (report) => {
          status.report(report)
          say(report)
        },
      })
    } finally {
      await server?.close()
    }
  })
}

async function serve(status: ReturnType<typeof createStatus>, port: number): Promise<StatusServer> {
  try {
    return await serveStatus(status, { port })
  } catch {
    throw new UsageError(`Port ${port} on 127.0.0.1 is taken. Name another by --metrics-port.`)
  }
}

/** What says the reports: each as JSON, or those that people want to see. */
function speaker(context: Context, { json, once }: Options): (report: Report) => void {
  let last = -Infinity
  let isFollowing = false
  return (report) => {
    const now = context.now()
    if (report.kind === 'alive') return
    if (json) {
      const time = new Date(now).toISOString()
      const { error, ...rest } = { error: undefined, ...report }
      context.stdout(
        `${toJson({ time, ...rest, ...(error && { error: { code: error.code, message: error.message } }) }, 0)}\n`,
      )
      return
    }
    if (report.kind === 'batch' && !isFollowing && now - last < SAY_EVERY) return
    const line = lineOf(report, isFollowing)
    if (report.kind === 'caught-up') isFollowing = !once
    if (line === undefined) return
    last = now
    // Failures are no part of the result.
    if (report.kind === 'failure') context.stderr(`${clean(line)}\n`)
    else context.stdout(`${clean(line)}\n`)
  }
}

function lineOf(report: Report, isFollowing: boolean): string | undefined {
  if (report.kind === 'started') {
    return report.checkpoint ? `The database is at block ${report.checkpoint.block}.` : 'The database is empty.'
  }
  if (report.kind === 'batch') {
    const { block, head } = report.checkpoint
    if (isFollowing) return `block ${block}: ${count(report.events, 'event')}`
    return `block ${block} of ${head}: ${count(report.total, 'event')}, ${report.rate.toLocaleString('en')} a second`
  }
  if (report.kind === 'caught-up') {
    return `Caught up with block ${report.checkpoint.block}: ${count(report.total, 'event')} in ${report.seconds.toFixed(1)} seconds.`
  }
  if (report.kind === 'reorg') return `block ${report.from}: replaced; ${count(report.depth, 'block')} undone`
  if (report.kind === 'failure') return `${report.error.message} Trying again in ${report.pause / 1000} seconds.`
  return undefined
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`
}

function isLocal(url: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname)
}
