import type { Command } from 'commander'

import { batchProofFileOf, batchProofOf } from '../../../documents/batch.ts'
import type { Context } from '../../../console/context.ts'
import { modelIn, readBatchFile } from '../../batchFile.ts'
import { checkModelName } from '../../names.ts'
import { withHelp } from '../../../console/options.ts'
import { printDocument, type DocumentOptions } from '../../printDocument.ts'

/** `stemma batch prove`: proves that a model is in a batch. */
export function batchProve(command: Command, context: Context): void {
  withHelp(command.option('--output <file>', 'write the proof to a file instead'), {
    example: '$ stemma batch prove batch.jsonl acme/tiny-chat --output proof.json',
    json: 'the proof (docs/formats/batch.md), which is JSON without --json too',
  }).action(async (path: string, name: string, options: DocumentOptions) => {
    checkModelName(name)
    const batch = await readBatchFile(context, path)
    const model = modelIn(batch, name)
    await printDocument(
      context,
      options,
      batchProofFileOf(batchProofOf(batch, model)),
      (file) => `Wrote the proof of model ${model} to ${file}.`,
    )
  })
}
