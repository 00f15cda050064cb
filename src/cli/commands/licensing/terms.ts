import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { shortText } from '../../../core/text.ts'
import { termsIdOf, termsSetIdOf, type Terms } from '../../../core/terms.ts'
import type { TermsId } from '../../../core/hex.ts'
import { parseLicense, termsOfLicense, type LicenseEntry } from '../../../documents/license.ts'
import { listTerms } from '../../../sdk/licensing/listTerms.ts'
import { publishTerms } from '../../../sdk/licensing/publishTerms.ts'
import { publishTermsSet } from '../../../sdk/licensing/publishTermsSet.ts'
import type { Sent } from '../../../sdk/transact.ts'
import { note, print, UsageError, type Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import { licenseOf, NO_TERMS, termsIdOfName, UnknownLicenseError } from '../../names.ts'
import { read, send, sign, summaryOf, writeOptionsOf, type SendOptions } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { SENT_JSON, withLedgerOptions, withSendOptions } from '../../../console/options.ts'
import { shownTerms } from '../../shown.ts'

/** `stemma terms`: licenses in machine-readable form. */
export function addTerms(program: Command, context: Context): void {
  const terms = program.command('terms').description('list, show and publish terms')
  addList(terms, context)
  addShow(terms, context)
  addPublish(terms, context)
  addPublishSet(terms, context)
}

function addList(terms: Command, context: Context): void {
  withLedgerOptions(
    terms
      .command('list')
      .description('list the terms on the ledger')
      .option('--library', 'list the license library instead, for which no node is needed'),
    {
      example: '$ stemma terms list --library',
      json: '[{ id, terms: { name, uri, text, rights, obligations, thresholds } } or\n { id, set: { weights, code, outputs } }]; of the library, its entries (licenses/schema.json)',
    },
  ).action(async (options: LedgerOptions & { library?: boolean }) => {
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

function addShow(terms: Command, context: Context): void {
  withLedgerOptions(terms.command('show <license|id>').description('show published terms, or a set of terms'), {
    example: '$ stemma terms show Apache-2.0',
    json: '{ id, terms: { name, uri, text, rights, obligations, thresholds } } or\n{ id, set: { weights, code, outputs } }',
  }).action(async (name: string, options: LedgerOptions) => {
    const id = termsIdOfName(await loadLicenses(), name)
    const [found] = await read(context, options, (ledger) => listTerms(ledger, { ids: [id] }))
    if (!found) {
      throw new UsageError(
        `The terms "${name}" (${id}) are not published on this ledger. Publish a license: stemma terms publish <license>.`,
      )
    }
    print(context, options.json, found, () => shownTerms(found))
  })
}

function addPublish(terms: Command, context: Context): void {
  withSendOptions(
    terms
      .command('publish [license|file.json...]')
      .description('publish licenses of the library, or from files of the same form; skips what is there already')
      .option('--all', 'the whole library'),
    {
      example: '$ stemma terms publish MIT Apache-2.0\n$ stemma terms publish --all',
      json: `{ published: [{ license, terms, ${SENT_JSON}],\n  skipped: [{ license, terms }] }`,
    },
  ).action(async (names: string[], options: SendOptions & { all?: boolean }) => {
    if ((names.length === 0) === !options.all) {
      throw new UsageError('Name licenses of the library or files, or use --all for the whole library.')
    }
    const wanted = await termsToPublish(names, options.all ?? false, context)
    await sign(context, options, async (ledger) => {
      const known = new Set((await listTerms(ledger)).map(({ id }) => id))
      const published: (Sent & { license: string; terms: TermsId })[] = []
      const skipped: { license: string; terms: TermsId }[] = []
      for (const [license, entry] of wanted) {
        const id = termsIdOf(entry)
        if (known.has(id)) skipped.push({ license, terms: id })
        else
          published.push({
            license,
            ...(await publishTerms(ledger, { terms: entry, ...writeOptionsOf(context, options) })),
          })
        known.add(id)
      }
      const marked = published.map((sent) => ({ ...sent, ...(options.dryRun && { dryRun: true }) }))
      print(context, options.json, { published: marked, skipped }, () =>
        [
          ...published.map((sent) => `${sent.license} ${sent.terms}\n  ${summaryOf(sent)}`),
          `${published.length} ${options.dryRun ? 'would be published' : 'published'}, ${skipped.length} there before.`,
        ].join('\n'),
      )
    })
  })
}

/** The terms of what arguments name, by name. */
async function termsToPublish(names: readonly string[], all: boolean, context: Context): Promise<[string, Terms][]> {
  const licenses = await loadLicenses()
  const found: [string, Terms][] = []
  const add = (entry: LicenseEntry): void => {
    const terms = termsOfLicense(entry)
    if (terms) found.push([entry.id, terms])
    else if (!all) throw new UnknownLicenseError(entry.id)
  }
  if (all) licenses.forEach(add)
  for (const name of names) {
    if (name.endsWith('.json')) add(parseLicense(await readJsonFile(context, name), name))
    else add(licenseOf(licenses, name))
  }
  return found
}

function addPublishSet(terms: Command, context: Context): void {
  withSendOptions(
    terms
      .command('publish-set')
      .description('publish a set of terms by component; a component that is left out states nothing')
      .option('--weights <license|id>', 'the terms of the weights', 'none')
      .option('--code <license|id>', 'the terms of the code', 'none')
      .option('--outputs <license|id>', 'the terms of what the model puts out', 'none'),
    {
      example: '$ stemma terms publish-set --weights Modified-MIT-Kimi-K2 --code MIT',
      json: `{ terms, ${SENT_JSON}, or { terms, skipped: true } when it is there already`,
    },
  ).action(async (options: SendOptions & { weights: string; code: string; outputs: string }) => {
    const licenses = await loadLicenses()
    const [weights, code, outputs] = [options.weights, options.code, options.outputs].map((name) =>
      termsIdOfName(licenses, name),
    ) as [TermsId, TermsId, TermsId]
    if ([weights, code, outputs].every((id) => id === NO_TERMS)) {
      throw new UsageError('A set needs the terms of one component at least. Use --weights, --code or --outputs.')
    }
    const set = { weights, code, outputs }
    const id = termsSetIdOf(set)
    const there = await read(context, options, (ledger) => listTerms(ledger, { ids: [id] }))
    if (there.length > 0) {
      note(context, 'This set is published already.')
      print(context, options.json, { terms: id, skipped: true }, () => `terms ${id}`)
      return
    }
    await send(
      context,
      options,
      (ledger, write) => publishTermsSet(ledger, { set, ...write }),
      (sent) => `terms ${sent.terms}`,
    )
  })
}
