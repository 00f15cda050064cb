import * as abi from '../../abi/ledger.ts'
import { parseModelId, type ModelId } from '../../core/hex.ts'
import { decodeRelation, type Parent } from '../../core/registration.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'

/** Lists the models that declare a model, or an external parent, as a parent, oldest first, with the relation of each. */
export async function listChildren(ledger: Ledger, parameters: { model: ModelId }): Promise<Parent[]> {
  const events = await readEvents(ledger, 'ledger', abi.ParentDeclared, { parent: parameters.model })
  return events.flatMap(({ args }) => {
    const use = decodeRelation(Number(args.relation))
    return use ? [{ model: parseModelId(args.model as string), ...use }] : []
  })
}
