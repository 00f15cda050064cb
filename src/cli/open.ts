import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'

import { FetchRequest, type ContractRunner, type JsonRpcProvider } from 'ethers'

import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import { locateDeployment } from '../deployments/deploymentFiles.ts'
import { connect, openLedger, type Ledger } from '../sdk/connect.ts'
import { explainNodeError } from '../sdk/nodeErrors.ts'
import { nodeProvider } from '../sdk/nodeProvider.ts'
import type { Sent, WriteOptions } from '../sdk/transact.ts'
import { nameLedger, note, print, UsageError, type Context } from '../console/context.ts'
import { nodeUrls, secondsOf, type LedgerOptions } from '../console/node.ts'
import type { WriteArguments } from '../console/options.ts'
import { findKey } from '../console/key.ts'
import { accountOf } from './names.ts'
import { writeOptionsOf } from './writeOptions.ts'

/** Options of every command that signs. */
export type SignOptions = LedgerOptions & { from?: string }
/** Options of every command that sends a transaction. */
export type SendOptions = SignOptions & WriteArguments

/**
 * Reads from the ledger that the options name. Checks the node first, unless `open` is `openLedger`, for reads whose answer
 * itself tells whether the node is the right one.
 */
export async function read<T>(
  context: Context,
  options: LedgerOptions,
  run: (ledger: Ledger) => Promise<T>,
  open: typeof connect | typeof openLedger = connect,
): Promise<T> {
  const { provider, deployment, close } = await openProvider(context, options)
  try {
    return await explaining(await open(provider, deployment), run)
  } finally {
    close()
  }
}

/** Opens the ledger that the options name, checks the node, and leaves it open until it is closed. */
export async function openReading(
  context: Context,
  options: LedgerOptions,
): Promise<{ ledger: Ledger; close: () => void }> {
  const { provider, deployment, close } = await openProvider(context, options)
  try {
    return { ledger: await connect(provider, deployment), close }
  } catch (error) {
    close()
    throw error
  }
}

/**
 * Runs something that signs, on the ledger that the options name: with an account that the node manages (`--from`), the key in
 * `STEMMA_PRIVATE_KEY`, or that in `STEMMA_KEYSTORE`.
 */
export async function sign<T>(context: Context, options: SignOptions, run: (ledger: Ledger) => Promise<T>): Promise<T> {
  const account = options.from === undefined ? undefined : accountOf(options.from)
  // Before any question to the node, which cannot supply a missing key.
  const wallet = account === undefined ? await findKey(context) : undefined
  const { provider, deployment, close } = await openProvider(context, options)
  try {
    await connect(provider, deployment)
    const runner = wallet?.connect(provider) ?? (await nodeAccount(provider, account!))
    return await explaining(openLedger(runner, deployment), run)
  } finally {
    close()
  }
}

/** Runs something on a ledger; that an external parent is not a model is said where it fails for that. */
async function explaining<T>(ledger: Ledger, run: (ledger: Ledger) => Promise<T>): Promise<T> {
  try {
    return await run(ledger)
  } catch (error) {
    const { explainExternal } = await import('./externalParent.ts')
    throw await explainExternal(ledger, error)
  }
}

/** Sends a transaction (with `--dry-run`, only estimates it) and prints the result. */
export async function send<T extends Sent>(
  context: Context,
  options: SendOptions,
  action: (ledger: Ledger, write: WriteOptions) => Promise<T>,
  headline: (sent: T) => string = () => '',
): Promise<void> {
  const write = writeOptionsOf(context, options)
  await sign(context, options, async (ledger) => {
    const sent = await action(ledger, write)
    print(context, options.json, { ...sent, ...(options.dryRun && { dryRun: true }) }, () =>
      [headline(sent), summaryOf(sent)].filter((line) => line !== '').join('\n'),
    )
  })
}

/** The outcome of a transaction, for people. */
export function summaryOf({ transaction, block, gas, replaced }: Sent): string {
  return transaction
    ? `transaction ${transaction} in block ${block}, ${gas} gas${replaced ? `, in place of ${replaced}` : ''}`
    : `dry run: nothing was sent; it would take about ${gas} gas`
}

async function openProvider(
  context: Context,
  options: LedgerOptions,
): Promise<{ provider: JsonRpcProvider; deployment: Deployment; close: () => void }> {
  const { env, cwd } = context
  const located = await locateDeployment(options.deployment, { env, cwd })
  const { deployment } = located
  const urls = nodeUrls(context, options, deployment, { sockets: true })
  const seconds = secondsOf(options)
  nameLedger(context, located)
  if (deployment.codeHashes === undefined) {
    note(
      context,
      `The deployment "${deployment.name}" states no code hashes (an earlier version wrote it), so its contracts are not compared with those that were deployed. Deploy or download it again.`,
    )
  }
  // Own connections: ethers leaves one open when no answer comes, and the process would wait for it.
  const agents = { http: new Agent({ keepAlive: true }), https: new SecureAgent({ keepAlive: true }) }
  const requests = urls.map((url) => {
    const request = new FetchRequest(url)
    request.timeout = seconds * 1000
    request.getUrlFunc = FetchRequest.createGetUrlFunc({ agent: /^https:/i.test(url) ? agents.https : agents.http })
    return request
  })
  // A node on this machine may be asked more often for a new block.
  const isLocal = urls.every((url) => /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname))
  const provider = nodeProvider(requests, deployment, { pollingInterval: isLocal ? 100 : 1000 })
  const close = (): void => {
    context.signal.removeEventListener('abort', close)
    provider.destroy()
    for (const agent of Object.values(agents)) agent.destroy()
  }
  context.signal.addEventListener('abort', close, { once: true })
  return { provider, deployment, close }
}

async function nodeAccount(provider: JsonRpcProvider, account: string): Promise<ContractRunner> {
  try {
    return await provider.getSigner(account)
  } catch (error) {
    const explained = await explainNodeError(error)
    if (explained instanceof StemmaError) throw explained
    throw new UsageError(
      `The node does not manage the account ${account}. Sign with a key of your own: STEMMA_KEYSTORE.`,
    )
  }
}
