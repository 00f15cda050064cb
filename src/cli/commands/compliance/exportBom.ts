import { Option, type Command } from 'commander'

import type { Context } from '../../../console/context.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { shortText } from '../../../core/text.ts'
import { cyclonedxBom } from '../../../interop/cyclonedx.ts'
import type { LineageDocument } from '../../../interop/lineageDocument.ts'
import { spdxDocument } from '../../../interop/spdx.ts'
import { printDocument } from '../../printDocument.ts'
import { readDocumentOf, withDocuments, withQuestion, type DocumentSourceOptions } from '../../readDocument.ts'

/** The writers, by the name of their format. */
const FORMATS = {
  'cyclonedx-1.7': (document: LineageDocument): object => cyclonedxBom(document, '1.7'),
  'cyclonedx-1.6': (document: LineageDocument): object => cyclonedxBom(document, '1.6'),
  'spdx-3.0.1': (document: LineageDocument): object => spdxDocument(document),
} as const

type Options = DocumentSourceOptions & { format: keyof typeof FORMATS; output?: string; json?: boolean }

/** `stemma export bom`: writes what a model was made from as a bill of materials. */
export function exportBom(command: Command, context: Context): void {
  withLedgerOptions(
    withQuestion(withDocuments(command))
      .addOption(
        new Option('--format <format>', 'the format of the bill of materials')
          .choices(Object.keys(FORMATS))
          .default('cyclonedx-1.7'),
      )
      .option('--output <file>', 'write it to a file instead'),
    {
      example:
        '$ stemma export bom acme/tiny-chat --format cyclonedx-1.7 --output tiny-chat.cdx.json\n$ stemma export bom ./acme__tiny-chat --format spdx-3.0.1 --use commercial',
      json: 'the bill of materials (docs/formats/bom.md), which is JSON without --json too',
    },
  ).action(async (text: string, options: Options) => {
    const { document } = await readDocumentOf(context, text, options)
    const bom = FORMATS[options.format](document)
    const { models, block } = document
    await printDocument(
      context,
      options,
      bom,
      (file) =>
        `Wrote ${file}: ${options.format} of ${shortText(models[0].name, 200)}, ${models.length} models, as of block ${block}.`,
    )
  })
}
