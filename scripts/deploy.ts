/**
 * Deploys the ledger with Hardhat Ignition to the chain behind a URL and writes `.stemma/deployments/<name>.json`, which the CLI
 * and `stemma/deployments` find: the file is trusted in your configuration, as by `stemma trust`. Contracts come from `contract-json`; nothing is compiled. Run it again after an interruption: it
 * continues where it stopped, by the journal in `ignition/deployments/<name>`.
 *
 * Usage: npm run -s deploy -- [--rpc http://127.0.0.1:8545] [--name local] [--reset] [--licenses]
 *          [--admin <address>] [--verifier <address>] [--authority <address>] [--certifier <address>] [--scanner <address>]
 *          [--adjudicator <address>] [--guardian <address>] [--treasury <address>]
 *          [--review-margin <seconds>] [--review-blocks <n>] [--claim-deposit <wei>] [--contest-period <seconds>]
 *          [--admin-delay <seconds>] [--verifier-delay <seconds>] [--authority-delay <seconds>] [--certifier-delay <seconds>]
 *          [--adjudicator-delay <seconds>] [--no-delays]
 *          [--verify] [--sourcify <url>]
 *        npm run -s deploy -- --accept [--rpc <url>] [--name local]
 *
 *   --reset      forget the journal of an earlier run under this name, and deploy a new ledger
 *   --licenses   publish the license library as terms too, except for what the ledger already has
 *   --no-delays  let roles and administrator act at once, which suits a chain of your own; a delay that is given holds
 *   --verify     have Sourcify verify the sources; the deployment's file says what became of it
 *   --accept     as the new administrator (its key in STEMMA_PRIVATE_KEY), take the administration over
 *
 * The key comes from STEMMA_PRIVATE_KEY; without it, the node's first account deploys. A role that is not given goes to the
 * `--admin`, which is the deployer by default. Another `--admin` takes over in two steps: it sends the transaction that the
 * deployment prints (--accept does), and the next run of the deployment gives up the deployer's administration.
 */
import { toChainId, type ChainId } from '../src/core/chainId.ts'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { errorDeploymentResultToExceptionMessage } from '@nomicfoundation/hardhat-ignition/helpers'
import {
  deploy as deployModule,
  DeploymentResultType,
  type Artifact,
  type ArtifactResolver,
  type BuildInfo,
} from '@nomicfoundation/ignition-core'
import { Contract, Interface, JsonRpcProvider, keccak256, type Signer, type Wallet } from 'ethers'
import hre from 'hardhat'

import StemmaModule from '../ignition/modules/Stemma.ts'
import { accessManagerAbi } from '../src/abi/accessManager.ts'
import { walletOf } from '../src/console/key.ts'
import { checkNodeUrl } from '../src/console/node.ts'
import { accountOf } from '../src/cli/names.ts'
import type { Deployment } from '../src/core/deployment.ts'
import { StemmaError } from '../src/core/errors.ts'
import { parseAddress, parseDigest, type Address, type Hex } from '../src/core/hex.ts'
import { EXECUTION_DELAYS, ROLES, type Role } from '../src/core/roles.ts'
import { DEPLOYMENTS_FOLDER, writeDeployment } from '../src/deployments/deploymentFiles.ts'
import { trustDeployment } from '../src/deployments/trust.ts'
import { connect, openLedger, type Ledger } from '../src/sdk/connect.ts'
import { readRoles } from '../src/sdk/governance/readRoles.ts'
import { explainNodeError, readingOnly } from '../src/sdk/nodeErrors.ts'
import { nodeProvider } from '../src/sdk/nodeProvider.ts'
import { transactCall } from '../src/sdk/transact.ts'
import { waitForTransaction } from '../src/sdk/waitForTransaction.ts'
import type { AccessManager } from '../typechain-types/index.ts'
import { publishLicenses } from './local/publishLicenses.ts'
import { exitForUsage, readOptions } from './options.ts'
import { isProgram, runScript } from './run.ts'
import { SOURCIFY, verifySources } from './verifySources.ts'
import { withLedger } from './withLedger.ts'

