import type { Command } from 'commander'

import { loadLicenses } from '../../artifacts/licenseLibrary.ts'
import { shortText } from '../../core/text.ts'
import { termsIdOf } from '../../core/terms.ts'
import { termsOfLicense } from '../../interop/license.ts'
import { listTerms } from '../../sdk/listTerms.ts'
import { publishTerms } from '../../sdk/publishTerms.ts'
import { print, toJson, UsageError, type Context } from '../context.ts'
import { termsIdOfName } from '../names.ts'
import { openToRead, openToWrite, type LedgerOptions, type SendOptions } from '../open.ts'
import { withLedgerOptions, withSendOptions } from '../options.ts'

/** `stemma terms`: licenses in machine-readable form. */
export function addTerms(program: Command, context: Context): void {
  const terms = program.command('terms').description('list, show and publish terms')

  withLedgerOptions(
    terms
      .command('list')
      .description('list the terms on the ledger')
      .option('--library', 'list the license library instead'),
  ).action(async (options: LedgerOptions & { library?: boolean }) => {
    if (options.library) {
      const licenses = await loadLicenses()
      print(context, options.json, licenses, () => licenses.map(({ id, name }) => `${id}\t${name}`).join('\n'))
      return
    }
    const ledger = await openToRead(context, options)
    try {
      const published = await listTerms(ledger)
      print(context, options.json, published, () =>
        published
          .map((entry) => `${entry.id}\t${'terms' in entry ? shortText(entry.terms.name, 64) : 'a set'}`)
          .join('\n'),
      )
    } finally {
      ledger.provider.destroy()
    }
  })

  withLedgerOptions(terms.command('show <license|id>').description('show published terms')).action(
    async (name: string, options: LedgerOptions) => {
      const id = termsIdOfName(await loadLicenses(), name)
      const ledger = await openToRead(context, options)
      try {
        const [found] = await listTerms(ledger, { ids: [id] })
        if (!found)
          throw new UsageError(
            `The terms "${name}" (${id}) are not published on this ledger. Publish them: stemma terms publish ${name}.`,
          )
        print(context, options.json, found, () => toJson(found))
      } finally {
        ledger.provider.destroy()
      }
    },
  )

  withSendOptions(
    terms
      .command('publish [license]')
      .description('publish a license of the library')
      .option('--all', 'publish all that the ledger does not have'),
  ).action(async (license: string | undefined, options: SendOptions & { all?: boolean }) => {
    if ((license === undefined) === !options.all) throw new UsageError('Name one license of the library, or use --all.')
    const entries = (await loadLicenses()).filter(
      ({ id }) => options.all || id.toLowerCase() === license!.toLowerCase(),
    )
    if (entries.length === 0)
      throw new UsageError(`"${license}" is no license of the library. List them: stemma terms list --library.`)
    const ledger = await openToWrite(context, options)
    try {
      const published = new Set((await listTerms(ledger)).map(({ id }) => id))
      const added = []
      for (const entry of entries) {
        const found = termsOfLicense(entry)
        if (!found || published.has(termsIdOf(found))) continue
        const sent = await publishTerms(ledger, { terms: found, dryRun: options.dryRun ?? false })
        added.push({ license: entry.id, ...sent })
        context.stderr(`${entry.id}\n`)
      }
      print(
        context,
        options.json,
        added,
        () => `${added.length} published, ${entries.length - added.length} there before.`,
      )
    } finally {
      ledger.provider.destroy()
    }
  })
}
