import type { Command } from 'commander'

import { loadLicenses } from '../../../artifacts/licenseLibrary.ts'
import { termsIdOf, type Terms } from '../../../core/terms.ts'
import type { TermsId } from '../../../core/hex.ts'
import { parseLicense, termsOfLicense, type LicenseEntry } from '../../../documents/license.ts'
import { listTerms } from '../../../sdk/licensing/listTerms.ts'
import { publishTerms } from '../../../sdk/licensing/publishTerms.ts'
import { followingOptions, type Sent } from '../../../sdk/transact.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { readJsonFile } from '../../../console/files.ts'
import { termsNamed, UnknownLicenseError } from '../../names.ts'
import { sign, summaryOf, type SendOptions } from '../../open.ts'
import { writeOptionsOf } from '../../writeOptions.ts'
import { SENT_JSON, withSendOptions } from '../../../console/options.ts'

/** `stemma terms publish`: publishes licenses of the library or from files. */
export function termsPublish(command: Command, context: Context): void {
  withSendOptions(command.option('--all', 'publish the whole library'), {
    example: '$ stemma terms publish MIT Apache-2.0\n$ stemma terms publish --all',
    json: `{ published: [{ license, terms, ${SENT_JSON}],\n  skipped: [{ license, terms }] }`,
  }).action(async (names: string[], options: SendOptions & { all?: boolean }) => {
    if ((names.length === 0) === !options.all) {
      throw new UsageError('Name licenses of the library or files, or use --all for the whole library.')
    }
    const write = writeOptionsOf(context, options)
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
            ...(await publishTerms(ledger, { terms: entry, ...followingOptions(write, published.length) })),
          })
        known.add(id)
      }
      const marked = published.map((sent) => ({ ...sent, ...(options.dryRun && { dryRun: true }) }))
      print(context, options.json, { published: marked, skipped }, () =>
        [
          ...published.map((sent) => `${sent.license} ${sent.terms}\n  ${summaryOf(sent)}`),
          `${published.length} ${options.dryRun ? 'would be published' : 'published'}, ${skipped.length} already there.`,
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
    else {
      const terms = termsNamed(licenses, name)
      found.push([terms.name, terms])
    }
  }
  return found
}
