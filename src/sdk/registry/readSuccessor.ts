import * as abi from '../../abi/ledger.ts'
import { parseModelId, type ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'

/** Reads the model that the publisher of a model says replaces it, by its last word; null where it names none. */
export async function readSuccessor(ledger: Ledger, parameters: { model: ModelId }): Promise<ModelId | null> {
  const { model } = parameters
  const named = await readEvents(ledger, 'ledger', abi.ModelSuperseded, { model })
  const last = named.at(-1)
  return last ? parseModelId(last.args.successor as string) : null
}
