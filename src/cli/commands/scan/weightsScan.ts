import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import type { Digest } from '../../../core/hex.ts'
import { EXIT, note, print, type Context } from '../../../console/context.ts'
import { pathOf, writeWhole } from '../../../console/files.ts'
import type { LedgerReader } from '../../../core/ports.ts'
import { quoted } from '../../../core/text.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { readLineageFacts } from '../../../scan/lineage/readLineageFacts.ts'
import type { ScanFacts } from '../../../scan/ports.ts'
import { readLedgerFacts } from '../../../scan/readLedgerFacts.ts'
import { scanHashed } from '../../../scan/run/scanModel.ts'
import { scanDocumentDigest, scanDocumentText } from '../../../scan/scanDocument.ts'
import { nodeReader } from '../../../sdk/compliance/nodeReader.ts'
import { formatScan } from '../../formatScan.ts'
import { ignoreOption, openModel } from '../../hashing.ts'
import { read } from '../../open.ts'
import { withProgress } from '../../withProgress.ts'

type Options = LedgerOptions & {
  registered?: boolean
  sketches?: string
  report?: string
  ignore: string[]
  rehash?: boolean
}

/** `stemma weights scan`: scans the model at a path. Exit code 0 when it passed, 1 when it failed, 3 when something is unknown. */
export function weightsScan(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    command
      .addOption(ignoreOption())
      .option('--registered', 'compare license and parents with what the ledger says of the weights')
      .option('--sketches <folder>', 'compare the weights with every *.sketch of a folder')
      .option('--report <file>', 'write the report too, whose SHA-256 a scanner attests')
      .option('--rehash', 'hash everything again'),
    {
      example:
        '$ stemma weights scan ./acme__tiny-chat --report report.json\n$ stemma weights scan ./acme__tiny-chat --registered --sketches ./sketches',
      json: '{ digest, document: { version, weights, tensors, ruleset, verdict, scanners: [{ id, version }], files: [{ name, size, digest, judgedBy }], findings: [{ rule, level, file, member, offset, what, library, remedy }] } }, where digest is that of the report',
    },
  ).action(async (path: string, options: Options) => {
    const model = await openModel(context, path, options.ignore, options.rehash ? { cache: false } : {})
    const facts = factsOf(context, options)
    const document = await withProgress(context, 'Scanning', (onScanned) =>
      scanHashed(model, { facts, signal: context.signal, onScanned }),
    )
    const digest = scanDocumentDigest(document)
    if (options.report !== undefined) await writeWhole(context, options.report, scanDocumentText(document))
    print(context, options.json, { digest, document }, () => formatScan(document, digest))
    exit({ passed: EXIT.ok, failed: EXIT.finding, unknown: EXIT.undecided }[document.verdict])
  })
}

/** What scanners compare with: the ledger, with --registered; the sketches of a folder, with --sketches. */
function factsOf(context: Context, options: Options): (weights: Digest) => Promise<ScanFacts> {
  const { registered = false, sketches } = options
  const lineage = async (weights: Digest, reader?: LedgerReader): Promise<ScanFacts> => {
    if (sketches === undefined) return {}
    const { facts, refused } = await readLineageFacts(pathOf(context, sketches), weights, reader)
    for (const { name, why } of refused) note(context, `The sketch ${quoted(name)} does not count: ${why}.`)
    return { lineage: facts }
  }
  if (!registered) return lineage
  return (weights) =>
    read(context, options, async (ledger) => {
      const reader = nodeReader(ledger)
      return {
        ledger: await readLedgerFacts(reader, weights, await loadLicenses()),
        ...(await lineage(weights, reader)),
      }
    })
}
