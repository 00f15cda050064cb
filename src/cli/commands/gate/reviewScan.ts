import { Option, type Command } from 'commander'

import { ZERO_DIGEST, type Digest } from '../../../core/hex.ts'
import type { ScanReport } from '../../../core/review.ts'
import { attestScan } from '../../../sdk/gate/attestScan.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { signScan } from '../../../sdk/gate/signScan.ts'
import { toJson, UsageError, type Context } from '../../../console/context.ts'
import { writeWhole } from '../../../console/files.ts'
import { MissingKeyError } from '../../../console/key.ts'
import { engineOption } from '../../engineOption.ts'
import { accountOf } from '../../names.ts'
import { printUnattested, statedScan, type StatedScanOptions } from '../../statedScan.ts'
import { chainTimeOf, timeOf } from '../../times.ts'
import { send, sign, type SendOptions } from '../../open.ts'
import { SENT_JSON, SIGNER_OPTION, withSendOptions } from '../../../console/options.ts'
import { scanFileOf } from '../../../documents/scan.ts'
import { subjectName, subjectOf, type SubjectName } from '../../subject.ts'

type Options = SendOptions &
  StatedScanOptions & {
    scope: ScanReport['scope']
    scannedAt: string
    uri: string
    sign?: string
    signer?: string
    deadline: string
  }

/**
 * `stemma review scan`: scans weights and attests the report, as an accredited scanner; or attests an earlier report, or that of another
 * scanner. What is unknown is not attested.
 */
export function reviewScan(command: Command, context: Context, exit: (code: number) => void): void {
  withSendOptions(
    command
      .addOption(new Option('--verdict <verdict>', 'what another scanner found').choices(['passed', 'failed']))
      .addOption(
        new Option('--scope <scope>', 'how far the verdict reaches: this folder, or every folder with its tensors too')
          .choices(['files', 'tensors'])
          .default('files'),
      )
      .option('--report <file>', 'the report of an earlier scan, which is attested instead of scanning')
      .option('--ruleset <file>', 'the rules that another scanner applied, whose SHA-256 is attested')
      .option('--output <file>', 'write the report of the scan, whose SHA-256 is attested')
      .addOption(engineOption())
      .option('--scanned-at <time>', 'when the scan ended (now: the time of the latest block)', 'now')
      .option('--uri <uri>', 'where the report is', '')
      .option('--sign <file>', 'only sign, and write the signed scan to a file that anybody can send (review attest)')
      .option(SIGNER_OPTION[0], `with --sign: ${SIGNER_OPTION[1]}`)
      .option('--deadline <time>', 'last time at which the signed scan can be sent', '7d'),
    {
      example: '$ stemma review scan ./acme__tiny-chat --output report.json',
      json: `{ weights, tensors, scope, report, ruleset, scannedAt, verdict, ${SENT_JSON}; with --sign, what the file holds; { attested: false, weights, verdict, report, ruleset, document } when something is unknown`,
    },
  ).action(async (name: string, options: Options) => {
    if (options.signer !== undefined && options.sign === undefined) {
      throw new UsageError('--signer works only with --sign. Add --sign <file>, or omit --signer.')
    }
    const scanner = options.signer === undefined ? undefined : accountOf(options.signer)
    for (const time of [options.scannedAt, options.deadline]) timeOf(time, 0)
    const named = await subjectName(context, name)
    const tensors = tensorsOf(named, options.scope)
    requireKey(context, options)
    const stated = await statedScan(context, named, options)
    const { verdict, report, ruleset } = stated
    if (verdict === 'unknown') return exit(printUnattested(context, options.json, stated))
    const reportOf = async (ledger: Ledger): Promise<ScanReport> => ({
      weights: await weightsOfSubject(ledger, named, stated.weights),
      tensors,
      scope: options.scope,
      ruleset,
      report,
      scannedAt: await chainTimeOf(ledger, options.scannedAt),
      verdict,
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
}

/** The digest of the tensors at hand; zero where there are none to compute it from. */
function tensorsOf({ target }: SubjectName, scope: ScanReport['scope']): Digest {
  const tensors = target.kind === 'weights' ? target.tensors : null
  if (scope === 'tensors' && (!tensors || tensors === ZERO_DIGEST)) {
    throw new UsageError(
      'With --scope tensors, name a folder or a file with tensors that can be read (safetensors, GGUF): their digest is attested.',
    )
  }
  return tensors ?? ZERO_DIGEST
}

/** The weights of the subject. @param scanned those that a report is about, where it says it */
async function weightsOfSubject(ledger: Ledger, named: SubjectName, scanned: Digest | undefined): Promise<Digest> {
  // The scan is about the weights at hand, however many models have them.
  const weights = named.weights ?? (await subjectOf(ledger, named)).weights
  if (scanned === undefined || scanned === weights) return weights
  throw new UsageError(
    `The report is about other weights (${scanned}) than the subject (${weights}). Name what was scanned, or scan the subject.`,
  )
}

/** A scan takes long, so a missing key is found before it. */
function requireKey({ env }: Context, { from }: SendOptions): void {
  if (from === undefined && !env.STEMMA_PRIVATE_KEY && !env.STEMMA_KEYSTORE) throw new MissingKeyError()
}
