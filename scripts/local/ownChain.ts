import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { JsonRpcProvider } from 'ethers'
import hre from 'hardhat'

import { runCli } from '../../src/cli/run.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import { DEPLOYMENTS_FOLDER } from '../../src/deployments/deploymentFiles.ts'
import { openLedger } from '../../src/sdk/connect.ts'
import { deploy } from '../deploy.ts'
import { publishLicenses } from './publishLicenses.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What a command of the program printed: all that a terminal would show, and its standard output alone. */
export type Ran = { code: number; output: string; stdout: string }

/** A chain of this process alone, with a ledger that has the license library and nothing else. Its clock can be moved. */
export type OwnChain = {
  provider: JsonRpcProvider
  deployment: Deployment
  /** A folder for files, which is removed at the end. */
  folder: string
  /** The time of the latest block, in Unix seconds. */
  now: () => Promise<number>
  /** Mines a block at a later time, in Unix seconds. @throws RangeError when the chain is there already */
  moveTo: (time: number) => Promise<void>
  /**
   * Runs a command of the program in this process, from the root of the repository, as if the time were that of the chain. `env` goes before the
   * environment of this process.
   */
  stemma: (args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Ran>
  /** Remembers the state of the chain, with its time, and returns what brings it back, once. */
  remember: () => Promise<() => Promise<void>>
}

/** Starts a chain at a time (Unix seconds), deploys a ledger, publishes the license library, uses the chain, and ends it. */
export async function withOwnChain<T>(start: number, use: (chain: OwnChain) => Promise<T>): Promise<T> {
  const network = { network: 'play', override: { initialDate: new Date(start * 1000) } }
  const server = await hre.network.createServer(network, '127.0.0.1', 0)
  const { port } = await server.listen()
  const rpcUrl = `http://127.0.0.1:${port}`
  const provider = new JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: 20 })
  const folder = await mkdtemp(join(tmpdir(), 'stemma-play-'))
  try {
    const deployment = await deploy({ rpcUrl, name: 'play', journal: false, folder, delays: false })
    await publishLicenses(openLedger(await provider.getSigner(0), deployment), { atOnce: 64 })
    return await use(ownChain(provider, deployment, folder))
  } finally {
    provider.destroy()
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function ownChain(provider: JsonRpcProvider, deployment: Deployment, folder: string): OwnChain {
  const file = join(folder, DEPLOYMENTS_FOLDER, `${deployment.name}.json`)
  const now = async (): Promise<number> => (await provider.getBlock('latest'))!.timestamp
  return {
    provider,
    deployment,
    folder,
    now,
    async moveTo(time) {
      const current = await now()
      if (time <= current) throw new RangeError(`The chain is at ${current}, which is not before ${time}.`)
      await provider.send('evm_setNextBlockTimestamp', [time])
      await provider.send('evm_mine', [])
    },
    async stemma(args, env = {}) {
      const time = (await now()) * 1000
      let [output, stdout] = ['', '']
      const code = await runCli(args, {
        stdout: (text) => {
          output += text
          stdout += text
        },
        stderr: (text) => void (output += text),
        env: { ...process.env, ...env, STEMMA_DEPLOYMENT: file, STEMMA_RPC_URL: undefined },
        cwd: ROOT,
        now: () => time,
        signal: new AbortController().signal,
      })
      return { code, output, stdout }
    },
    async remember() {
      const state: string = await provider.send('evm_snapshot', [])
      return async () => void (await provider.send('evm_revert', [state]))
    },
  }
}
