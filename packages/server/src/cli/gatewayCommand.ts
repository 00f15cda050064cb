import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

import type { Command } from 'commander'
import {
  clean,
  nameLedger,
  nodeUrls,
  signingKey,
  UsageError,
  wholeNumber,
  withHelp,
  type Context,
} from 'stemma/console'
import { parseStrictJson, quoted } from 'stemma/core'
import { locateDeployment } from 'stemma/deployments'

import { isHttpUrl } from '../gateway/httpUrl.ts'
import { LOG_LEVELS, wordsOf } from '../gateway/log.ts'
import { keepServing } from './lastResort.ts'
import { openLog } from './logWriter.ts'

type Options = {
  config?: string
  upstream?: string
  deployment?: string
  rpc?: readonly string[]
  port: string
  host: string
  metricsPort?: string
  logLevel: string
  json?: boolean
}

/** Largest configuration, in bytes. */
const MOST_BYTES = 1024 * 1024
/** Milliseconds for sealing and anchoring at the end, beside those that running calls have. */
const CLOSING = 60_000

/** Adds `stemma-server gateway`: the gateway in front of a model server. */
export function addGateway(program: Command, context: Context): Command {
  const command = program
    .command('gateway')
    .description(
      'serve a model to holders of its credentials, record each call, and anchor the records, until Ctrl-C. Signs with STEMMA_KEYSTORE or STEMMA_PRIVATE_KEY',
    )
    // So that `key` has options of the same names.
    .enablePositionalOptions()
    .option('--config <file>', 'what is served, and how: docs/gateway-config.schema.json (required)')
    .option('--upstream <url>', 'base URL of the model server; over that of the file')
    .option('--deployment <name|path>', 'which ledger; over that of the file (STEMMA_DEPLOYMENT; else `local`)')
    .option(
      '--rpc <url>',
      "which node; over those of the file (STEMMA_RPC_URL, or the deployment's)",
      (url: string, list: readonly string[] = []) => [...list, url],
    )
    .option('--port <port>', 'port to listen on', '8700')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--metrics-port <port>', 'serve /metrics on this port of 127.0.0.1 (default: not served)')
    .option('--log-level <level>', `how much to say: ${LOG_LEVELS.join(', ')}`, 'info')
  withHelp(command, {
    example: '$ stemma-server gateway --config gateway.json --upstream http://127.0.0.1:8000',
    json: 'one value a line: { time, level, kind, … }: listening { url, metricsUrl, operator }, ended { route, ending, status, milliseconds, call, key }, refused { route, key, status, code }, anchored { operator, credential, epoch, size, transaction }, standing-lost { credential, code }, failures { code, message }, stopped',
  }).action((options: Options) => run(context, options))
  return command
}

async function run(context: Context, options: Options): Promise<void> {
  const { env, cwd } = context
  const log = openLog(context, options)
  const port = wholeNumber('--port', options.port, 0, 65_535)
  const metricsPort =
    options.metricsPort === undefined ? undefined : wholeNumber('--metrics-port', options.metricsPort, 0, 65_535)
  if (options.config === undefined) throw new UsageError('Name the configuration of the gateway with --config.')
  const path = resolve(cwd, options.config)
  // What the gateway alone needs is loaded here, and by no other command.
  const { parseGatewayConfig } = await import('../gateway/config.ts')
  const config = parseGatewayConfig(await readConfig(path, options))
  const operatorKey = await signingKey(context)
  const located = await locateDeployment(options.deployment ?? config.deployment, { env, cwd })
  nameLedger(context, located)
  const rpc = options.rpc ?? config.rpc
  const nodes = nodeUrls(context, rpc === undefined ? {} : { rpc }, located.deployment)
  // Running calls get their time, and the log is sealed and anchored.
  context.allow?.(config.stopWithin * 1000 + CLOSING)
  const { serveGateway } = await import('../gateway/serve.ts')
  const served = await serveGateway({
    config,
    deployment: located.deployment,
    nodes,
    operatorKey,
    cwd: dirname(path),
    env,
    port,
    host: options.host,
    ...(metricsPort !== undefined && { metricsPort }),
    log,
  })
  const stop = keepServing((failure) => log({ level: 'error', kind: 'failure', ...wordsOf(failure) }))
  const { url, metricsUrl, operator } = served
  log({ level: 'info', kind: 'listening', url, ...(metricsUrl !== undefined && { metricsUrl }), operator })
  const failure = await Promise.race([served.failed, stopped(context.signal)])
  await served.close().catch((error: unknown) => {
    // What failed first says more.
    throw failure ?? error
  })
  stop()
  if (failure) throw failure
  log({ level: 'info', kind: 'stopped' })
}

/** The value of a configuration file, with what the command line says over it. */
export async function readConfig(path: string, { upstream }: Pick<Options, 'upstream'> = {}): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`Cannot read the configuration "${clean(path)}" (${error.code}). Name a file with --config.`)
  })
  if (text.length > MOST_BYTES) throw new UsageError(`The configuration "${clean(path)}" is larger than a megabyte.`)
  // Some editors begin a file with a mark that JSON does not have.
  const value = parseStrictJson(text.replace(/^\ufeff/, ''), `The configuration ${quoted(path)}`)
  if (upstream === undefined || !isObject(value)) return value
  const url = upstreamUrl(upstream)
  if (value.upstream !== undefined && !isObject(value.upstream)) return value
  return { ...value, upstream: { ...value.upstream, url } }
}

/** The address of a model server on the command line. It may hold a secret, so it is not repeated. */
function upstreamUrl(text: string): string {
  if (isHttpUrl(text)) return text
  throw new UsageError(
    'Invalid --upstream: use an http or https URL without user, password, query or fragment, such as http://127.0.0.1:8000.',
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function stopped(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
