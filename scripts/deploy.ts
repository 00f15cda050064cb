/**
 * Deploys the ledger with Hardhat Ignition to the chain behind a URL and writes `.stemma/deployments/<name>.json`, which the
 * CLI and `stemma/deployments` find. Run again after an interruption, it goes on where it stopped, by Ignition's journal.
 *
 * Usage: node scripts/deploy.ts [--rpc http://127.0.0.1:8545] [--name local] [--reset]
 *          [--admin <address>] [--verifier <address>] [--authority <address>] [--certifier <address>] [--scanner <address>]
 *          [--adjudicator <address>] [--guardian <address>] [--treasury <address>]
 *          [--review-margin <seconds>] [--review-blocks <n>] [--claim-deposit <wei>] [--contest-period <seconds>]
 *
 * Who is not named is the `--admin`, and that is the deployer where it is not named either. An `--admin` other than the deployer
 * takes over: when all else is done, the deployer gives its administration up, and has no role unless one was given to it by name.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { JsonRpcProvider, type Signer } from 'ethers'
import hre from 'hardhat'

import StemmaModule from '../ignition/modules/Stemma.ts'
import type { Deployment } from '../src/core/deployment.ts'
import { parseAddress, type Address } from '../src/core/hex.ts'
import { ROLES, type Role } from '../src/core/roles.ts'
import { writeDeployment } from '../src/deployments/deploymentFiles.ts'
import { connect } from '../src/sdk/connect.ts'
import type { AccessManager } from '../typechain-types/index.ts'
import { exitForUsage, readOptions } from './options.ts'

const root = join(import.meta.dirname, '..')
const ADMIN = 0n

/** Numbers of the Ignition module, by the option that sets them. */
const NUMBERS = {
  'review-margin': 'reviewMargin',
  'review-blocks': 'reviewBlocks',
  'claim-deposit': 'claimDeposit',
  'contest-period': 'contestPeriod',
} as const

/** What the Ignition module takes; its comment says what each is. */
export type DeployParameters = Partial<
  Record<'admin' | 'treasury' | Role, Address> & Record<(typeof NUMBERS)[keyof typeof NUMBERS], bigint>
>

/**
 * Deploys to the chain behind `rpcUrl`, hands the administration over to `parameters.admin`, and writes the deployment's file.
 * `reset` forgets an earlier run under the same name; else that run is gone on with, and has to have the same parameters.
 */
export async function deploy(options: {
  rpcUrl: string
  name: string
  reset?: boolean
  parameters?: DeployParameters
}): Promise<Deployment> {
  const { rpcUrl, name, reset = false, parameters = {} } = options
  if (reset) await rm(join(root, 'ignition/deployments', name), { recursive: true, force: true })
  const provider = new JsonRpcProvider(rpcUrl)
  const firstBlock = await provider.getBlockNumber()
  const connection = await hre.network.create({ network: 'remote', override: { url: rpcUrl } })
  try {
    const { manager, ledger, credential, claims, lens, audit, gate } = await connection.ignition.deploy(StemmaModule, {
      deploymentId: name,
      parameters: { Stemma: withAdmin(parameters) },
    })
    const [deployer] = await connection.ethers.getSigners()
    if (parameters.admin) await handOver(manager as unknown as AccessManager, deployer!, parameters.admin)
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

/** The parameters, in which an administrator stands for everybody who is not named. */
function withAdmin(parameters: DeployParameters): DeployParameters {
  const { admin } = parameters
  if (!admin) return parameters
  const names = ['treasury', ...(Object.keys(ROLES) as Role[])] as const
  return { ...Object.fromEntries(names.map((name) => [name, admin])), ...parameters }
}

/**
 * Takes the administration away from the deployer when another account has it. A run that was interrupted before can do it again.
 * It keeps the administration where the other account does not have it, which would leave nobody.
 */
async function handOver(manager: AccessManager, deployer: Signer, admin: Address): Promise<void> {
  const account = await deployer.getAddress()
  if (parseAddress(account) === admin) return
  const [isAdmin, delay] = await manager.hasRole(ADMIN, admin)
  if (!isAdmin || delay !== 0n) {
    throw new Error(
      `${admin} is not an administrator of the AccessManager, so the deployer keeps the administration. Was the deployment begun with another --admin? Name that one, or begin anew with --reset.`,
    )
  }
  if ((await manager.hasRole(ADMIN, account))[0]) {
    await (await manager.connect(deployer).renounceRole(ADMIN, account)).wait()
  }
}

function parametersOf(values: Readonly<Record<string, string | boolean | undefined>>): DeployParameters {
  const parameters: DeployParameters = {}
  for (const name of ['admin', 'treasury', ...(Object.keys(ROLES) as Role[])] as const) {
    const given = values[name]
    if (typeof given === 'string') parameters[name] = parseAddress(given)
  }
  for (const [option, name] of Object.entries(NUMBERS)) {
    const given = values[option]
    if (typeof given !== 'string') continue
    if (!/^\d{1,30}$/.test(given))
      throw new Error(`"${given}" is not a whole number for --${option}. Use digits alone.`)
    parameters[name] = BigInt(given)
  }
  return parameters
}

if (process.argv[1] === import.meta.filename) {
  const options = optionsOrExit()
  console.log(JSON.stringify(await deploy(options), null, 2))
}

function optionsOrExit(): Parameters<typeof deploy>[0] {
  const text = { type: 'string' } as const
  const { values } = readOptions({
    rpc: { type: 'string', default: 'http://127.0.0.1:8545' },
    name: { type: 'string', default: 'local' },
    reset: { type: 'boolean', default: false },
    admin: text,
    treasury: text,
    verifier: text,
    authority: text,
    certifier: text,
    scanner: text,
    adjudicator: text,
    guardian: text,
    'review-margin': text,
    'review-blocks': text,
    'claim-deposit': text,
    'contest-period': text,
  })
  const { rpc, name, reset } = values
  try {
    return { rpcUrl: rpc, name, reset, parameters: parametersOf(values) }
  } catch (error) {
    return exitForUsage((error as Error).message)
  }
}
