/**
 * Deploys the ledger with Hardhat Ignition to the chain behind a URL and writes `.stemma/deployments/<name>.json`, which the
 * CLI and `stemma/deployments` find. An interrupted deployment is resumed by Ignition's journal.
 *
 * Usage: node scripts/deploy.ts [--rpc http://127.0.0.1:8545] [--name local] [--reset]
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { JsonRpcProvider } from 'ethers'
import hre from 'hardhat'

import StemmaModule from '../ignition/modules/Stemma.ts'
import type { Deployment } from '../src/core/deployment.ts'
import { parseAddress } from '../src/core/hex.ts'
import { writeDeployment } from '../src/deployments/deploymentFiles.ts'
import { connect } from '../src/sdk/connect.ts'

const root = join(import.meta.dirname, '..')

/** Deploys to the chain behind `rpcUrl` and writes the deployment's file. `reset` forgets an earlier run under the same name. */
export async function deploy(options: { rpcUrl: string; name: string; reset?: boolean }): Promise<Deployment> {
  const { rpcUrl, name, reset = false } = options
  if (reset) await rm(join(root, 'ignition/deployments', name), { recursive: true, force: true })
  const provider = new JsonRpcProvider(rpcUrl)
  const firstBlock = await provider.getBlockNumber()
  const connection = await hre.network.create({ network: 'remote', override: { url: rpcUrl } })
  try {
    const { manager, ledger, credential, claims, lens, audit, gate } = await connection.ignition.deploy(StemmaModule, {
      deploymentId: name,
    })
    const address = async (contract: { getAddress(): Promise<string> }) => parseAddress(await contract.getAddress())
    const deployment: Deployment = {
      name,
      chainId: Number((await provider.getNetwork()).chainId),
      firstBlock: reset ? firstBlock : 0,
      contracts: {
        manager: await address(manager),
        ledger: await address(ledger),
        licenseCredential: await address(credential),
        lineageClaims: await address(claims),
        complianceLens: await address(lens),
        usageAudit: await address(audit),
        reviewGate: await address(gate),
      },
      rpcUrl,
    }
    await connect(provider, deployment)
    await writeDeployment(deployment, root)
    return deployment
  } finally {
    await connection.close()
    provider.destroy()
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      rpc: { type: 'string', default: 'http://127.0.0.1:8545' },
      name: { type: 'string', default: 'local' },
      reset: { type: 'boolean', default: false },
    },
  })
  const deployment = await deploy({ rpcUrl: values.rpc, name: values.name, reset: values.reset })
  console.log(JSON.stringify(deployment, null, 2))
}
