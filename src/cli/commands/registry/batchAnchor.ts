import type { Command } from 'commander'

import { anchorBatch } from '../../../sdk/registry/anchorBatch.ts'
import type { Context } from '../../../console/context.ts'
import { readBatchFile } from '../../batchFile.ts'
import { send, type SendOptions } from '../../open.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma batch anchor`: checks a batch file and anchors its root. */
export function batchAnchor(command: Command, context: Context): void {
  withSendOptions(command.option('--uri <uri>', 'where the batch file is', ''), {
    example: '$ stemma batch anchor batch.jsonl --uri ipfs://…',
    json: `{ root, count, ${SENT_JSON}`,
  }).action(async (path: string, options: SendOptions & { uri: string }) => {
    const batch = await readBatchFile(context, path)
    await send(
      context,
      options,
      (ledger, write) => anchorBatch(ledger, { batch, uri: options.uri, ...write }),
      ({ root, count }) => `batch ${root} of ${count} registrations`,
    )
  })
}
