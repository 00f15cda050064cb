import type { ModelId } from '../../core/hex.ts'
import type { Parent } from '../../core/registration.ts'
import type { Ledger } from '../connect.ts'
import { registrationOf } from './readRegistrations.ts'

/** Lists the parents of a model and how it was made from each. @throws {@link UnregisteredModelError} */
export async function listParents(ledger: Ledger, parameters: { model: ModelId }): Promise<readonly Parent[]> {
  return (await registrationOf(ledger, parameters.model)).parents
}
