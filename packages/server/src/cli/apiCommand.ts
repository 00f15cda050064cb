import type { Command } from 'commander'

import type { Answered } from '../api/api.ts'
import { serveApi } from '../api/serve.ts'
import { clean, type Context, repeatable, toJson, UsageError, wholeNumber, withHelp } from 'stemma/console'
import { databaseOf } from './database.ts'

type Options = {
  database?: string
  deployment?: string
  port: string
  host: string
  readyWithin: string
  origin: string[]
  persistedOnly?: boolean
  json?: boolean
}

/** How long requests that are under way have to end after Ctrl-C, in milliseconds: less than the program itself has. */
const GRACE = 700

/** `stemma api`: the query API over an index. */
export function addApi(program: Command, context: Context): void {
  withHelp(
    program
      .command('api')
      .description('serve GraphQL and REST over a database that `stemma index` keeps, until Ctrl-C')
      .option(
        '--database <path|url>',
        'a file of SQLite or postgres://… (STEMMA_DATABASE; else .stemma/<ledger>.sqlite)',
      )
      .option('--deployment <name|path>', 'which ledger (STEMMA_DEPLOYMENT; else `local`)')
      .option('--port <port>', 'where to listen', '8600')
      .option('--host <address>', 'the address to listen at', '127.0.0.1')
      .option('--ready-within <blocks>', 'how far the index may be behind to count as ready', '10')
      .addOption(repeatable('--origin <url>', 'let only pages of this origin read answers; may be repeated'))
      .option('--persisted-only', 'serve only the operations of stemma/query'),
    {
      example: '$ stemma api --port 8600\n$ curl -s http://127.0.0.1:8600/v1/status',
      json: 'one value a line: { time, kind: "listening", url }, { time, kind: "answered", method, path, status, milliseconds }, { time, kind: "stopped" }',
    },
  ).action(async (options: Options) => {
    const database = await databaseOf(context, options)
    const say = (kind: string, fields: object, text?: string): void => {
      const time = new Date(context.now()).toISOString()
      if (options.json) context.stdout(`${toJson({ time, kind, ...fields }, 0)}\n`)
      else if (text !== undefined) context.stdout(`${clean(text)}\n`)
    }
    const listening = await serveApi({
      database,
      port: wholeNumber('--port', options.port, 0, 65_535),
      host: options.host,
      readyWithin: wholeNumber('--ready-within', options.readyWithin, 0, 1_000_000),
      persistedOnly: options.persistedOnly ?? false,
      ...(options.origin.length > 0 && { origins: options.origin.map(originOf) }),
      onAnswer: (answered) => say('answered', answered, failureOf(answered)),
    })
    say(
      'listening',
      { url: listening.url },
      `Serving GraphQL and REST at ${listening.url}; what there is, is in ${listening.url}/openapi.json.`,
    )
    await stopped(context.signal)
    await listening.close(GRACE)
    say('stopped', {}, 'Stopped.')
  })
}

/** People are told of failures only. */
function failureOf({ method, path, status, error }: Answered): string | undefined {
  return status >= 500 ? `${method} ${path}: ${status}${error === undefined ? '' : ` (${error})`}` : undefined
}

function originOf(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, '')) return new URL(text).origin
  throw new UsageError(
    `"${clean(text.slice(0, 80))}" is no origin. Use a scheme and a host, such as https://stemma.example.`,
  )
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
