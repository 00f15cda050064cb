import type { Deployment } from '../core/deployment.ts'
import { clean, UsageError, type Context } from './context.ts'

/** Options of every command that talks to a ledger. */
export type LedgerOptions = { deployment?: string; rpc?: string; timeout?: string; json?: boolean }

/** The address of the node: `--rpc`, or the first of `STEMMA_RPC_URL`, or the deployment's. @throws {@link UsageError} */
export function nodeUrl(
  context: Pick<Context, 'env'>,
  options: Pick<LedgerOptions, 'rpc'>,
  deployment: Deployment,
): string {
  const { rpc } = options
  return nodeUrls(context, { ...(rpc !== undefined && { rpc: [rpc] }) }, deployment)[0]!
}

/**
 * The addresses of the nodes, in the order of preference: every `--rpc`, or `STEMMA_RPC_URL`, or the deployment's. Each may name
 * several with commas between them.
 *
 * @throws {@link UsageError}
 */
export function nodeUrls(
  { env }: Pick<Context, 'env'>,
  options: { rpc?: readonly string[] },
  deployment: Deployment,
): string[] {
  const named = options.rpc ?? [env.STEMMA_RPC_URL || deployment.rpcUrl || '']
  const urls = named.flatMap((text) => text.split(/,(?=\s*https?:)/)).map((url) => url.trim())
  if (urls.every((url) => url === '')) {
    throw new UsageError(`The deployment "${deployment.name}" has no node. Name one with --rpc or STEMMA_RPC_URL.`)
  }
  for (const url of urls) {
    if (!/^https?:\/\/[^\s/]/.test(url) || !URL.canParse(url) || new URL(url).host.includes(',')) {
      throw new UsageError(`Invalid node address "${clean(url)}": use an http or https URL.`)
    }
  }
  return [...new Set(urls)]
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
