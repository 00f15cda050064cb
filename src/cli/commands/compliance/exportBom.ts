import { Option, type Command } from 'commander'

import { print, toJson, type Context } from '../../../console/context.ts'
import { writeWhole } from '../../../console/files.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { shortText } from '../../../core/text.ts'
import { cyclonedxBom } from '../../../interop/cyclonedx.ts'
import { g7Elements, G7_CLUSTERS, G7_SOURCE, type G7Element } from '../../../interop/g7Elements.ts'
import type { LineageDocument } from '../../../interop/lineageDocument.ts'
import { spdxDocument } from '../../../interop/spdx.ts'
import { fields } from '../../format.ts'
import { printDocument } from '../../printDocument.ts'
import { readDocumentOf, withDocuments, withQuestion, type DocumentSourceOptions } from '../../readDocument.ts'

/** The writers, by the name of their format. */
const FORMATS = {
  'cyclonedx-1.7': (document: LineageDocument): object => cyclonedxBom(document, '1.7'),
  'cyclonedx-1.6': (document: LineageDocument): object => cyclonedxBom(document, '1.6'),
  'spdx-3.0.1': (document: LineageDocument): object => spdxDocument(document),
} as const

type Options = DocumentSourceOptions & {
  format: keyof typeof FORMATS
  profile?: 'g7'
  output?: string
  json?: boolean
}

/** `stemma export bom`: writes what a model was made from as a bill of materials. */
export function exportBom(command: Command, context: Context): void {
  withLedgerOptions(
    withQuestion(withDocuments(command))
      .addOption(
        new Option('--format <format>', 'the format of the bill of materials')
          .choices(Object.keys(FORMATS))
          .default('cyclonedx-1.7'),
      )
      .option('--author <name>', 'who answers for it, which is written too')
      .addOption(
        new Option(
          '--profile <name>',
          "print which of the G7's minimum elements of an SBOM for AI it fills, and not the bill",
        ).choices(['g7']),
      )
      .option('--output <file>', 'write it to a file instead'),
    {
      example:
        '$ stemma export bom acme/tiny-chat --profile g7\n$ stemma export bom acme/tiny-chat --output tiny-chat.cdx.json\n$ stemma export bom ./acme__tiny-chat --format spdx-3.0.1 --use commercial',
      json: 'the bill of materials (docs/formats/bom.md), which is JSON without --json too; with --profile { source, filled, partly, missing,\n  elements: [{ cluster, element, state, note, lacking? }], file (with --output) }',
    },
  ).action(async (text: string, options: Options) => {
    const { document } = await readDocumentOf(context, text, options)
    const bom = FORMATS[options.format](document)
    const { models, block } = document
    if (options.profile !== undefined) return printProfile(context, options, document, bom)
    await printDocument(
      context,
      options,
      bom,
      (file) =>
        `Wrote ${file}: ${options.format} of ${shortText(models[0].name, 200)}, ${models.length} models, as of block ${block}.`,
    )
  })
}

/** Prints which elements of the profile a bill fills. With `--output` the bill is written all the same. */
async function printProfile(
  context: Context,
  { format, output, json }: Options,
  document: LineageDocument,
  bom: object,
): Promise<void> {
  if (output !== undefined) await writeWhole(context, output, `${toJson(bom)}\n`)
  const elements = g7Elements(document, format.startsWith('spdx') ? 'spdx' : 'cyclonedx')
  const count = (state: string): number => elements.filter((each) => each.state === state).length
  const counts = { filled: count('filled'), partly: count('partly'), missing: count('missing') }
  const value = { source: G7_SOURCE, ...counts, elements, ...(output !== undefined && { file: output }) }
  print(context, json, value, () => formatProfile(elements, counts))
}

function formatProfile(elements: readonly G7Element[], counts: Record<G7Element['state'], number>): string {
  const clusters = G7_CLUSTERS.map((cluster) =>
    fields(
      cluster,
      elements
        .filter((each) => each.cluster === cluster)
        .map(({ element, state, note, lacking = [] }) => {
          const without =
            lacking.length === 0 ? '' : `; not of ${lacking.map((each) => shortText(each, 80)).join(', ')}`
          return [element, `${state.padEnd(7)}  ${note}${without}`] as const
        }),
    ),
  )
  return [
    `Minimum elements of an SBOM for AI (G7): ${counts.filled} filled, ${counts.partly} in part, ${counts.missing} missing.`,
    ...clusters,
    `Source: ${G7_SOURCE.title}, ${G7_SOURCE.published}, ${G7_SOURCE.uri}\n${G7_SOURCE.unchecked} The list: ${G7_SOURCE.listedFrom}`,
  ].join('\n\n')
}
