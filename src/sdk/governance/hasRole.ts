import { hasRole as abi } from '../../abi/accessManager.ts'
import type { Address } from '../../core/hex.ts'
import { ROLES, type Role } from '../../core/roles.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/** Whether an account has a role of the ledger's AccessManager now. A grant that still waits does not count. */
export async function hasRole(ledger: Ledger, parameters: { role: Role; account: Address }): Promise<boolean> {
  const { role, account } = parameters
  const [isMember] = await reading(() => methodOf(ledger, 'manager', abi)(ROLES[role], account))
  return isMember
}
