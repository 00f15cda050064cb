import type { Command } from 'commander'

import { readBatch } from '../../../sdk/registry/readBatch.ts'
import { note, print, type Context } from '../../../console/context.ts'
import { batchSummary, formatBatch, readBatchFile } from '../../batchFile.ts'
import { formatTime } from '../../format.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

/** `stemma batch check`: recomputes every id and the root of a batch file. */
export function batchCheck(command: Command, context: Context): void {
  withLedgerOptions(command.option('--on-ledger', 'also ask the ledger whether and when it was anchored'), {
    example: '$ stemma batch check batch.jsonl --on-ledger',
    json: '{ publisher, root, count, anchored?: { publisher, root, anchoredAt, count, uri, materialized: [id] } }',
  }).action(async (path: string, options: LedgerOptions & { onLedger?: boolean }) => {
    const batch = await readBatchFile(context, path)
    const { publisher, tree } = batch
    const anchored = options.onLedger
      ? await read(context, options, (ledger) => readBatch(ledger, { publisher, root: tree.root }))
      : undefined
    if (anchored && anchored.count !== batch.entries.length) {
      note(
        context,
        `The publisher stated ${anchored.count} registrations when it anchored the batch; the file has ${batch.entries.length}.`,
      )
    }
    print(context, options.json, { ...batchSummary(batch), ...(anchored && { anchored }) }, () =>
      formatBatch({ ...batchSummary(batch), ...(anchored && { anchored: formatTime(anchored.anchoredAt) }) }),
    )
  })
}
