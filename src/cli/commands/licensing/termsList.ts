import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { shortText } from '../../../core/text.ts'
import { listTerms } from '../../../sdk/licensing/listTerms.ts'
import { print, type Context } from '../../../console/context.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'

/** `stemma terms list`: lists the terms on the ledger, or the license library. */
export function termsList(command: Command, context: Context): void {
  withLedgerOptions(command.option('--library', 'list the license library instead; needs no node'), {
    example: '$ stemma terms list --library',
    json: '[{ id, terms: { name, uri, text, rights, flags, family, outbound, duties, thresholds } } or\n { id, set: { weights, code, outputs } }]; for the library, its entries (licenses/schema.json)',
  }).action(async (options: LedgerOptions & { library?: boolean }) => {
    if (options.library) {
      const licenses = await loadLicenses()
      print(context, options.json, licenses, () => licenses.map(({ id, name }) => `${id}\t${name}`).join('\n'))
      return
    }
    const published = await read(context, options, (ledger) => listTerms(ledger))
    print(context, options.json, published, () =>
      published.length === 0
        ? 'No terms are published here. Publish some: stemma terms publish MIT.'
        : published
            .map((entry) => `${entry.id}\t${'terms' in entry ? shortText(entry.terms.name, 64) : '(a set)'}`)
            .join('\n'),
    )
  })
}
