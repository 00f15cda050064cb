import type { ModelId } from '../../core/hex.ts'
import { RELATIONS, type Relation } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { transact, withoutLogs, type Sent, type WriteOptions } from '../transact.ts'

/** Adds a parent that the publisher of a model forgot when it registered it. */
export async function attestParent(
  ledger: Ledger,
  parameters: WriteOptions & { model: ModelId; parent: ModelId; relation: Relation },
): Promise<Sent> {
  const { model, parent, relation, ...options } = parameters
  const { attestParent: attest } = ledger.contracts.lineageClaims
  return withoutLogs(await transact(ledger, options, attest, model, parent, RELATIONS[relation]))
}
