import { ModelSuperseded } from '../../abi/ledger.ts'
import { parseModelId, type ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'

/** Reads which models replace some models. Those that no publisher has replaced are left out. */
export async function readSuccessors(
  ledger: Ledger,
  parameters: { models: readonly ModelId[] },
): Promise<Map<ModelId, ModelId>> {
  const events = await readEvents(ledger, 'ledger', ModelSuperseded, { model: parameters.models })
  return new Map(events.map(({ args }) => [parseModelId(args.model as string), parseModelId(args.successor as string)]))
}
