import type { Command } from 'commander'

import type { CallRecord } from '../../../core/callRecord.ts'
import type { UsageLog } from '../../../audit/usageLog.ts'
import { consistencyProofOf, recordProofOf } from '../../../core/usageProof.ts'
import { LogRangeError } from '../../../core/merkleLog.ts'
import { UsageError, type Context } from '../../../console/context.ts'
import { countOption, withHelp } from '../../../console/options.ts'
import { printDocument, type DocumentOptions } from '../../printDocument.ts'
import { readLog } from '../../usageLogFile.ts'

type Options = DocumentOptions & { record?: string; since?: string; size?: string }

/** `stemma usage prove`: proves a record, or that a log continues an older one. */
export function usageProve(command: Command, context: Context): void {
  withHelp(
    command
      .option('--record <index>', 'the place of the record, from 0')
      .option('--since <size>', 'how many records the older log has')
      .option('--size <size>', 'prove against the log with this many records (default: all of it)')
      .option('--output <file>', 'write the proof to a file instead'),
    {
      example: '$ stemma usage prove calls.log --record 17 --size 1000 --output proof.json',
      json: 'the proof (docs/formats/usage-log.md), which is JSON without --json too',
    },
  ).action(async (path: string, options: Options) => {
    if ((options.record === undefined) === (options.since === undefined)) {
      throw new UsageError(
        'Name what to prove: a record by --record, or by --since that the log continues an older one.',
      )
    }
    const index = countOption('--record', options.record)
    const since = countOption('--since', options.since)
    const given = countOption('--size', options.size)
    let record: CallRecord | undefined
    const log = await readLog(context, path, (each) => {
      if (each.index === index) record = each
    })
    const size = given ?? log.tree.size
    const proof =
      since !== undefined ? consistencyProofOf(log, since, size) : recordProofOf(log, found(record, index!, log), size)
    const what = since !== undefined ? `that the log continues its first ${since} records` : `of the record ${index}`
    await printDocument(context, options, proof, (file) => `Wrote the proof ${what} to ${file}.`)
  })
}

function found(record: CallRecord | undefined, index: number, { tree }: UsageLog): CallRecord {
  if (record === undefined) throw new LogRangeError('record', index, 0, tree.size - 1)
  return record
}
