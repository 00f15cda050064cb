import type { Deployment } from '../core/deployment.ts'
import { clean, UsageError, type Context } from './context.ts'

/** Options of every command that talks to a ledger. */
export type LedgerOptions = { deployment?: string; rpc?: readonly string[]; timeout?: string; json?: boolean }

/** Where one address ends and the next begins: a comma may also belong to an address. */
const BETWEEN = /[\s,]+(?=\w+:\/\/)/

/**
 * The addresses of the nodes that the options, the environment or the deployment name, the preferred one first. Both `--rpc` and
 * `STEMMA_RPC_URL` may name several, with spaces or commas between them.
 *
 * @param sockets whether `ws` and `wss` are served too
 * @throws {@link UsageError} when there is none, or one is malformed
 */
export function nodeUrls(
  { env }: Pick<Context, 'env'>,
  options: Pick<LedgerOptions, 'rpc'>,
  deployment: Deployment,
  { sockets = false }: { sockets?: boolean } = {},
): readonly [string, ...string[]] {
  const named = options.rpc ?? [env.STEMMA_RPC_URL || (deployment.rpcUrl ?? '')]
  const given = named
    .flatMap((each) => each.split(BETWEEN))
    .map((each) => each.replace(/^[\s,]+|[\s,]+$/g, ''))
    .filter((each) => each !== '')
  // One node that is spelled twice is one.
  const keys = given.map(keyOf)
  const [first, ...others] = given.filter((_, index) => keys.indexOf(keys[index]!) === index)
  if (first === undefined) {
    throw new UsageError(`The deployment "${deployment.name}" has no node. Name one with --rpc or STEMMA_RPC_URL.`)
  }
  for (const url of [first, ...others]) checkNodeUrl(url, sockets)
  return [first, ...others]
}

/** The form in which addresses are compared. */
function keyOf(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url
}

/** Checks the address of a node, before it is asked. `sockets` allows web sockets too. @throws {@link UsageError} */
export function checkNodeUrl(url: string, sockets = false): void {
  const isServed = sockets ? /^(https?|wss?):\/\/[^\s/]/i : /^https?:\/\/[^\s/]/i
  // A host has no comma: an address with one would be two.
  if (isServed.test(url) && URL.canParse(url) && !new URL(url).host.includes(',')) return
  const kinds = sockets ? 'an http, https, ws or wss URL' : 'an http or https URL'
  throw new UsageError(`Invalid node address "${clean(url.replace(/\/\/.*@/, '//…@'))}": use ${kinds}.`)
}

/** How many seconds the node may take for an answer. */
export function secondsOf(options: Pick<LedgerOptions, 'timeout'>): number {
  const seconds = Number(options.timeout ?? 30)
  if (!(seconds > 0 && seconds <= 86_400)) {
    throw new UsageError(
      `Invalid --timeout "${clean(options.timeout ?? '')}": use a number of seconds from 1 to 86400.`,
    )
  }
  return seconds
}
