import * as abi from '../../abi/ledger.ts'
import { parseModelId, type ModelId } from '../../core/hex.ts'
import type { Parent } from '../../core/registration.ts'
import { relationName } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'

/** Lists the models that declare a model as a parent, oldest first, with the relation of each. */
export async function listChildren(ledger: Ledger, parameters: { model: ModelId }): Promise<Parent[]> {
  const events = await readEvents(ledger, 'ledger', abi.ParentDeclared, { parent: parameters.model })
  return events.flatMap(({ args }) => {
    const relation = relationName(Number(args.relation))
    return relation ? [{ model: parseModelId(args.model as string), relation }] : []
  })
}
