import type { ContractRunner } from 'ethers'

import type { Deployment } from '../core/deployment.ts'
import { connect, type Ledger } from '../sdk/connect.ts'
import type { ViemClients } from './viemClients.ts'
import { ViemProvider } from './viemProvider.ts'
import { signerOf } from './viemSigners.ts'

/**
 * Connects to a ledger by clients of viem, as {@link connect} does by a provider or a signer of ethers. Every action takes the ledger,
 * and fails with the same errors.
 *
 * @example
 * const ledger = await connectViem({ public: publicClient, wallet: walletClient }, deployment)
 *
 * @throws {@link MissingAccountError} when the wallet client has no account, and as {@link connect}
 */
export async function connectViem(clients: ViemClients, deployment: Deployment): Promise<Ledger> {
  return connect(viemRunner(clients, deployment), deployment)
}

/**
 * The clients as a runner of ethers, for `connect` and `openLedger`: a signer when there is a wallet client, else a provider. Before
 * it signs or sends, it asks the wallet whether it is on the deployment's chain.
 *
 * @example
 * const ledger = openLedger(viemRunner({ public: publicClient }, deployment), deployment)
 *
 * @throws {@link MissingAccountError} when the wallet client has no account
 */
export function viemRunner(clients: ViemClients, deployment: Pick<Deployment, 'name' | 'chainId'>): ContractRunner {
  const provider = new ViemProvider(clients, BigInt(deployment.chainId))
  return clients.wallet ? signerOf(clients.wallet, provider, deployment) : provider
}