const root = join(import.meta.dirname, '..')
/** How often the node is asked about a transaction that was sent, in milliseconds. */
const POLLING = 500
const ADMIN = 0n
const MANAGER = new Interface(accessManagerAbi)

/** Numbers of the Ignition module, by the option that sets them. */
const NUMBERS = {
  'review-margin': 'reviewMargin',
  'review-blocks': 'reviewBlocks',
  'claim-deposit': 'claimDeposit',
  'contest-period': 'contestPeriod',
} as const

/** Delays of the Ignition module in seconds, by the option that sets them. */
const DELAYS = {
  'admin-delay': 'adminDelay',
  'verifier-delay': 'verifierDelay',
  'authority-delay': 'authorityDelay',
  'certifier-delay': 'certifierDelay',
  'adjudicator-delay': 'adjudicatorDelay',
} as const
/** The longest delay that an option takes, in seconds: a year. */
const LONGEST_DELAY = 365n * 86_400n

/** The names of `Deployment`'s contracts, by those that the Ignition module returns. */
const RESULTS = {
  manager: 'manager',
  ledger: 'ledger',
  recalls: 'recalls',
  licenseCredential: 'credential',
  lineageClaims: 'claims',
  complianceLens: 'lens',
  usageAudit: 'audit',
  reviewGate: 'gate',
  loadCheck: 'loading',
} as const

/** The parameters of the Ignition module, which describes each. */
export type DeployParameters = Partial<
  Record<'admin' | 'treasury' | Role, Address> &
    Record<(typeof NUMBERS)[keyof typeof NUMBERS] | 'adminDelay' | `${Role}Delay`, bigint>
>

/** What the new administrator has to send before the deployer gives up: a call of the AccessManager. */
export type OutstandingAcceptance = { admin: Address; to: Address; data: string }

/** Where to deploy, under which name, and how. */
export type DeployOptions = {
  rpcUrl: string
  name: string
  /** Forgets the journal of an earlier run under the name. */
  reset?: boolean
  /** Keeps a journal, so that an interrupted run can be continued; true by default. */
  journal?: boolean
  /** The folder of the journal and of `.stemma`; the repository by default. */
  folder?: string
  /** The environment of the user who trusts the file that is written, so that its name leads to it; nobody by default. */
  trustedBy?: NodeJS.ProcessEnv
  parameters?: DeployParameters
  /** Whether roles and administrator schedule ahead what they do, unless a parameter says how long; true by default. */
  delays?: boolean
  /** The Sourcify server that verifies the sources; nothing is verified without one. */
  sourcify?: string | undefined
  /** Hears of the new administrator's transaction that has not been sent yet. */
  onOutstanding?: (outstanding: OutstandingAcceptance) => void
  /** The deployer's key; without it, the node's first account deploys. */
  wallet?: Wallet | undefined
}

/**
 * Deploys to the chain behind `rpcUrl`, gives the administration to `parameters.admin`, and writes the deployment's file. The
 * deployer gives up its own administration once the new administrator has acted. Continues an earlier run under the same name,
 * which must have had the same parameters.
 *
 * @throws {@link JournalOfAnotherChainError} when the earlier run was on another chain, or the chain was reset
 * @throws {@link DeploymentFailedError} when Ignition cannot deploy
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { rpcUrl, name, reset = false, journal = true, folder = root, trustedBy, wallet, sourcify } = options
  const parameters = { ...(options.delays === false && NO_DELAYS), ...options.parameters }
  const journalFolder = journal ? join(folder, 'ignition/deployments', name) : undefined
  if (reset && journalFolder) await rm(journalFolder, { recursive: true, force: true })
  const provider = new JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: POLLING })
  try {
    const { chainId } = await chainOf(rpcUrl)
    if (journalFolder) await checkJournal(provider, journalFolder, chainId)
    const head = await readingOnly(() => provider.getBlockNumber())
    const { contracts, deployer } = await runIgnition(rpcUrl, journalFolder, parameters, wallet)
    const firstBlock = journalFolder ? await firstBlockOf(journalFolder, head) : head
    const codeHashes = await codeHashesOf(provider, contracts)
    const verification =
      sourcify === undefined
        ? Object.fromEntries(Object.keys(contracts).map((contract) => [contract, 'not verified: it was not asked for']))
        : await verifySources(sourcify, chainId, contracts)
    const deployment: Deployment = { name, chainId, firstBlock, contracts, codeHashes, rpcUrl, verification }
    if (parameters.admin) {
      const outstanding = await handOver(deployer, deployment, parameters.admin)
      if (outstanding) options.onOutstanding?.(outstanding)
    }
    await connect(provider, deployment)
    const path = await writeDeployment(deployment, folder)
    if (trustedBy) await trustDeployment(path, { env: trustedBy })
    return deployment
  } finally {
    provider.destroy()
  }
}

/** Blocks by which a reorganization may have moved the first transaction since the journal was written. Reading as many more costs nothing. */
const MOVED = 64

