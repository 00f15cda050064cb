import type { Command } from 'commander'

import { batchProofOf, parseBatchProofFile, type BatchProof } from '../../../documents/batch.ts'
import { materializeModel } from '../../../sdk/registry/materializeModel.ts'
import { readRegistrations } from '../../../sdk/registry/readRegistrations.ts'
import { followingOptions } from '../../../sdk/transact.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import { modelIn, readBatchFile } from '../../batchFile.ts'
import { checkModelName } from '../../names.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma batch materialize`: writes the full record of a model of a batch. */
export function batchMaterialize(command: Command, context: Context): void {
  withSendOptions(
    command.option('--with-parents', 'first write those of its ancestors in the batch that are not registered yet'),
    {
      example:
        '$ stemma batch materialize batch.jsonl acme/tiny-chat --with-parents\n$ stemma batch materialize proof.json',
      json: `{ before: [{ model, transaction, block, gas }], model, ${SENT_JSON}`,
    },
  ).action(async (path: string, name: string | undefined, options: SendOptions & { withParents?: boolean }) => {
    if (options.withParents && name === undefined) {
      throw new UsageError('--with-parents needs a batch file and a model. A proof holds one model alone.')
    }
    if (options.withParents && options.dryRun) {
      throw new UsageError('--dry-run cannot try a model whose parents are not registered yet. Omit --with-parents.')
    }
    if (name !== undefined) checkModelName(name)
    const proofs = await proofsOf(context, path, name, options.withParents ?? false)
    await send(
      context,
      options,
      async (ledger, write) => {
        const [last, ...ancestors] = proofs.toReversed() as [BatchProof, ...BatchProof[]]
        const models = ancestors.map(({ model }) => model)
        const registered = new Set((await readRegistrations(ledger, { models })).map(({ model }) => model))
        const before: Awaited<ReturnType<typeof materializeModel>>[] = []
        for (const proof of ancestors.toReversed()) {
          if (registered.has(proof.model)) continue
          before.push(await materializeModel(ledger, { proof, ...followingOptions(write, before.length) }))
        }
        return {
          before,
          ...(await materializeModel(ledger, { proof: last, ...followingOptions(write, before.length) })),
        }
      },
      ({ before, model }) => [...before, { model }].map((each) => `model ${each.model}`).join('\n'),
    )
  })
}

/** The proof of a model, after those of its ancestors in the batch where they are asked for. */
async function proofsOf(
  context: Context,
  path: string,
  name: string | undefined,
  withParents: boolean,
): Promise<BatchProof[]> {
  if (name === undefined) return [parseBatchProofFile(await readJsonFile(context, path))]
  const batch = await readBatchFile(context, path)
  const wanted = new Set([modelIn(batch, name)])
  // Children stand behind their parents, so one walk from the end finds all ancestors.
  const found = batch.entries.toReversed().filter(({ model, registration }) => {
    if (!wanted.has(model)) return false
    if (withParents) for (const parent of registration.parents) wanted.add(parent.model)
    return true
  })
  return found.toReversed().map(({ model }) => batchProofOf(batch, model))
}
