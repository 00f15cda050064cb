import { Interface } from 'ethers'
import { network } from 'hardhat'

import { accessManagerAbi } from '../../../src/abi/accessManager.ts'
import { ledgerAbi } from '../../../src/abi/ledger.ts'
import { licenseCredentialAbi } from '../../../src/abi/licenseCredential.ts'
import { lineageClaimsAbi } from '../../../src/abi/lineageClaims.ts'
import { recallsAbi } from '../../../src/abi/recalls.ts'
import { reviewGateAbi } from '../../../src/abi/reviewGate.ts'
import { usageAuditAbi } from '../../../src/abi/usageAudit.ts'
import type { Deployment } from '../../../src/core/deployment.ts'
import { parseAddress, type Address } from '../../../src/core/hex.ts'
import { ROLES } from '../../../src/core/roles.ts'
import { RpcError, type Rpc } from '../../../packages/server/src/indexer/rpc.ts'
import { History } from './play/history.ts'

const LEDGER = new Interface(ledgerAbi)
const CREDENTIAL = new Interface(licenseCredentialAbi)
const CLAIMS = new Interface(lineageClaimsAbi)
const AUDIT = new Interface(usageAuditAbi)
const GATE = new Interface(reviewGateAbi)
const RECALLS = new Interface(recallsAbi)
const MANAGER = new Interface(accessManagerAbi)
/** A role that sets the quorum of reviews: at once for the administrator, and after a minute's notice for another. */
const QUORUM_ROLE = 77n

/** A transaction that the chain may take or refuse. */
export type Action = {
  from: Address
  to: Address
  data: string
  value?: string
  /** Notes what there is to build on when the chain has taken it. */
  taken?: () => void
}

/** A simulated chain with a ledger. It mines what it is sent, whether the contracts take it or refuse it. */
export class Chain {
  readonly deployment: Deployment
  readonly rpc: Rpc
  readonly accounts: readonly Address[]
  /** Who has every role. */
  readonly admin: Address
  readonly connection: Awaited<ReturnType<typeof connect>>
  readonly history = new History()

  constructor(connection: Chain['connection'], deployment: Deployment, [admin, ...accounts]: readonly Address[]) {
    this.admin = admin!
    this.connection = connection
    this.deployment = deployment
    this.accounts = accounts
    this.rpc = {
      call: ({ method, params }) => this.request(method, params),
      batch: (calls) => Promise.all(calls.map(({ method, params }) => this.request(method, params))),
    }
  }

  /** Asks the node. */
  async request(method: string, params: readonly unknown[] = []): Promise<unknown> {
    try {
      return await this.connection.provider.request({ method, params: [...params] })
    } catch (error) {
      throw new RpcError('refused', String((error as Error).message))
    }
  }

  /** Puts transactions into one block, which is later than the last by some seconds. */
  async mine(actions: readonly Action[], seconds = 1): Promise<void> {
    const sent: string[] = []
    for (const { taken: _, ...action } of actions) {
      sent.push((await this.request('eth_sendTransaction', [{ ...action, gas: '0x1e8480' }])) as string)
    }
    const { timestamp } = (await this.request('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
    await this.request('evm_setNextBlockTimestamp', [Number(timestamp) + seconds])
    await this.request('evm_mine')
    for (const [index, hash] of sent.entries()) {
      const receipt = (await this.request('eth_getTransactionReceipt', [hash])) as { status: string }
      if (receipt.status === '0x1') actions[index]!.taken?.()
    }
  }

  /** The number of the newest block. */
  async height(): Promise<number> {
    return Number(await this.request('eth_blockNumber'))
  }

  /** A transaction to the manager of roles. */
  manager(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.manager, data: MANAGER.encodeFunctionData(method, args) }
  }

  /** A transaction to the ledger. */
  ledger(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.ledger, data: LEDGER.encodeFunctionData(method, args) }
  }

