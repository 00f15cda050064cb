import type { Command } from 'commander'
import { parseDeployment, quoted, type Deployment } from 'stemma/core'
import { clean, repeatable, toJson, UsageError, wholeNumber, withHelp, type Context } from 'stemma/console'
import { findDeployment } from 'stemma/deployments'

import type { Answered } from '../api/api.ts'
import { WATCHER_LIMITS } from '../api/chain/watchers.ts'
import { DATABASE_OPTION, databaseOf, SCHEMA_OPTION } from './database.ts'
import { keepServing } from './lastResort.ts'

type Options = {
  database?: string
  schema?: string
  deployment?: string
  port: string
  host: string
  readyWithin: string
  readyLag: string
  stopWithin: string
  publicRpc?: string
  origin: string[]
  watchers: string
  watchersPerAddress: string
  cache: string
  persistedOnly?: boolean
  explorer?: string | false
  json?: boolean
}

/** Milliseconds that the program has to end after its last request. */
const CLOSING = 2000

/** Adds `stemma-server api`: the query API over an index. */
export function addApi(program: Command, context: Context): void {
  withHelp(
    program
      .command('api')
      .description('serve GraphQL and REST over the database that `stemma-server index` keeps, until Ctrl-C')
      .option(...DATABASE_OPTION)
      .option(...SCHEMA_OPTION)
      .option('--deployment <name|path>', 'which ledger (STEMMA_DEPLOYMENT; else `local`)')
      .option('--public-rpc <url>', 'a node that everybody may ask, which the explorer offers to its readers')
      .option('--port <port>', 'port to listen on', '8600')
      .option('--host <address>', 'address to listen on', '127.0.0.1')
      .option('--ready-within <blocks>', 'how many blocks behind the index may be and still count as ready', '10')
      .option('--ready-lag <seconds>', 'how many seconds behind a read replica may be and still count as ready', '60')
      .option('--stop-within <seconds>', 'how long open requests may run after Ctrl-C or SIGTERM', '10')
      .addOption(repeatable('--origin <url>', 'let only pages of this origin read answers; may be repeated'))
      .option('--watchers <number>', 'how many event streams may be open', String(WATCHER_LIMITS.watchers))
      .option(
        '--watchers-per-address <number>',
        'how many of them for one address; behind a proxy, all clients have its address',
        String(WATCHER_LIMITS.watchersPerAddress),
      )
      .option('--cache <megabytes>', 'memory for answers that never change; 0 for none', '64')
      .option('--persisted-only', 'serve only the operations of stemma/query')
      .option('--explorer <folder>', 'the built explorer to serve to browsers (the one of this package)')
      .option('--no-explorer', 'serve no explorer'),
    {
      example: '$ stemma-server api --port 8600\n$ curl -s http://127.0.0.1:8600/v1/status',
      json: 'one value a line: { time, kind: "listening", url }, { time, kind: "answered", method, path, status, milliseconds }, { time, kind: "failure", message }, { time, kind: "stopped" }',
    },
  ).action(async (options: Options) => {
    const database = await databaseOf(context, options)
    const deployment = await deploymentOf(context, options)
    const report = (kind: string, fields: object, text?: string): void => {
      const time = new Date(context.now()).toISOString()
      if (options.json) context.stdout(`${toJson({ time, kind, ...fields }, 0)}\n`)
      else if (text !== undefined) context.stdout(`${clean(text)}\n`)
    }
    const limits = {
      watchers: wholeNumber('--watchers', options.watchers, 0, 1_000_000),
      watchersPerAddress: wholeNumber('--watchers-per-address', options.watchersPerAddress, 0, 1_000_000),
    }
    const grace = wholeNumber('--stop-within', options.stopWithin, 0, 3600) * 1000
    context.allow?.(grace + CLOSING)
    const { serveApi } = await import('../api/serve.ts')
    const listening = await serveApi({
      database,
      ...(deployment && { deployment }),
      port: wholeNumber('--port', options.port, 0, 65_535),
      host: options.host,
      readyWithin: wholeNumber('--ready-within', options.readyWithin, 0, 1_000_000),
      readyLag: wholeNumber('--ready-lag', options.readyLag, 0, 1_000_000),
      persistedOnly: options.persistedOnly ?? false,
      cacheBytes: wholeNumber('--cache', options.cache, 0, 1_000_000) * 1024 * 1024,
      limits,
      ...(typeof options.explorer === 'string' && { explorer: options.explorer }),
      ...(options.explorer === false && { explorer: null }),
      ...(options.origin.length > 0 && { origins: options.origin.map(originOf) }),
      onAnswer: (answered) => report('answered', answered, failureOf(answered)),
    })
    report(
      'listening',
      { url: listening.url },
      `Serving GraphQL and REST at ${listening.url}. All routes: ${listening.url}/openapi.json.`,
    )
    const stop = keepServing((failure) => {
      const message = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)
      if (options.json) report('failure', { message })
      context.stderr(`Unexpected failure, still serving; please report it: ${clean(message)}\n`)
    })
    await stopped(context.signal)
    stop()
    await listening.close(grace)
    report('stopped', {}, 'Stopped.')
  })
}

/**
 * The deployment in use, for those who ask a node themselves. With a database that was named, there need not be one. The node of its file
 * may be the operator's own, with a key in its address, so only one that is named as public is served.
 */
async function deploymentOf(
  { env, cwd }: Context,
  { database, deployment: name, publicRpc }: Options,
): Promise<Deployment | undefined> {
  if (publicRpc !== undefined && !/^(https?|wss?):\/\//.test(publicRpc)) {
    throw new UsageError(`Invalid --public-rpc ${quoted(publicRpc)}: use an http(s) or ws(s) URL.`)
  }
  const isNamed = name !== undefined || (database === undefined && !env.STEMMA_DATABASE)
  if (!isNamed && !env.STEMMA_DEPLOYMENT) {
    if (publicRpc !== undefined) throw new UsageError('--public-rpc needs a ledger. Name it with --deployment.')
    return undefined
  }
  const { rpcUrl: _, ...deployment } = await findDeployment(name, { env, cwd })
  return parseDeployment({ ...deployment, ...(publicRpc !== undefined && { rpcUrl: publicRpc }) })
}

/** People see failures only. */
function failureOf({ method, path, status, error }: Answered): string | undefined {
  return status >= 500 ? `${method} ${path}: ${status}${error === undefined ? '' : ` (${error})`}` : undefined
}

function originOf(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, '')) return new URL(text).origin
  throw new UsageError(
    `Invalid origin "${clean(text.slice(0, 80))}": use a scheme and a host, such as https://stemma.example.`,
  )
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
