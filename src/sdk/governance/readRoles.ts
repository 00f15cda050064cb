import { AbiCoder, Contract, Interface, keccak256, type Log, type Result } from 'ethers'

import type { AccessManager } from '../../../typechain-types/@openzeppelin/contracts/access/manager/AccessManager.ts'
import { accessManagerAbi } from '../../abi/accessManager.ts'
import { complianceLensAbi } from '../../abi/complianceLens.ts'
import { ledgerAbi } from '../../abi/ledger.ts'
import { licenseCredentialAbi } from '../../abi/licenseCredential.ts'
import { lineageClaimsAbi } from '../../abi/lineageClaims.ts'
import { loadCheckAbi } from '../../abi/loadCheck.ts'
import { recallsAbi } from '../../abi/recalls.ts'
import { reviewGateAbi } from '../../abi/reviewGate.ts'
import { usageAuditAbi } from '../../abi/usageAudit.ts'
import type { Deployment } from '../../core/deployment.ts'
import { parseAddress, type Address, type Hex } from '../../core/hex.ts'
import { RESTRICTED_FUNCTIONS, ROLES } from '../../core/roles.ts'
import { shortText } from '../../core/text.ts'
import type { Ledger } from '../connect.ts'
import { readLogs } from '../logs.ts'
import { NodeAnswerError, readingOnly } from '../nodeErrors.ts'
import { readBlock } from '../readBlock.ts'

/** Name of a contract in a deployment. */
type ContractName = keyof Deployment['contracts']

const MANAGER = new Interface(accessManagerAbi)
const INTERFACES: Readonly<Record<ContractName, Interface>> = {
  manager: MANAGER,
  ledger: new Interface(ledgerAbi),
  recalls: new Interface(recallsAbi),
  licenseCredential: new Interface(licenseCredentialAbi),
  lineageClaims: new Interface(lineageClaimsAbi),
  complianceLens: new Interface(complianceLensAbi),
  usageAudit: new Interface(usageAuditAbi),
  reviewGate: new Interface(reviewGateAbi),
  loadCheck: new Interface(loadCheckAbi),
}
/** The AccessManager's number for the administrator's role. */
const ADMIN = 0n

/**
 * Reads who may do what at a block: each role with its members, delays and functions, the scheduled operations, and the
 * contracts that are closed. The manager's events only name accounts and functions; their state comes from the manager's
 * views at that block. Labels are text of strangers, shortened and without control characters.
 *
 * @example
 * const { roles } = await readRoles(ledger)
 * const authorities = roles.find(({ id }) => id === ROLES.authority)!.members
 *
 * @throws {@link NodeAnswerError} when the node has no such block, or its answers do not fit together
 */
export async function readRoles(ledger: Ledger, parameters: readRoles.Parameters = {}): Promise<readRoles.ReturnType> {
  const { deployment, provider } = ledger
  const head = await readBlock(provider, parameters.block ?? 'latest')
  if (!head) throw new NodeAnswerError(new Error(`it has no block ${parameters.block}`))
  const { number: block, timestamp: time } = head
  const events = await readingOnly(() => readManager(ledger, block))
  const manager = new Contract(deployment.contracts.manager, MANAGER, provider) as unknown as AccessManager
  const at: At = { manager, block, time, events }
  const ids = [...new Set([ADMIN, ...Object.values(ROLES), ...events.flatMap(rolesIn)])].toSorted((a, b) =>
    a < b ? -1 : 1,
  )
  return readingOnly(async () => {
    const functions = await functionsOf(ledger, at)
    const [roles, contracts, scheduled] = await Promise.all([
      Promise.all(ids.map((id) => roleOf(at, id, functions))),
      Promise.all(namesOf(deployment).map(([address, contract]) => contractOf(at, contract, address))),
      scheduledOf(ledger, at),
    ])
    return { block, time, roles, contracts, scheduled }
  })
}

