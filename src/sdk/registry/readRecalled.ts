import * as abi from '../../abi/recalls.ts'
import type { ModelId } from '../../core/hex.ts'
import type { RecallKeys } from '../../core/ports.ts'
import { RECALL_KINDS } from '../../core/recall.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'

/**
 * Reads which of some models the authority has recalled, by the events of their ids, weights and tensors, whether or not anybody has
 * marked them since. An undone recall counts as never made.
 */
export async function readRecalled(
  ledger: Ledger,
  parameters: { models: readonly RecallKeys[]; block?: number },
): Promise<Set<ModelId>> {
  const { models, block } = parameters
  const keys = models.map((model) => RECALL_KINDS.map((kind) => [kind, model[kind]] as const))
  const topics = { digest: [...new Set(keys.flatMap((of) => of.map(([, digest]) => digest)))] }
  const range = block === undefined ? {} : { toBlock: block }
  const events = await Promise.all(
    [abi.Recalled, abi.RecallUndone].map((event) => readEvents(ledger, 'recalls', event, topics, range)),
  )
  const recalled = new Map<string, boolean>()
  for (const { name, args } of events.flat().sort((a, b) => a.block - b.block || a.index - b.index)) {
    recalled.set(`${RECALL_KINDS[Number(args.kind)]} ${args.digest as string}`, name === 'Recalled')
  }
  const isRecalled = (_: unknown, index: number) =>
    keys[index]!.some(([kind, digest]) => recalled.get(`${kind} ${digest}`))
  return new Set(models.filter(isRecalled).map(({ model }) => model))
}
