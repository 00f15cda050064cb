import * as abi from '../../abi/lineageClaims.ts'
import type { ModelId } from '../../core/hex.ts'
import { RELATIONS, type Relation } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Adds a parent that the publisher of a model forgot when it registered it. */
export async function attestParent(
  ledger: Ledger,
  parameters: WriteOptions & { model: ModelId; parent: ModelId; relation: Relation },
): Promise<Sent> {
  const { model, parent, relation, ...options } = parameters
  const attest = methodOf(ledger, 'lineageClaims', abi.attestParent)
  return withoutLogs(await transact(ledger, options, attest, model, parent, RELATIONS[relation]))
}
