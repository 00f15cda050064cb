import { join } from 'node:path'

import { JsonRpcProvider } from 'ethers'
import hre from 'hardhat'

import type { Deployment } from '../../src/core/deployment.ts'
import type { ModelId } from '../../src/core/hex.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { deploy } from '../deploy.ts'
import { publishCase, type CaseModels } from './publishCase.ts'
import { publishExamples } from './publishExamples.ts'
import { publishLicenses } from './publishLicenses.ts'

const root = join(import.meta.dirname, '../..')

/** Transactions that wait for their blocks at once. The node mines each when it comes, so any number does. */
const AT_ONCE = 64

/** What `npm start` puts on a new chain, and what ends it. */
export type LocalLedger = {
  rpcUrl: string
  provider: JsonRpcProvider
  deployment: Deployment
  /** How many licenses were published as terms. */
  licenses: number
  /** The example models, by name. */
  models: ReadonlyMap<string, ModelId>
  /** The models of the Composer 2 case. */
  case: CaseModels
  close: () => Promise<void>
}

/** Where the ledger runs, under which name, and who hears of the steps. */
export type LocalLedgerOptions = {
  /** A port of 127.0.0.1; 0 for any that is free. */
  port: number
  /** The name of the deployment. */
  name: string
  /** The folder in which `.stemma/deployments/<name>.json` is written; the repository by default. */
  folder?: string
  /** The environment of the user who trusts that file; this process's by default. */
  trustedBy?: NodeJS.ProcessEnv
  onStep?: (step: string) => void
}

/** Starts a Hardhat node in this process, deploys a ledger, and publishes the license library, the examples and the case. */
export async function startLocalLedger(options: LocalLedgerOptions): Promise<LocalLedger> {
  const { name, folder = root, trustedBy = process.env, onStep = () => {} } = options
  onStep('starting a Hardhat node')
  // Hardhat's clock would start when it read its configuration.
  const network = { network: 'node', override: { initialDate: new Date() } }
  const server = await hre.network.createServer(network, '127.0.0.1', options.port)
  const { port } = await server.listen()
  const rpcUrl = `http://127.0.0.1:${port}`
  const provider = new JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 50 })
  const close = async (): Promise<void> => {
    provider.destroy()
    await server.close()
  }
  try {
    onStep('deploying the contracts of contract-json')
    const deployment = await deploy({ rpcUrl, name, journal: false, folder, trustedBy, delays: false })
    onStep('publishing the license library')
    const terms = await publishLicenses(openLedger(await provider.getSigner(0), deployment), { atOnce: AT_ONCE })
    onStep('registering the example models')
    const { models } = await publishExamples(provider, deployment, { folder: join(root, 'examples/models') })
    onStep('registering the Composer 2 case')
    const kimi = models.get('moonshotai/Kimi-K2.5')!
    const published = await publishCase(provider, deployment, { kimi, folder: join(root, 'examples/composer-2') })
    return { rpcUrl, provider, deployment, licenses: terms.length, models, case: published, close }
  } catch (error) {
    await close()
    throw error
  }
}
