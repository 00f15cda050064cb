import * as abi from '../../abi/recalls.ts'
import { parseModelId, type ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'

/** Reads the models that verifiers and adjudicators bound an external parent to. */
export async function readBindings(ledger: Ledger, parameters: { external: ModelId }): Promise<ModelId[]> {
  const models = await reading(() => methodOf(ledger, 'recalls', abi.bindingsOf)(parameters.external))
  return models.map((model) => parseModelId(model))
}
