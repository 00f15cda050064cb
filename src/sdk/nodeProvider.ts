import { JsonRpcProvider, type FetchRequest, type JsonRpcApiProviderOptions } from 'ethers'

import type { Deployment } from '../core/deployment.ts'

/**
 * Creates a provider for a deployment's node that sends no requests of its own. It assumes the deployment's chain, which
 * {@link connect} and {@link readLineage} check, and batches simultaneous requests.
 *
 * @param options ethers' own, which come first
 *
 * @example
 * const ledger = openLedger(nodeProvider('http://127.0.0.1:8545', deployment), deployment)
 */
export function nodeProvider(
  url: string | FetchRequest,
  deployment: Pick<Deployment, 'chainId'>,
  options: JsonRpcApiProviderOptions = {},
): JsonRpcProvider {
  return new JsonRpcProvider(url, BigInt(deployment.chainId), {
    staticNetwork: true,
    cacheTimeout: -1,
    batchStallTime: 0,
    ...options,
  })
}
