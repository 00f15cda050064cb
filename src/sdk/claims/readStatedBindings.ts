import { BindingStated } from '../../abi/lineageClaims.ts'
import { parseModelId, type Address, type ModelId } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'

/**
 * Reads which models some publishers state that external parents are. The last word of a publisher about a pair counts. Asks for these
 * publishers alone, so that what strangers state costs a reader nothing.
 */
export async function readStatedBindings(
  ledger: Ledger,
  parameters: { externals: readonly ModelId[]; publishers: readonly Address[]; block?: number },
): Promise<Map<ModelId, ModelId[]>> {
  const { externals, publishers, block } = parameters
  const range = block === undefined ? {} : { toBlock: block }
  const topics = { externalModel: externals, publisher: publishers }
  const stated = new Map<string, { external: ModelId; model: ModelId; bound: boolean }>()
  for (const { args } of await readEvents(ledger, 'lineageClaims', BindingStated, topics, range)) {
    const [external, model] = [parseModelId(args.externalModel as string), parseModelId(args.model as string)]
    stated.set(`${external} ${model} ${args.publisher as string}`, { external, model, bound: args.bound as boolean })
  }
  const found = new Map<ModelId, ModelId[]>()
  for (const { external, model, bound } of stated.values()) {
    const models = found.get(external) ?? []
    if (bound && !models.includes(model)) found.set(external, [...models, model])
  }
  return found
}
