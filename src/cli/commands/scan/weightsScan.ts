import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import type { HoldFiles } from '../../../artifacts/modelDigest.ts'
import type { Digest } from '../../../core/hex.ts'
import { EXIT, print, type Context } from '../../../console/context.ts'
import { writeWhole } from '../../../console/files.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import type { ScanDocument, ScanFacts } from '../../../scan/ports.ts'
import { readLedgerFacts } from '../../../scan/readLedgerFacts.ts'
import { defaultFindingsPath } from '../../../scan/run/findingsCache.ts'
import { scanWhile, type ScannedModel, type ScanOptions } from '../../../scan/run/scanModel.ts'
import { scanDocumentDigest, scanDocumentText } from '../../../scan/scanDocument.ts'
import { nodeReader } from '../../../sdk/compliance/nodeReader.ts'
import { formatScan } from '../../formatScan.ts'
import { ignoreOption, openModel } from '../../hashing.ts'
import { read } from '../../open.ts'
import { withProgress } from '../../withProgress.ts'

type Options = LedgerOptions & { registered?: boolean; report?: string; ignore: string[]; rehash?: boolean }

/** `stemma weights scan`: scans the model at a path. Exit code 0 when it passed, 1 when it failed, 3 when something is unknown. */
export function weightsScan(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    command
      .addOption(ignoreOption())
      .option('--registered', 'compare license and parents with what the ledger says of the weights')
      .option('--report <file>', 'write the report too, whose SHA-256 a scanner attests')
      .option('--rehash', 'hash and judge everything again'),
    {
      example: '$ stemma weights scan ./acme__tiny-chat --report report.json',
      json: '{ digest, document: { version, weights, tensors, ruleset, verdict, scanners: [{ id, version }], files: [{ name, size, digest, judgedBy }], findings: [{ rule, level, file, member, offset, what, library, remedy }] } }, where digest is that of the report',
    },
  ).action(async (path: string, options: Options) => {
    const facts = options.registered ? factsOf(context, options) : undefined
    const document = await scan(context, path, options, facts)
    const digest = scanDocumentDigest(document)
    if (options.report !== undefined) await writeWhole(context, options.report, scanDocumentText(document))
    print(context, options.json, { digest, document }, () => formatScan(document, digest))
    exit({ passed: EXIT.ok, failed: EXIT.finding, unknown: EXIT.undecided }[document.verdict])
  })
}

/** Shows the progress of hashing, and then of what of the scan is left: both run at once. */
async function scan(
  context: Context,
  path: string,
  { ignore, rehash }: Options,
  facts: ScanOptions['facts'],
): Promise<ScanDocument> {
  let isHashed = false
  return withProgress(context, 'Scanning', (onProgress) => {
    const hash = async (hold: HoldFiles): Promise<ScannedModel> => {
      const model = await openModel(context, path, ignore, { hold, ...(rehash && { cache: false }) })
      isHashed = true
      return model
    }
    return scanWhile(hash, {
      facts,
      signal: context.signal,
      onScanned: (done, total) => isHashed && onProgress(done, total),
      ...(!rehash && { findings: defaultFindingsPath(context.env) }),
    })
  })
}

function factsOf(context: Context, options: LedgerOptions): (weights: Digest) => Promise<ScanFacts> {
  return (weights) =>
    read(context, options, async (ledger) => ({
      ledger: await readLedgerFacts(nodeReader(ledger), weights, await loadLicenses()),
    }))
}
