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
    json: '{ publisher, root, count, anchored?: { publisher, root, anchoredAt, count, revokedAt, uri, materialized: [id] } }',
  }).action(async (path: string, options: LedgerOptions & { onLedger?: boolean }) => {
    const batch = await readBatchFile(context, path)
    const { publisher, tree } = batch
    const anchored = options.onLedger
      ? await read(context, options, (ledger) => readBatch(ledger, { publisher, root: tree.root }))
      : undefined
    if (anchored && anchored.count !== batch.entries.length) {
      note(
        context,
        `The publisher anchored the batch with a count of ${anchored.count}; the file has ${batch.entries.length} registrations. Their proofs do not fit that count.`,
      )
    }
    print(context, options.json, { ...batchSummary(batch), ...(anchored && { anchored }) }, () =>
      formatBatch({ ...batchSummary(batch), ...anchoredLines(anchored) }),
    )
  })
}

function anchoredLines(anchored: readBatch.ReturnType | undefined): Record<string, string> {
  if (!anchored) return {}
  const { anchoredAt, revokedAt, materialized } = anchored
  return {
    anchored: formatTime(anchoredAt),
    materialized: String(materialized.length),
    ...(revokedAt > 0 && { revoked: formatTime(revokedAt) }),
  }
}
