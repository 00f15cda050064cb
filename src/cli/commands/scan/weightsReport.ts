import { Option, type Command } from 'commander'

import { EXIT, note, print, UsageError, type Context } from '../../../console/context.ts'
import { readBytesFile } from '../../../console/files.ts'
import { withHelp } from '../../../console/options.ts'
import { parseDigest } from '../../../core/hex.ts'
import { isSigned } from '../../../documents/override.ts'
import { InvalidScanReportError, MOST_REPORT_BYTES, readScanReport } from '../../../scan/report/readScanReport.ts'
import { formatScan } from '../../formatScan.ts'
import { SCAN_FORMATS, scanText, type ScanFormat } from '../../scanFormats.ts'
import { loadRecover } from '../../scanOverrides.ts'
import { SCAN_JSON } from './weightsScan.ts'

type Options = { digest?: string; format?: ScanFormat; json?: boolean }

/** `stemma weights report`: reads the report of a scan that somebody else made. Its overrides do not count here. */
export function weightsReport(command: Command, context: Context, exit: (code: number) => void): void {
  withHelp(
    command
      .option('--digest <digest>', 'the digest that was attested; exits with 1 when the report has another')
      .addOption(
        new Option('--format <format>', 'print it in another format, instead of text for people').choices(SCAN_FORMATS),
      ),
    {
      example: '$ stemma weights report report.json --digest 0x3f1b…90ac',
      json: `{ digest, matches, document: ${SCAN_JSON} }, where digest is that of the report, and matches is null without --digest`,
    },
  ).action(async (file: string, options: Options) => {
    if (options.json && options.format !== undefined) {
      throw new UsageError('--json and --format each choose what is printed. Leave one of them out.')
    }
    const attested = options.digest === undefined ? undefined : parseDigest(options.digest)
    const { document, digest } = readScanReport(await readBytesFile(context, file, MOST_REPORT_BYTES))
    if (document.overrides.length > 0) {
      const recover = await loadRecover()
      const forged = document.overrides.find((record) => !isSigned('scan', record, recover))
      if (forged) throw new InvalidScanReportError('overrides', forged.signature, `a signature by ${forged.signer}`)
    }
    const matches = attested === undefined ? null : attested === digest
    if (matches === false) note(context, `The report is not the one that was attested: its digest is ${digest}.`)
    if (options.format !== undefined) context.stdout(scanText({ document, digest, root: '' }, options.format))
    else print(context, options.json, { digest, matches, document }, () => formatScan(document, digest))
    const code = { passed: EXIT.ok, failed: EXIT.finding, unknown: EXIT.undecided }[document.verdict]
    exit(matches === false ? EXIT.finding : code)
  })
}
