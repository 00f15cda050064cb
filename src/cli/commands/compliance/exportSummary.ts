import type { Command } from 'commander'

import { print, type Context } from '../../../console/context.ts'
import { writeWhole } from '../../../console/files.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { quoted, shortText } from '../../../core/text.ts'
import { trainingSummary, trainingSummaryPage } from '../../../interop/trainingSummary.ts'
import { readDocumentOf, withDocuments, type DocumentSourceOptions } from '../../readDocument.ts'

type Options = DocumentSourceOptions & { output?: string; json?: boolean }

/** `stemma export summary`: fills the EU's template for the public summary of training content. */
export function exportSummary(command: Command, context: Context): void {
  withLedgerOptions(withDocuments(command).option('--output <file>', 'write the page (Markdown) to a file instead'), {
    example: '$ stemma export summary acme/tiny-chat --datasets datasets.json',
    json: '{ template, model, name, ledger, block, asOf, sections: [{ number, title,\n  fields: [{ question, answer, datasets? }] }], file (with --output) }',
  }).action(async (text: string, options: Options) => {
    const { document } = await readDocumentOf(context, text, options)
    const summary = trainingSummary(document)
    const page = trainingSummaryPage(summary)
    const { output, json } = options
    if (output !== undefined) await writeWhole(context, output, page)
    print(context, json, { ...summary, ...(output !== undefined && { file: output }) }, () =>
      output === undefined
        ? page.trimEnd()
        : `Wrote ${quoted(output)}: the summary of ${shortText(document.models[0].name, 200)}, as of block ${document.block}.`,
    )
  })
}
