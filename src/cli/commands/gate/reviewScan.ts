import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import { Option, type Command } from 'commander'

import { parseDigest, type Digest } from '../../../core/hex.ts'
import type { ScanReport } from '../../../core/review.ts'
import { attestScan } from '../../../sdk/gate/attestScan.ts'
import { attestSignedScan } from '../../../sdk/gate/attestSignedScan.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { signScan } from '../../../sdk/gate/signScan.ts'
import { toJson, UsageError, type Context } from '../../../console/context.ts'
import { FileError, pathOf, readJsonFile, writeWhole } from '../../../console/files.ts'
import { accountOf, chainTimeOf, timeOf } from '../../names.ts'
import { send, sign, type SendOptions } from '../../open.ts'
import { SENT_JSON, SIGNER_OPTION, withSendOptions } from '../../../console/options.ts'
import { checkScanLedger, parseScanFile, scanFileOf } from '../../../documents/scan.ts'
import { subjectName, subjectOf, type SubjectName } from '../../subject.ts'

type Options = SendOptions & {
  verdict: ScanReport['verdict']
  report: string
  ruleset: string
  scannedAt: string
  uri: string
  sign?: string
  signer?: string
  deadline: string
}

/** `stemma review scan` and `attest`: what accredited scanners say of weights. */
export function addScans(review: Command, context: Context): void {
  withSendOptions(
    review
      .command('scan <model|path|digest>')
      .description('attest what a scan of the weights has found, as an accredited scanner')
      .addOption(
        new Option('--verdict <verdict>', 'what was found').choices(['passed', 'failed']).makeOptionMandatory(),
      )
      .requiredOption('--report <file>', 'the report, of which the SHA-256 is attested')
      .requiredOption('--ruleset <file>', 'the rules that were applied, of which the SHA-256 is attested')
      .option('--scanned-at <time>', "when the scan ended; by default, the latest block's time", 'now')
      .option('--uri <uri>', 'where the report is', '')
      .option('--sign <file>', 'only sign, for somebody else to send (review attest), and write that to a file')
      .option(SIGNER_OPTION[0], `with --sign: ${SIGNER_OPTION[1]}`)
      .option('--deadline <time>', 'last time at which what was signed can be sent', '7d'),
    {
      example:
        '$ stemma review scan ./acme__tiny-chat --verdict passed \\\n    --report report.sarif --ruleset rules.json',
      json: `{ weights, report, ruleset, scannedAt, verdict, ${SENT_JSON}; with --sign, what the file holds`,
    },
  ).action(async (name: string, options: Options) => {
    if (options.signer !== undefined && options.sign === undefined) {
      throw new UsageError('--signer is for --sign, which sends nothing. Add it, or leave --signer out.')
    }
    const scanner = options.signer === undefined ? undefined : accountOf(options.signer)
    for (const time of [options.scannedAt, options.deadline]) timeOf(time, 0)
    const [report, ruleset] = [await fileDigest(context, options.report), await fileDigest(context, options.ruleset)]
    const named = await subjectName(context, name)
    const reportOf = async (ledger: Ledger): Promise<ScanReport> => ({
      weights: await weightsOfSubject(ledger, named),
      ruleset,
      report,
      scannedAt: await chainTimeOf(ledger, options.scannedAt),
      verdict: options.verdict,
      uri: options.uri,
    })
    if (options.sign !== undefined) {
      const file = await sign(context, options, async (ledger) => {
        const deadline = await chainTimeOf(ledger, options.deadline)
        const scan = await reportOf(ledger)
        return scanFileOf(
          ledger.deployment,
          await signScan(ledger, { report: scan, deadline, ...(scanner && { scanner }) }),
        )
      })
      await writeWhole(context, options.sign, `${toJson(file)}\n`)
      if (options.json) context.stdout(`${toJson(file)}\n`)
      return
    }
    await send(
      context,
      options,
      async (ledger, write) => {
        const scan = await reportOf(ledger)
        return { ...scan, ...(await attestScan(ledger, { report: scan, ...write })) }
      },
      ({ weights, verdict }) => `attested that ${weights} has ${verdict}`,
    )
  })

  withSendOptions(
    review
      .command('attest <scan.json>')
      .description('send a scan that a scanner has signed (review scan --sign); anybody may'),
    { example: '$ stemma review attest scan.json', json: `{ weights, verdict, scanner, ${SENT_JSON}` },
  ).action(async (path: string, options: SendOptions) => {
    const file = parseScanFile(await readJsonFile(context, path))
    const { report, scanner } = file.scan
    await send(
      context,
      options,
      async (ledger, write) => {
        checkScanLedger(ledger.deployment, file)
        const sent = await attestSignedScan(ledger, { ...file.scan, ...write })
        return { weights: report.weights, verdict: report.verdict, scanner, ...sent }
      },
      ({ weights, verdict }) => `attested that ${weights} has ${verdict}, by ${scanner}`,
    )
  })
}

async function weightsOfSubject(ledger: Ledger, named: SubjectName): Promise<Digest> {
  // Weights that are at hand need no name: however many models have them, the scan is about them.
  return named.weights ?? (await subjectOf(ledger, named)).weights
}

async function fileDigest(context: Context, path: string): Promise<Digest> {
  const bytes = await readFile(pathOf(context, path)).catch((cause: unknown) => {
    throw new FileError(path, 'read', cause)
  })
  return parseDigest(`0x${createHash('sha256').update(bytes).digest('hex')}`)
}