  /** A transaction to the recalls. */
  recalls(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.recalls, data: RECALLS.encodeFunctionData(method, args) }
  }

  /** A transaction to the credentials. */
  credential(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.licenseCredential, data: CREDENTIAL.encodeFunctionData(method, args) }
  }

  /** A transaction to the claims. */
  claims(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.lineageClaims, data: CLAIMS.encodeFunctionData(method, args) }
  }

  /** A transaction to the audit of usage. */
  audit(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.usageAudit, data: AUDIT.encodeFunctionData(method, args) }
  }

  /** A transaction to the review gate. */
  gate(from: Address, method: string, args: readonly unknown[]): Action {
    return { from, to: this.deployment.contracts.reviewGate, data: GATE.encodeFunctionData(method, args) }
  }
}

function connect() {
  return network.create({
    network: 'default',
    override: { blockGasLimit: 1_000_000_000, transactionGasCap: false, initialDate: '2026-01-01T00:00:00Z' },
  })
}

/** Deploys a ledger on a new chain, on which blocks are mined by hand. */
export async function startChain(): Promise<Chain> {
  const connection = await connect()
  const { ethers } = connection
  const signers = await ethers.getSigners()
  const firstBlock = await ethers.provider.getBlockNumber()
  const roles = await ethers.deployContract('AccessManager', [signers[0]!.address])
  for (const role of Object.values(ROLES)) await roles.grantRole(role, signers[0]!, 0)
  const manager = await roles.getAddress()
  const recalls = await (await ethers.deployContract('Recalls', [manager])).getAddress()
  const ledger = await (await ethers.deployContract('Ledger', [manager, recalls])).getAddress()
  const credential = await (await ethers.deployContract('LicenseCredential', [manager, ledger, ledger])).getAddress()
  const deposit = [1n, 604_800n, signers[0]!.address] as const
  const claims = await (
    await ethers.deployContract('LineageClaims', [manager, ledger, ledger, ...deposit])
  ).getAddress()
  const audit = await (await ethers.deployContract('UsageAudit', [manager, ledger, ledger, credential])).getAddress()
  const lens = await (
    await ethers.deployContract('ComplianceLens', [ledger, ledger, credential, claims, recalls])
  ).getAddress()
  const gate = await (await ethers.deployContract('ReviewGate', [manager, ledger, ledger, claims, 0n, 1n])).getAddress()
  const loading = await (await ethers.deployContract('LoadCheck', [ledger, gate, lens, recalls])).getAddress()
  await roles.setTargetFunctionRole(gate, [GATE.getFunction('setQuorum')!.selector], QUORUM_ROLE)
  await roles.setTargetFunctionRole(recalls, [RECALLS.getFunction('undoRecall')!.selector], ROLES.guardian)
  await roles.grantRole(ROLES.guardian, signers[1]!, 0)
  await roles.grantRole(QUORUM_ROLE, signers[0]!, 0)
  await roles.grantRole(QUORUM_ROLE, signers[1]!, 60)
  await roles.grantRole(QUORUM_ROLE, signers[2]!, 0)
  await roles.revokeRole(QUORUM_ROLE, signers[2]!)
  await connection.provider.request({ method: 'evm_setAutomine', params: [false] })
  const deployment: Deployment = {
    name: 'test',
    chainId: 31337,
    // The chain's clock stands in the past.
    maxAge: 0,
    firstBlock,
    contracts: {
      manager: parseAddress(manager),
      ledger: parseAddress(ledger),
      recalls: parseAddress(recalls),
      licenseCredential: parseAddress(credential),
      lineageClaims: parseAddress(claims),
      usageAudit: parseAddress(audit),
      reviewGate: parseAddress(gate),
      complianceLens: parseAddress(lens),
      loadCheck: parseAddress(loading),
    },
  }
  return new Chain(
    connection,
    deployment,
    signers.slice(0, 8).map(({ address }) => parseAddress(address)),
  )
}
