import { Option, type Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import type { Digest } from '../../../core/hex.ts'
import { EXIT, print, UsageError, type Context } from '../../../console/context.ts'
import { writeWhole } from '../../../console/files.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { repeatable, withLedgerOptions } from '../../../console/options.ts'
import type { ScanFacts } from '../../../scan/ports.ts'
import { readLedgerFacts } from '../../../scan/readLedgerFacts.ts'
import { scanHashed } from '../../../scan/run/scanModel.ts'
import { scanDocumentDigest } from '../../../scan/scanDocument.ts'
import { nodeReader } from '../../../sdk/compliance/nodeReader.ts'
import { formatScan } from '../../formatScan.ts'
import { ignoreOption, openModel } from '../../hashing.ts'
import { read } from '../../open.ts'
import { SCAN_FORMATS, scanFormatOf, scanRoot, scanText, type ScanFormat } from '../../scanFormats.ts'
import { withProgress } from '../../withProgress.ts'

type Options = LedgerOptions & {
  registered?: boolean
  format?: ScanFormat
  report: string[]
  ignore: string[]
  rehash?: boolean
}

/** `stemma weights scan`: scans the model at a path. Exit code 0 when it passed, 1 when it failed, 3 when something is unknown. */
export function weightsScan(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    command
      .addOption(ignoreOption())
      .option('--registered', 'compare license and parents with what the ledger says of the weights')
      .addOption(
        new Option('--format <format>', 'print the report itself, instead of text for people').choices(SCAN_FORMATS),
      )
      .addOption(
        repeatable(
          '--report <file>',
          'write the report too: as SARIF to a .sarif, as Markdown to a .md, else as the JSON that is attested; may be repeated',
        ),
      )
      .option('--rehash', 'hash everything again'),
    {
      example: '$ stemma weights scan ./acme__tiny-chat --report report.json',
      json: '{ digest, document: { version, weights, tensors, ruleset, verdict, scanners: [{ id, version }], files: [{ name, size, digest, judgedBy }], findings: [{ rule, level, file, member, offset, what, library, remedy }] } }, where digest is that of the report',
    },
  ).action(async (path: string, options: Options) => {
    if (options.json && options.format !== undefined) {
      throw new UsageError('--json and --format each choose what is printed. Leave one of them out.')
    }
    const model = await openModel(context, path, options.ignore, options.rehash ? { cache: false } : {})
    const facts = options.registered ? factsOf(context, options) : undefined
    const document = await withProgress(context, 'Scanning', (onScanned) =>
      scanHashed(model, { facts, signal: context.signal, onScanned }),
    )
    const digest = scanDocumentDigest(document)
    const written = { document, digest, root: scanRoot(context, model.place, path) }
    for (const file of options.report) await writeWhole(context, file, scanText(written, scanFormatOf(file)))
    if (options.format === undefined)
      print(context, options.json, { digest, document }, () => formatScan(document, digest))
    else context.stdout(scanText(written, options.format))
    exit({ passed: EXIT.ok, failed: EXIT.finding, unknown: EXIT.undecided }[document.verdict])
  })
}

function factsOf(context: Context, options: LedgerOptions): (weights: Digest) => Promise<ScanFacts> {
  return (weights) =>
    read(context, options, async (ledger) => ({
      ledger: await readLedgerFacts(nodeReader(ledger), weights, await loadLicenses()),
    }))
}