export declare namespace readRoles {
  type Parameters = {
    /** Number of the block; the newest by default. An older block needs an archive node. */
    block?: number
  }
  /** A present or future member of a role. Times are Unix seconds, durations are seconds. */
  type Member = {
    account: Address
    /** Start of the membership. */
    since: number
    /** Whether the membership starts later, at `since`. */
    pending: boolean
    /** How long it must schedule a call before executing it; zero for no delay. */
    executionDelay: number
    /** The execution delay from `since` on; null unless a change is pending. */
    nextDelay: { delay: number; since: number } | null
  }
  /** A function that only members of a role may call. */
  type Restricted = {
    /** Null when the address does not belong to the deployment. */
    contract: keyof Deployment['contracts'] | null
    address: Address
    selector: Hex
    /** Signature as in Solidity; null when the ABI does not have the function. */
    signature: string | null
    role: bigint
  }
  /** A role: its members, its administrators, and the functions that need it. */
  type Role = {
    id: bigint
    /** Label on chain; empty when there is none. */
    label: string
    /** Number of the role whose members grant and revoke it. */
    admin: bigint
    /** Number of the role whose members may cancel scheduled operations of this role. */
    guardian: bigint
    /** Seconds between the grant and the start of a membership. */
    grantDelay: number
    /** The grant delay from `since` on (Unix seconds); null unless a change is pending. */
    nextGrantDelay: { delay: number; since: number } | null
    members: Member[]
    functions: Restricted[]
  }
  /** A contract of the deployment, as the AccessManager restricts it. */
  type Target = {
    contract: keyof Deployment['contracts']
    address: Address
    /** Whether only administrators may call its restricted functions. */
    closed: boolean
    /** Seconds for which a change of its permissions must be scheduled. */
    adminDelay: number
    nextAdminDelay: { delay: number; since: number } | null
  }
  /** A scheduled operation that was neither executed nor canceled and has not expired. */
  type Scheduled = {
    operation: Hex
    caller: Address
    contract: keyof Deployment['contracts'] | null
    target: Address
    /** Signature as in Solidity; the selector when the ABI does not have the function. */
    call: string
    /** Earliest execution (Unix seconds). */
    readyAt: number
  }
  type ReturnType = {
    block: number
    /** Time of the block, in Unix seconds. */
    time: number
    roles: Role[]
    contracts: Target[]
    scheduled: Scheduled[]
  }
}

type At = { manager: AccessManager; block: number; time: number; events: readonly ManagerEvent[] }
type ManagerEvent = { name: string; args: Readonly<Record<string, unknown>> }

/** The manager's events up to a block, oldest first. Undeclared events and those of other contracts are left out. */
async function readManager(ledger: Ledger, toBlock: number): Promise<ManagerEvent[]> {
  const { manager } = ledger.deployment.contracts
  const logs = await readLogs(ledger, [manager], [], { toBlock })
  return logs
    .filter((log) => log.address.toLowerCase() === manager && log.blockNumber <= toBlock)
    .map(parsed)
    .filter((event) => event !== undefined)
}

function parsed(log: Log): ManagerEvent | undefined {
  const event = MANAGER.parseLog(log)
  if (!event) return undefined
  const names = event.fragment.inputs.map(({ name }) => name)
  return { name: event.name, args: Object.fromEntries(names.map((name) => [name, argument(event.args, name)])) }
}

/** An argument of an event; undefined for text that is not UTF-8, which ethers refuses to read. */
function argument(args: Result, name: string): unknown {
  try {
    return args.getValue(name)
  } catch {
    return undefined
  }
}

function rolesIn({ args }: ManagerEvent): bigint[] {
  return typeof args.roleId === 'bigint' ? [args.roleId] : []
}

function named(at: At, name: string, roleId?: bigint): ManagerEvent['args'][] {
  const found = at.events.filter(
    (event) => event.name === name && (roleId === undefined || event.args.roleId === roleId),
  )
  return found.map(({ args }) => args)
}

async function roleOf(at: At, id: bigint, functions: readonly readRoles.Restricted[]): Promise<readRoles.Role> {
  const { manager, block } = at
  const overrides = { blockTag: block }
  const accounts = new Set(named(at, 'RoleGranted', id).map(({ account }) => parseAddress(account as string)))
  const [admin, guardian, grantDelay, members] = await Promise.all([
    manager.getRoleAdmin(id, overrides),
    manager.getRoleGuardian(id, overrides),
    manager.getRoleGrantDelay(id, overrides),
    Promise.all([...accounts].map((account) => memberOf(at, id, account))),
  ])
  return {
    id,
    label: shortText((named(at, 'RoleLabel', id).at(-1)?.label as string | undefined) ?? '', 64),
    admin,
    guardian,
    grantDelay: Number(grantDelay),
    nextGrantDelay: next(at, named(at, 'RoleGrantDelayChanged', id).at(-1)),
    members: members.filter((member) => member !== undefined),
    functions: functions.filter(({ role }) => role === id),
  }
}

