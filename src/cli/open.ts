import { lstat, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

import { FetchRequest, JsonRpcProvider, Wallet, type ContractRunner } from 'ethers'

import type { Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import { findDeployment } from '../deployments/deploymentFiles.ts'
import { connect, type Ledger } from '../sdk/connect.ts'
import { explainNodeError } from '../sdk/nodeErrors.ts'
import { UsageError, type Context } from './context.ts'

/** Options of every command that talks to a ledger. */
export type LedgerOptions = { deployment?: string; rpc?: string; timeout?: string; json?: boolean }
/** Options of every command that sends a transaction. */
export type SendOptions = LedgerOptions & { from?: string; dryRun?: boolean }

/** Connects to the ledger that the options name, to read. The caller destroys the provider. */
export async function openToRead(context: Context, options: LedgerOptions): Promise<Ledger> {
  const { provider, deployment } = await openProvider(context, options)
  return connectOrDestroy(provider, provider, deployment)
}

/** The same with a key: from `STEMMA_PRIVATE_KEY`, from `STEMMA_KEYSTORE`, or an account that the node manages (`--from`). */
export async function openToWrite(context: Context, options: SendOptions): Promise<Ledger> {
  const { provider, deployment } = await openProvider(context, options)
  try {
    return await connectOrDestroy(await signerOf(context, options, provider), provider, deployment)
  } catch (error) {
    provider.destroy()
    throw error
  }
}

async function openProvider(
  context: Context,
  options: LedgerOptions,
): Promise<{ provider: JsonRpcProvider; deployment: Deployment }> {
  const { env, cwd } = context
  const deployment = await findDeployment(options.deployment, { env, cwd })
  const url = options.rpc ?? env.STEMMA_RPC_URL ?? deployment.rpcUrl
  if (!url)
    throw new UsageError(`The deployment "${deployment.name}" names no node. Name one by --rpc or STEMMA_RPC_URL.`)
  if (!/^https?:\/\//.test(url))
    throw new UsageError(`"${url}" is not the address of a node. Use an http or https URL.`)
  const request = new FetchRequest(url)
  const seconds = Number(options.timeout ?? 30)
  if (!(seconds > 0)) throw new UsageError(`"${options.timeout}" is not a number of seconds.`)
  request.timeout = seconds * 1000
  // ethers would ask for the chain again and again while a node is down; this asks once.
  const once = new JsonRpcProvider(request, deployment.chainId, { staticNetwork: true, cacheTimeout: -1 })
  try {
    const chainId = Number(await once.send('eth_chainId', []))
    const provider = new JsonRpcProvider(request, chainId, {
      staticNetwork: true,
      cacheTimeout: -1,
      pollingInterval: 100,
    })
    return { provider, deployment }
  } catch (error) {
    throw explainNodeError(error)
  } finally {
    once.destroy()
  }
}

async function connectOrDestroy(
  runner: ContractRunner,
  provider: JsonRpcProvider,
  deployment: Deployment,
): Promise<Ledger> {
  try {
    return await connect(runner, deployment)
  } catch (error) {
    provider.destroy()
    throw error
  }
}

async function signerOf(context: Context, options: SendOptions, provider: JsonRpcProvider): Promise<ContractRunner> {
  const { STEMMA_PRIVATE_KEY: key, STEMMA_KEYSTORE: keystore, STEMMA_KEYSTORE_PASSWORD: password } = context.env
  if (options.from) {
    try {
      return await provider.getSigner(options.from)
    } catch (cause) {
      throw new UsageError(`The node does not manage the account "${options.from}" (${(cause as Error).message}).`)
    }
  }
  if (key) {
    if (!/^(0x)?[0-9a-fA-F]{64}$/.test(key)) throw new UsageError('STEMMA_PRIVATE_KEY is not a key of 64 hex digits.')
    return new Wallet(key, provider)
  }
  if (!keystore) throw new MissingKeyError()
  if (password === undefined) throw new UsageError('Set STEMMA_KEYSTORE_PASSWORD to open the keystore.')
  const path = resolve(context.cwd, keystore)
  const stats = await lstat(path).catch(() => undefined)
  if (!stats?.isFile()) throw new UsageError(`There is no keystore file at "${path}".`)
  if (stats.mode & 0o077) {
    throw new UsageError(`The keystore "${path}" can be read by others. Make it yours alone: chmod 600 "${path}".`)
  }
  const text = await readFile(path, 'utf8')
  try {
    return (await Wallet.fromEncryptedJson(text, password)).connect(provider)
  } catch {
    throw new UsageError(`The keystore "${path}" does not open with that password, or is no keystore.`)
  }
}

/** Thrown when something is to be sent and there is no key. */
export class MissingKeyError extends StemmaError {
  override name = 'MissingKeyError'
  constructor() {
    super(
      'MISSING_KEY',
      'There is no key to sign with. Set STEMMA_KEYSTORE (an encrypted keystore) or STEMMA_PRIVATE_KEY, or use --from <address> with a node that manages its accounts.',
    )
  }
}
