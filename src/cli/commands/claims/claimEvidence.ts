import type { Command } from 'commander'

import { evidenceDigest, evidenceText, parseEvidence } from '../../../core/evidence.ts'
import { print, type Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'

/** `stemma claim evidence`: prints the canonical form of an evidence document. */
export function claimEvidence(command: Command, context: Context): void {
  withHelp(command, {
    example: '$ stemma claim evidence evidence.json > published.json',
    json: '{ digest, document }',
  }).action(async (path: string, options: { json?: boolean }) => {
    const document = parseEvidence(await readJsonFile(context, path))
    if (options.json) print(context, true, { digest: evidenceDigest(document), document }, () => '')
    // No line break at the end: these bytes have the digest.
    else context.stdout(evidenceText(document))
  })
}