/** A block from which on every event of the ledger is found: about that of the journal's first transaction, which each run finds again. */
async function firstBlockOf(folder: string, head: number): Promise<number> {
  const lines = await readFile(join(folder, 'journal.jsonl'), 'utf8')
  const blocks = confirmedIn(lines).map(({ receipt }) => receipt.blockNumber)
  return Math.max(0, (blocks.length > 0 ? Math.min(...blocks) : head) - MOVED)
}

/** What readers compare the contracts' code with, immutable values included. */
async function codeHashesOf(
  provider: JsonRpcProvider,
  contracts: Deployment['contracts'],
): Promise<NonNullable<Deployment['codeHashes']>> {
  const hashes = Object.entries(contracts).map(async ([name, address]) => {
    return [name, parseDigest(keccak256(await readingOnly(() => provider.getCode(address))))] as const
  })
  return Object.fromEntries(await Promise.all(hashes)) as NonNullable<Deployment['codeHashes']>
}

/** Asks the node for its chain once: ethers' provider would ask again and again, and never give up. */
async function chainOf(rpcUrl: string): Promise<{ chainId: ChainId }> {
  const provider = new JsonRpcProvider(rpcUrl, 1, { staticNetwork: true, batchMaxCount: 1 })
  try {
    return { chainId: toChainId(BigInt(await provider.send('eth_chainId', []))) }
  } catch (error) {
    throw await explainNodeError(error)
  } finally {
    provider.destroy()
  }
}

/** Runs the Ignition module with the contracts of `contract-json`. */
async function runIgnition(
  rpcUrl: string,
  journalFolder: string | undefined,
  parameters: DeployParameters,
  wallet: Wallet | undefined,
): Promise<{ contracts: Deployment['contracts']; deployer: Signer }> {
  const connection = await hre.network.create({
    network: 'remote',
    override: { url: rpcUrl, accounts: wallet ? [wallet.privateKey] : 'remote' },
  })
  try {
    const accounts = (await connection.provider.request({ method: 'eth_accounts' })) as string[]
    const result = await deployModule({
      config: hre.config.ignition,
      artifactResolver,
      provider: connection.provider,
      ignitionModule: StemmaModule,
      deploymentParameters: { Stemma: withAdmin(parameters) },
      accounts,
      ...(journalFolder !== undefined && { deploymentDir: journalFolder }),
    }).catch((error: Error) => {
      throw new DeploymentFailedError(`${error.message} Run again to continue.`, error)
    })
    if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
      throw new DeploymentFailedError(errorDeploymentResultToExceptionMessage(result))
    }
    const addressOf = (key: keyof typeof StemmaModule.results): Address =>
      parseAddress(result.contracts[StemmaModule.results[key].id]!.address)
    const entries = Object.entries(RESULTS).map(([contract, key]) => [contract, addressOf(key)])
    const provider = new JsonRpcProvider(rpcUrl, undefined, { cacheTimeout: -1, pollingInterval: POLLING })
    return {
      contracts: Object.fromEntries(entries) as Deployment['contracts'],
      deployer: wallet?.connect(provider) ?? (await provider.getSigner(accounts[0])),
    }
  } finally {
    await connection.close()
  }
}