async function memberOf(at: At, role: bigint, account: Address): Promise<readRoles.Member | undefined> {
  const access = await at.manager.getAccess(role, account, { blockTag: at.block })
  if (access.since === 0n) return undefined
  const since = Number(access.since)
  return {
    account,
    since,
    pending: since > at.time,
    executionDelay: Number(access.currentDelay),
    nextDelay: access.effect === 0n ? null : { delay: Number(access.pendingDelay), since: Number(access.effect) },
  }
}

/** The latest change of a delay, if it is still pending. There is no view for it. */
function next(at: At, args: ManagerEvent['args'] | undefined): { delay: number; since: number } | null {
  if (!args || Number(args.since) <= at.time) return null
  return { delay: Number(args.delay), since: Number(args.since) }
}

function namesOf({ contracts }: Deployment): [Address, ContractName][] {
  return (Object.keys(INTERFACES) as ContractName[]).map((name) => [contracts[name], name])
}

/** The restricted functions: those in the table of the code, and those in the manager's events. */
async function functionsOf({ deployment }: Ledger, at: At): Promise<readRoles.Restricted[]> {
  const contracts = new Map(namesOf(deployment))
  const known = RESTRICTED_FUNCTIONS.map(({ contract, signature }) => {
    const { selector } = INTERFACES[contract].getFunction(signature)!
    return `${deployment.contracts[contract]} ${selector}`
  })
  const changed = named(at, 'TargetFunctionRoleUpdated').map(
    ({ target, selector }) => `${parseAddress(target as string)} ${selector as string}`,
  )
  return Promise.all(
    [...new Set([...known, ...changed])].map(async (place) => {
      const [address, selector] = place.split(' ') as [Address, Hex]
      const contract = contracts.get(address) ?? null
      return {
        contract,
        address,
        selector,
        signature: signatureOf(contract, selector),
        role: await at.manager.getTargetFunctionRole(address, selector, { blockTag: at.block }),
      }
    }),
  )
}

function signatureOf(contract: ContractName | null, selector: Hex): string | null {
  return (contract && INTERFACES[contract].getFunction(selector)?.format('sighash')) ?? null
}

async function contractOf(at: At, contract: ContractName, address: Address): Promise<readRoles.Target> {
  const overrides = { blockTag: at.block }
  const [closed, adminDelay] = await Promise.all([
    at.manager.isTargetClosed(address, overrides),
    at.manager.getTargetAdminDelay(address, overrides),
  ])
  const changes = named(at, 'TargetAdminDelayUpdated').filter(
    ({ target }) => parseAddress(target as string) === address,
  )
  return { contract, address, closed, adminDelay: Number(adminDelay), nextAdminDelay: next(at, changes.at(-1)) }
}

async function scheduledOf({ deployment }: Ledger, at: At): Promise<readRoles.Scheduled[]> {
  const contracts = new Map(namesOf(deployment))
  const latest = new Map(named(at, 'OperationScheduled').map((args) => [args.operationId as Hex, args]))
  const found = [...latest].map(async ([operation, args]) => {
    const [caller, target, data] = [args.caller, args.target, args.data] as [string, string, Hex]
    const encoded = AbiCoder.defaultAbiCoder().encode(['address', 'address', 'bytes'], [caller, target, data])
    if (keccak256(encoded) !== operation) return undefined
    const readyAt = Number(await at.manager.getSchedule(operation, { blockTag: at.block }))
    if (readyAt === 0) return undefined
    const address = parseAddress(target)
    const contract = contracts.get(address) ?? null
    const selector = data.slice(0, 10) as Hex
    const call = signatureOf(contract, selector) ?? selector
    return { operation, caller: parseAddress(caller), contract, target: address, call, readyAt }
  })
  return (await Promise.all(found)).filter((each) => each !== undefined)
}
