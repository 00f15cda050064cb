import type { Deployment } from '../core/deployment.ts'
import { clean, UsageError, type Context } from './context.ts'

/** Options of every command that talks to a ledger. */
export type LedgerOptions = { deployment?: string; rpc?: string; timeout?: string; json?: boolean }

/** The address of the node that the options, the environment or the deployment name. */
export function nodeUrl(
  { env }: Pick<Context, 'env'>,
  options: Pick<LedgerOptions, 'rpc'>,
  deployment: Deployment,
): string {
  const url = options.rpc ?? (env.STEMMA_RPC_URL || deployment.rpcUrl)
  if (!url) {
    throw new UsageError(`The deployment "${deployment.name}" has no node. Name one with --rpc or STEMMA_RPC_URL.`)
  }
  if (!/^https?:\/\/[^\s/]/.test(url) || !URL.canParse(url)) {
    throw new UsageError(`Invalid node address "${clean(url)}": use an http or https URL.`)
  }
  return url
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
