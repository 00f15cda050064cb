import { EXIT, note, print, UsageError, type Context } from '../console/context.ts'
import { fileDigest } from '../console/fileDigest.ts'
import { readBytesFile, writeWhole } from '../console/files.ts'
import { StemmaError } from '../core/errors.ts'
import type { Digest } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import type { ScanDocument, ScanVerdict } from '../scan/ports.ts'
import { MOST_REPORT_BYTES, readScanReport, type ReadScanReport } from '../scan/report/readScanReport.ts'
import { scanDocumentDigest, scanDocumentText } from '../scan/scanDocument.ts'
import { formatScan } from './formatScan.ts'
import { scanSubject, type ScanningOptions } from './scanning.ts'
import type { SubjectName } from './subject.ts'

/** What is known of a scan before it is attested. */
export type StatedScan = {
  /** Digest of the weights that were scanned; undefined where the report of another scanner does not say it. */
  weights: Digest | undefined
  verdict: ScanVerdict
  report: Digest
  ruleset: Digest
  /** The report, where it is one of ours. */
  document: ScanDocument | undefined
}

/** Which scan is attested: one of now, an earlier one, or that of another scanner. */
export type StatedScanOptions = Omit<ScanningOptions, 'registered' | 'policy'> & {
  verdict?: 'passed' | 'failed'
  report?: string
  ruleset?: string
  output?: string
}

/**
 * Scans a subject, or reads what was found before.
 *
 * @throws {@link UsageError} when options contradict each other or the report, or when there are no files to scan
 */
export async function statedScan(
  context: Context,
  named: SubjectName,
  options: StatedScanOptions,
): Promise<StatedScan> {
  const { verdict, report, ruleset, output } = options
  if (output !== undefined && report !== undefined) {
    throw new UsageError('--output is for the report of a scan that is made now. Leave out --output, or --report.')
  }
  if (report === undefined && verdict === undefined && ruleset === undefined) return scanNow(context, named, options)
  if (report !== undefined && verdict === undefined && ruleset === undefined) {
    return ofDocument(await readOwn(context, report))
  }
  if (report === undefined || verdict === undefined || ruleset === undefined) {
    throw new UsageError(
      '--verdict and --ruleset state what another scanner found. Give all of --verdict, --report and --ruleset, or leave out --verdict and --ruleset.',
    )
  }
  const digests = { report: await fileDigest(context, report), ruleset: await fileDigest(context, ruleset) }
  const own = await readOwn(context, report).catch((error: unknown) => {
    if (error instanceof StemmaError) return undefined
    throw error
  })
  if (own === undefined) return { weights: undefined, verdict, ...digests, document: undefined }
  if (own.document.verdict !== verdict || own.document.ruleset !== digests.ruleset) {
    throw new UsageError(
      `The report ${quoted(report)} says ${own.document.verdict} by the ruleset ${own.document.ruleset}. Leave out --verdict and --ruleset, which contradict it.`,
    )
  }
  return ofDocument(own)
}

/** Prints a scan that is not attested, because something in it is unknown. Returns the exit code. */
export function printUnattested(context: Context, json: boolean | undefined, scan: StatedScan): number {
  const { weights, verdict, report, ruleset, document } = scan
  print(context, json, { attested: false, weights, verdict, report, ruleset, document }, () =>
    [
      ...(document === undefined ? [] : [formatScan(document, report)]),
      'Not attested: what is unknown is left to another scanner, and the review stays open.',
    ].join('\n'),
  )
  return EXIT.undecided
}

async function scanNow(context: Context, { target }: SubjectName, options: StatedScanOptions): Promise<StatedScan> {
  if (target.kind !== 'weights') {
    throw new UsageError(
      'A scan reads all files. Name the folder or the file of the model, or give the report of an earlier scan: --report <file>.',
    )
  }
  // As the service of scanners does, so that both attest the same bytes.
  const { model } = target
  const { document } = await scanSubject(context, async () => model, { ...options, registered: true })
  const scan = ofDocument({ document, digest: scanDocumentDigest(document) })
  if (options.output !== undefined) await writeWhole(context, options.output, scanDocumentText(document))
  else note(context, 'The report is not kept. To publish what was attested, write it: --output <file>.')
  return scan
}

async function readOwn(context: Context, file: string): Promise<ReadScanReport> {
  return readScanReport(await readBytesFile(context, file, MOST_REPORT_BYTES))
}

function ofDocument({ document, digest }: ReadScanReport): StatedScan {
  const { weights, verdict, ruleset } = document
  return { weights, verdict, report: digest, ruleset, document }
}
