import { Contract, Interface, type InterfaceAbi } from 'ethers'

import type { ComplianceLens } from '../../typechain-types/contracts/compliance/ComplianceLens.ts'
import type { Ledger as LedgerContract } from '../../typechain-types/contracts/Ledger.ts'
import type { LicenseCredential } from '../../typechain-types/contracts/licensing/LicenseCredential.ts'
import type { LineageClaims } from '../../typechain-types/contracts/claims/LineageClaims.ts'
import type { LoadCheck } from '../../typechain-types/contracts/gate/LoadCheck.ts'
import type { Recalls } from '../../typechain-types/contracts/registry/Recalls.ts'
import type { ReviewGate } from '../../typechain-types/contracts/gate/ReviewGate.ts'
import type { UsageAudit } from '../../typechain-types/contracts/audit/UsageAudit.ts'
import type { AccessManager } from '../../typechain-types/@openzeppelin/contracts/access/manager/AccessManager.ts'
import type { Ledger } from './connect.ts'

/** The contracts of a deployment by name, as TypeChain types them. @internal */
export type Contracts = {
  manager: AccessManager
  ledger: LedgerContract
  recalls: Recalls
  licenseCredential: LicenseCredential
  lineageClaims: LineageClaims
  complianceLens: ComplianceLens
  usageAudit: UsageAudit
  reviewGate: ReviewGate
  loadCheck: LoadCheck
}

/** An item of an ABI, as in `src/abi`. */
export type AbiItem = { readonly type: string; readonly name?: string }

const interfaces = new WeakMap<AbiItem, Interface>()

/** The interface that holds one item alone. Parsing an item takes time, so each is parsed once. */
export function interfaceOf(item: AbiItem): Interface {
  const known = interfaces.get(item)
  if (known) return known
  const parsed = new Interface([item] as InterfaceAbi)
  interfaces.set(item, parsed)
  return parsed
}

/**
 * A function of a contract, from its ABI item alone, so that a bundle holds the items that its actions use and no whole ABI.
 *
 * @internal
 */
export function methodOf<Name extends keyof Contracts, Method extends keyof Contracts[Name] & string>(
  { deployment, runner }: Pick<Ledger, 'deployment' | 'runner'>,
  contract: Name,
  item: { readonly type: 'function'; readonly name: Method },
): Contracts[Name][Method] {
  const handle = new Contract(deployment.contracts[contract], interfaceOf(item), runner)
  return handle.getFunction(item.name) as Contracts[Name][Method]
}
