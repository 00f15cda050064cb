import { JsonRpcProvider, type FetchRequest, type JsonRpcApiProviderOptions } from 'ethers'

import type { Deployment } from '../core/deployment.ts'

/**
 * A provider for a deployment's node that sends what is asked for and nothing else: it takes the chain to be the deployment's
 * ({@link connect} and {@link readLineage} look whether it is), and what is asked for at once travels in one request.
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
  return new JsonRpcProvider(url, deployment.chainId, {
    staticNetwork: true,
    cacheTimeout: -1,
    batchStallTime: 0,
    ...options,
  })
}
