import type { Command } from 'commander'

import { searchModels } from '../../../sdk/registry/searchModels.ts'
import { EXIT, note, print, UsageError, type Context } from '../../../console/context.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { quoted } from '../../../core/text.ts'
import { formatListed, LISTED_HEADING } from '../../formatListed.ts'
import { readListed, withListedOptions, type ListedOptions } from '../../readListed.ts'

/** `stemma search`: searches the models of a ledger. */
export function search(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(withListedOptions(command), {
    example: '$ stemma search acme/tiny-chat\n$ stemma search Apache-2.0 --indexer http://127.0.0.1:8600',
    json: '{ hits: [{ by, model, uri, publisher, weights, terms, license, status, recalled, block }], suggestions }',
  }).action(async (text: string, options: ListedOptions) => {
    if (text.trim() === '')
      throw new UsageError('The text to search for is empty. Give a name, a digest or an account.')
    const found = await readListed(context, options, (ledger, source) => searchModels(ledger, { ...source, text }))
    const { hits, suggestions } = found
    print(context, options.json, found, () => {
      if (hits.length === 0) return `Nothing was found for ${quoted(text)}.`
      const kinds = [...new Set(hits.map(({ by }) => by))]
      return kinds
        .flatMap((kind) => [`By ${kind}:`, LISTED_HEADING, ...hits.filter(({ by }) => by === kind).map(formatListed)])
        .join('\n')
    })
    if (suggestions.length > 0) note(context, `Did you mean ${suggestions.map(quoted).join(', ')}?`)
    if (hits.length === 0) exit(EXIT.finding)
  })
}
