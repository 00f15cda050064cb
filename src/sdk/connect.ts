import { keccak256, type ContractRunner, type JsonRpcApiProvider, type Provider } from 'ethers'

import { parseDeployment, type Deployment } from '../core/deployment.ts'
import { StemmaError } from '../core/errors.ts'
import { NodeAnswerError, readingOnly } from './nodeErrors.ts'

/** A ledger that can be read, and written when `runner` is a signer. Plain data: actions take it as their first argument. */
export type Ledger = {
  readonly deployment: Deployment
  readonly runner: ContractRunner
  readonly provider: Provider
  /** Where everything is read as of one block, and nothing can be written; only `ledgerAsOf` and `ledgerAt` make one. */
  readonly asOf?: AsOf
}

/** The block that a ledger is read as of. */
export type AsOf = {
  /** Number of the block. */
  readonly block: number
  /** The block's time (Unix seconds), where the question is about the past, so that the age of the block does not count. */
  readonly past?: { readonly timestamp: number }
  /** The ledger as it is by now. */
  readonly live: Ledger
}

/**
 * Connects to a ledger by a provider (to read) or a signer with a provider (to write too), and checks that the node is on the
 * deployment's chain and holds its contracts.
 *
 * @example
 * const ledger = await connect(nodeProvider('http://127.0.0.1:8545', deployment), deployment)
 *
 * @throws {@link NodeUnreachableError} when the node does not answer
 * @throws {@link WrongChainError} when the node is on another chain
 * @throws {@link StaleDeploymentError} when there is no contract at an address of the deployment
 * @throws {@link CodeMismatchError} when a contract's code is not the one that was deployed, where the deployment states its hash
 * @throws {@link InvalidDeploymentError} when the deployment is malformed
 */
export async function connect(runner: ContractRunner, deployment: Deployment): Promise<Ledger> {
  const ledger = openLedger(runner, deployment)
  await checkDeployment(ledger)
  return ledger
}

/**
 * Checks that the node is on the deployment's chain and holds its contracts, with the code whose hashes the deployment states (one of
 * an earlier version states none: see `codeHashes`). With a provider that batches requests, this takes one round trip.
 *
 * @throws as {@link connect}
 */
export async function checkDeployment({ deployment, provider }: Ledger): Promise<void> {
  const addresses = Object.entries(deployment.contracts)
  const [chainId, ...codes] = await readingOnly(() =>
    Promise.all([chainIdOf(provider), ...addresses.map(([, address]) => provider.getCode(address))]),
  )
  if (chainId !== BigInt(deployment.chainId)) {
    const { WrongChainError } = await import('./wrongChain.ts')
    throw new WrongChainError(deployment, chainId)
  }
  const missing = addresses.find((_, index) => codes[index] === '0x')
  if (missing) throw new StaleDeploymentError(deployment, ...missing)
  for (const [name, hash] of Object.entries(deployment.codeHashes ?? {})) {
    const index = addresses.findIndex(([contract]) => contract === name)
    const actual = keccak256(codes[index]!)
    if (actual !== hash) throw new CodeMismatchError(deployment, ...addresses[index]!, hash, actual)
  }
}

/** Asks the node where that is possible: a provider with a static network answers from memory. */
async function chainIdOf(provider: Provider): Promise<bigint> {
  if (!('send' in provider)) return (await provider.getNetwork()).chainId
  const answer: unknown = await (provider as JsonRpcApiProvider).send('eth_chainId', [])
  if (typeof answer === 'string' && /^0x[0-9a-f]{1,64}$/i.test(answer)) return BigInt(answer)
  throw new NodeAnswerError(new Error('its chain id is malformed'))
}

/**
 * Like {@link connect}, without checking the node. Use it for a deployment that was checked before, or for `verifyModel` and
 * other actions that read a lineage: their answer names the chain.
 */
export function openLedger(runner: ContractRunner, deployment: Deployment): Ledger {
  const { provider } = runner
  if (!provider) throw new MissingProviderError()
  return { deployment: parseDeployment(deployment), runner, provider }
}

/** Thrown when a signer has no provider, so that nothing can be read or sent. */
export class MissingProviderError extends StemmaError {
  override name = 'MissingProviderError'
  constructor() {
    super('MISSING_PROVIDER', 'The signer has no provider. Connect it first: signer.connect(provider).')
  }
}

/** Thrown when a deployment names an address without a contract, as after a local chain was restarted. */
export class StaleDeploymentError extends StemmaError {
  override name = 'StaleDeploymentError'
  override readonly kind = 'unavailable'
  constructor(deployment: Deployment, contract: string, address: string) {
    super(
      'STALE_DEPLOYMENT',
      `The deployment "${deployment.name}" has its ${contract} at ${address}, where chain ${deployment.chainId} has no contract. The chain was probably restarted: deploy again (npm start), or choose another deployment.`,
    )
  }
}

/** Thrown when there is another contract at an address than the one that was deployed there. */
export class CodeMismatchError extends StemmaError {
  override name = 'CodeMismatchError'
  override readonly kind = 'undecided'
  constructor(deployment: Deployment, contract: string, address: string, expected: string, actual: string) {
    super(
      'CODE_MISMATCH',
      `The deployment "${deployment.name}" has its ${contract} at ${address} with the code hash ${expected}, but the node has code with the hash ${actual} there. Do not trust this node or this deployment: compare both with what the operator of the ledger publishes.`,
    )
  }
}
