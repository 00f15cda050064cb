import type { Command } from 'commander'

import { searchModels } from '../../../sdk/registry/searchModels.ts'
import { EXIT, note, print, UsageError, type Context } from '../../../console/context.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { quoted } from '../../../core/text.ts'
import { formatListed } from '../../formatListed.ts'
import { readListed, withListedOptions, type ListedOptions } from '../../readListed.ts'

const WHAT_IS_FOUND =
  'A search takes owner/name or a URI, the beginning of a name without its owner, an id, a digest, an account or a license.'

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
      return kinds.flatMap((kind) => [`By ${kind}:`, ...formatListed(hits.filter(({ by }) => by === kind))]).join('\n')
    })
    if (hits.length > 0) return
    note(context, suggestions.length > 0 ? `Did you mean ${suggestions.map(quoted).join(', ')}?` : WHAT_IS_FOUND)
    exit(EXIT.finding)
  })
}