/** Reads the contracts of `contract-json`, and their build where it is at hand, which a block explorer verifies the sources by. */
const artifactResolver: ArtifactResolver = {
  async loadArtifact(contractName) {
    return JSON.parse(await readFile(join(root, 'contract-json', `${contractName}.json`), 'utf8')) as Artifact
  },
  async getBuildInfo(contractName) {
    const { bytecode, sourceName } = await artifactResolver.loadArtifact(contractName)
    const path = join(root, 'artifacts', sourceName, `${contractName}.json`)
    if (!existsSync(path)) return undefined
    const compiled = JSON.parse(await readFile(path, 'utf8')) as Artifact
    if (compiled.bytecode !== bytecode) return undefined
    const build = join(root, 'artifacts/build-info', `${compiled.buildInfoId}.json`)
    return JSON.parse(await readFile(build, 'utf8')) as BuildInfo
  },
}

/** Checks that what an earlier run deployed is on the chain. */
async function checkJournal(provider: JsonRpcProvider, folder: string, chainId: ChainId): Promise<void> {
  const journal = join(folder, 'journal.jsonl')
  if (!existsSync(journal)) return
  const lines = await readFile(journal, 'utf8')
  const first = /^\{.*"type":"DEPLOYMENT_INITIALIZE".*$/m.exec(lines)?.[0]
  const begun = first === undefined ? chainId : (JSON.parse(first) as { chainId: ChainId }).chainId
  if (begun !== chainId) {
    throw new JournalOfAnotherChainError(folder, `was begun on chain ${begun}, and the node is on chain ${chainId}`)
  }
  const deployed = join(folder, 'deployed_addresses.json')
  if (!existsSync(deployed)) return
  const addresses = Object.entries(JSON.parse(await readFile(deployed, 'utf8')) as Record<string, string>)
  const codes = await readingOnly(() => Promise.all(addresses.map(([, address]) => provider.getCode(address))))
  const missing = addresses[codes.indexOf('0x')]
  if (missing) {
    const [future, address] = missing
    throw new JournalOfAnotherChainError(folder, `deployed ${future} at ${address}, where the chain has no code`)
  }
  await checkConfirmed(provider, folder, lines)
}

/** The transactions of a journal that a block had. */
function confirmedIn(lines: string): { hash: string; receipt: { blockHash: string; blockNumber: number } }[] {
  return (lines.match(/^\{.*"type":"TRANSACTION_CONFIRM".*$/gm) ?? []).map(
    (line) => JSON.parse(line) as ReturnType<typeof confirmedIn>[number],
  )
}

/** Checks that the transactions of an earlier run are on the chain: after a reset, another deployment may have its addresses. */
async function checkConfirmed(provider: JsonRpcProvider, folder: string, lines: string): Promise<void> {
  for (const { hash, receipt } of confirmedIn(lines)) {
    // A node may have dropped old receipts, and a reorganization may have moved the transaction: not both.
    const [block, found] = await readingOnly(() =>
      Promise.all([provider.getBlock(receipt.blockNumber), provider.getTransactionReceipt(hash)]),
    )
    if (found || block?.hash === receipt.blockHash) continue
    throw new JournalOfAnotherChainError(
      folder,
      `sent the transaction ${hash} in block ${receipt.blockNumber}, which the chain does not have`,
    )
  }
}

/** Lets the administrator stand in for every account that is not given. */
function withAdmin(parameters: DeployParameters): DeployParameters {
  const { admin } = parameters
  if (!admin) return parameters
  const names = ['treasury', ...(Object.keys(ROLES) as Role[])] as const
  return { ...Object.fromEntries(names.map((name) => [name, admin])), ...parameters }
}

/** No delay for the administrator and for any role. */
const NO_DELAYS: DeployParameters = {
  adminDelay: 0n,
  ...Object.fromEntries(Object.keys(EXECUTION_DELAYS).map((role) => [`${role}Delay`, 0n])),
}

/**
 * Takes the administration away from the deployer once another account that has it has acted: it has scheduled the removal of the
 * deployer, or removed it. That shows that somebody holds its key. Until then the deployer keeps the administration, because an
 * address that nobody has a key of would leave the ledger without an administrator. Returns what is outstanding.
 */
async function handOver(
  deployer: Signer,
  deployment: Deployment,
  admin: Address,
): Promise<OutstandingAcceptance | null> {
  const address = deployment.contracts.manager
  const manager = new Contract(address, accessManagerAbi, deployer) as unknown as AccessManager
  try {
    const account = parseAddress(await deployer.getAddress())
    if (account === admin) return null
    const [isAdmin, delay] = await manager.hasRole(ADMIN, admin)
    if (!isAdmin) {
      throw new DeploymentFailedError(
        `${admin} is not an administrator of the AccessManager, so the deployer keeps the administration. If the deployment began with another --admin, name that one; otherwise begin again with --reset.`,
      )
    }
    if (!(await manager.hasRole(ADMIN, account))[0]) return null
    const removal = MANAGER.encodeFunctionData('revokeRole', [ADMIN, account])
    const hasScheduled = (await manager.getNonce(await manager.hashOperation(admin, address, removal))) > 0n
    if (!hasScheduled) return { admin, to: address, data: acceptanceOf(address, removal, delay) }
    const { hash } = await manager.renounceRole(ADMIN, account)
    await waitForTransaction({ provider: deployer.provider!, deployment }, { transaction: hash as Hex })
    return null
  } finally {
    ;(deployer.provider as JsonRpcProvider).destroy()
  }
}

/** The call by which an administrator removes another one: at once without a delay, scheduled with one. */
function acceptanceOf(manager: Address, removal: string, delay: bigint): string {
  return delay === 0n ? removal : MANAGER.encodeFunctionData('schedule', [manager, removal, 0])
}

/**
 * Takes the administration over as the ledger's signer: removes the one other administrator, the deployer, or schedules that
 * where the signer has a delay. Returns the hash of the transaction.
 *
 * @throws {@link NothingToAcceptError} when the signer is not an administrator, or not one of two
 */
export async function acceptAdministration(ledger: Ledger): Promise<string> {
  const { manager } = ledger.deployment.contracts
  const account = ledger.runner as Signer
  const signer = parseAddress(await account.getAddress())
  const { roles } = await readRoles(ledger)
  const members = roles.find(({ id }) => id === ADMIN)!.members
  const own = members.find(({ account }) => account === signer)
  const [other, ...more] = members.filter(({ account }) => account !== signer)
  if (!own || !other || more.length > 0) {
    throw new NothingToAcceptError(
      signer,
      members.map(({ account }) => account),
    )
  }
  const removal = MANAGER.encodeFunctionData('revokeRole', [ADMIN, other.account])
  const data = acceptanceOf(manager, removal, BigInt(own.executionDelay))
  const call = { to: manager, data }
  const { transaction } = await transactCall(
    ledger,
    {},
    { populate: async () => call, estimate: () => account.estimateGas(call) },
  )
  return transaction!
}

/** What is left to do before the new administrator is the only one, for people. */
function formatOutstanding({ admin, to, data }: OutstandingAcceptance, name: string): string {
  return [
    `Outstanding: ${admin} is an administrator and has not acted yet, so the deployer keeps the administration too.`,
    `1. From ${admin}, send this call, for example with: npm run -s deploy -- --accept --name ${name}`,
    `   to   ${to}`,
    `   data ${data}`,
    '2. Run this deployment again with the same options: the deployer gives up its administration.',
  ].join('\n')
}

/** Thrown when Ignition cannot deploy, or cannot continue an earlier run. */
export class DeploymentFailedError extends StemmaError {
  override name = 'DeploymentFailedError'
  override readonly kind = 'unavailable'
  constructor(message: string, cause?: unknown) {
    super('DEPLOYMENT_FAILED', message, { cause })
  }
}

/** Thrown when an account has no administration to take over. */
export class NothingToAcceptError extends StemmaError {
  override name = 'NothingToAcceptError'
  constructor(account: Address, administrators: readonly Address[]) {
    super(
      'NOTHING_TO_ACCEPT',
      `${account} has nothing to take over: the administrators are ${administrators.join(', ') || 'none'}. Use the key of the --admin of the deployment, before the deployer has given up.`,
    )
  }
}

/** Thrown when the journal under a name is of another chain than the node's, or of this one before it was reset. */
export class JournalOfAnotherChainError extends StemmaError {
  override name = 'JournalOfAnotherChainError'
  constructor(folder: string, difference: string) {
    super(
      'JOURNAL_OF_ANOTHER_CHAIN',
      `The journal in ${folder} ${difference}. To deploy a new ledger here, run again with --reset; to keep that one, use another --name.`,
    )
  }
}

/** The account that an option names; the error names the option too. */
function accountIn(option: string, text: string): Address {
  try {
    return accountOf(text)
  } catch (error) {
    return exitForUsage(`Invalid --${option}: ${(error as Error).message}`)
  }
}

function parametersOf(values: Readonly<Record<string, string | boolean | undefined>>): DeployParameters {
  const parameters: DeployParameters = {}
  for (const name of ['admin', 'treasury', ...(Object.keys(ROLES) as Role[])] as const) {
    const given = values[name]
    if (typeof given === 'string') parameters[name] = accountIn(name, given)
  }
  for (const [option, name] of Object.entries(DELAYS)) {
    const given = values[option]
    if (typeof given !== 'string') continue
    if (!/^\d{1,10}$/.test(given) || BigInt(given) > LONGEST_DELAY) {
      exitForUsage(
        `Invalid --${option} "${given}": use a number of seconds from 0 to ${LONGEST_DELAY}, in digits alone.`,
      )
    }
    parameters[name] = BigInt(given)
  }
  for (const [option, name] of Object.entries(NUMBERS)) {
    const given = values[option]
    if (typeof given !== 'string') continue
    if (!/^\d{1,30}$/.test(given)) exitForUsage(`Invalid --${option} "${given}": use a whole number, in digits alone.`)
    parameters[name] = BigInt(given)
  }
  return parameters
}

if (isProgram(import.meta.filename)) {
  const text = { type: 'string' } as const
  const { values } = readOptions({
    rpc: { type: 'string', default: 'http://127.0.0.1:8545' },
    name: { type: 'string', default: 'local' },
    reset: { type: 'boolean', default: false },
    licenses: { type: 'boolean', default: false },
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
    'admin-delay': text,
    'verifier-delay': text,
    'authority-delay': text,
    'certifier-delay': text,
    'adjudicator-delay': text,
    delays: { type: 'boolean', default: true },
    verify: { type: 'boolean', default: false },
    sourcify: { type: 'string', default: SOURCIFY },
    accept: { type: 'boolean', default: false },
  })
  const { rpc, name, reset, licenses, delays, verify, accept } = values
  // The name becomes that of a folder, so it is checked before anything is written.
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) {
    exitForUsage(`Invalid --name "${name}": use at most 64 lower-case letters, digits and hyphens.`)
  }
  if (!/^https?:\/\//.test(values.sourcify)) {
    exitForUsage(`Invalid --sourcify "${values.sourcify}": use the URL of a Sourcify server, such as ${SOURCIFY}.`)
  }
  await runScript(async () => {
    checkNodeUrl(rpc)
    const key = process.env.STEMMA_PRIVATE_KEY
    const wallet = key ? walletOf(key) : undefined
    if (accept) {
      const file = join(root, DEPLOYMENTS_FOLDER, `${name}.json`)
      const hash = await withLedger({ deployment: file, rpc }, acceptAdministration)
      console.log(JSON.stringify({ transaction: hash }, null, 2))
      return
    }
    const deployment = await deploy({
      rpcUrl: rpc,
      name,
      reset,
      trustedBy: process.env,
      parameters: parametersOf(values),
      wallet,
      delays,
      sourcify: verify ? values.sourcify : undefined,
      onOutstanding: (outstanding) => console.error(formatOutstanding(outstanding, name)),
    })
    if (licenses) {
      const provider = nodeProvider(rpc, deployment)
      const signer = wallet?.connect(provider) ?? (await provider.getSigner())
      const published = await publishLicenses(openLedger(signer, deployment))
      console.error(`Published ${published.length} licenses as terms.`)
      provider.destroy()
    }
    console.log(JSON.stringify(deployment, null, 2))
  })
}
