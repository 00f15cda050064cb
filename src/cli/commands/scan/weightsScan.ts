import { Option, type Command } from 'commander'

import { EXIT, print, UsageError, type Context } from '../../../console/context.ts'
import { writeWhole } from '../../../console/files.ts'
import { repeatable, withLedgerOptions } from '../../../console/options.ts'
import { scanDocumentDigest } from '../../../scan/scanDocument.ts'
import { engineOption } from '../../engineOption.ts'
import { formatScan } from '../../formatScan.ts'
import { ignoreOption, openModel } from '../../hashing.ts'
import { SCAN_FORMATS, scanFormatOf, scanRoot, scanText, type ScanFormat } from '../../scanFormats.ts'
import { scanSubject, type ScanningOptions } from '../../scanning.ts'

type Options = ScanningOptions & { format?: ScanFormat; report: string[]; ignore: string[] }

/** The report of a scan, as help describes it. */
export const SCAN_JSON =
  '{ version, weights, tensors, ruleset, verdict, verdictWithOverrides, scanners: [{ id, version }], engines: [{ engine, engineVersion, signatures, scanned, notScanned: [{ file, why }] }], files: [{ name, size, digest, judgedBy }], findings: [{ rule, level, file, member, offset, what, library, remedy, and of an engine: engine, engineVersion, signatures }], overrides: [{ version, weights, rules, reason, from, until, signer, signature }] }'

/** `stemma weights scan`: scans the model at a path. Exit code 0 when it passed, 1 when it failed, 3 when something is unknown. */
export function weightsScan(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    command
      .addOption(ignoreOption())
      .option('--registered', 'compare license and parents with what the ledger says of the weights')
      .option('--sketches <folder>', 'compare the weights with every *.sketch of a folder')
      .addOption(engineOption())
      .option('--policy <file>', 'a trust policy, which says what overrides may pass over')
      .addOption(
        new Option('--format <format>', 'print the report itself, instead of text for people').choices(SCAN_FORMATS),
      )
      .addOption(
        repeatable(
          '--report <file>',
          'write the report too: as SARIF to a .sarif, as Markdown to a .md, else as the JSON that is attested; may be repeated',
        ),
      )
      .option('--rehash', 'hash and judge everything again'),
    {
      example:
        '$ stemma weights scan ./acme__tiny-chat --report report.json\n$ stemma weights scan ./acme__tiny-chat --registered --sketches ./sketches',
      json: `{ digest, document: ${SCAN_JSON} }, where digest is that of the report`,
    },
  ).action(async (path: string, options: Options) => {
    if (options.json && options.format !== undefined) {
      throw new UsageError('--json and --format each choose what is printed. Leave one of them out.')
    }
    const { ignore, rehash } = options
    const { document, model } = await scanSubject(
      context,
      (hold) => openModel(context, path, ignore, { hold, ...(rehash && { cache: false }) }),
      options,
    )
    const digest = scanDocumentDigest(document)
    const written = { document, digest, root: scanRoot(context, model.place, path) }
    for (const file of options.report) await writeWhole(context, file, scanText(written, scanFormatOf(file)))
    if (options.format !== undefined) context.stdout(scanText(written, options.format))
    else print(context, options.json, { digest, document }, () => formatScan(document, digest))
    const counted = document.verdictWithOverrides ?? document.verdict
    exit({ passed: EXIT.ok, failed: EXIT.finding, unknown: EXIT.undecided }[counted])
  })
}
