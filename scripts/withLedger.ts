import type { JsonRpcProvider } from 'ethers'

import { walletOf } from '../src/console/key.ts'
import { checkNodeUrl } from '../src/console/node.ts'
import { findDeployment } from '../src/deployments/deploymentFiles.ts'
import { connect, type Ledger } from '../src/sdk/connect.ts'
import { nodeProvider } from '../src/sdk/nodeProvider.ts'

/** The options of every script that uses a ledger. */
export const LEDGER_OPTIONS = { deployment: { type: 'string' }, rpc: { type: 'string' } } as const

/** What the options say about the ledger. */
export type LedgerArguments = { deployment?: string | undefined; rpc?: string | undefined }

/**
 * Opens the ledger that the arguments name, runs something on it, and hangs up: `--deployment` by name or path, `--rpc` for another
 * node. The key comes from `STEMMA_PRIVATE_KEY`; without it, the node's own first account signs, as on a local node.
 */
export async function withLedger<T>(values: LedgerArguments, run: (ledger: Ledger) => Promise<T>): Promise<T> {
  const deployment = await findDeployment(values.deployment)
  const url = values.rpc ?? deployment.rpcUrl ?? 'http://127.0.0.1:8545'
  checkNodeUrl(url, true)
  const provider: JsonRpcProvider = nodeProvider(url, deployment, { pollingInterval: 100 })
  try {
    await connect(provider, deployment)
    const key = process.env.STEMMA_PRIVATE_KEY
    const signer = key ? walletOf(key).connect(provider) : await provider.getSigner()
    return await run(await connect(signer, deployment))
  } finally {
    provider.destroy()
  }
}
