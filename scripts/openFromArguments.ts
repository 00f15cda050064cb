import { JsonRpcProvider, Wallet } from 'ethers'

import { findDeployment } from '../src/deployments/deploymentFiles.ts'
import { connect, type Ledger } from '../src/sdk/connect.ts'
import { readOptions } from './options.ts'

/**
 * Connects a script to a ledger: `--deployment` by name or path, `--rpc` for another node. The key comes from
 * `STEMMA_PRIVATE_KEY`; without it, the node's own first account is used, as on a local node.
 */
export async function openFromArguments(): Promise<{ ledger: Ledger; rest: string[] }> {
  const { values, positionals } = readOptions({ deployment: { type: 'string' }, rpc: { type: 'string' } }, true)
  const deployment = await findDeployment(values.deployment)
  const provider = new JsonRpcProvider(values.rpc ?? deployment.rpcUrl ?? 'http://127.0.0.1:8545')
  const key = process.env.STEMMA_PRIVATE_KEY
  const signer = key ? new Wallet(key, provider) : await provider.getSigner()
  return { ledger: await connect(signer, deployment), rest: positionals }
}
