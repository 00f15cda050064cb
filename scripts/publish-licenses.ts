/**
 * Publishes the license library as terms, but those that the ledger has already.
 * Usage: node scripts/publish-licenses.ts [--deployment local] [--rpc url]
 */
import { loadLicenses } from '../src/artifacts/licenseLibrary.ts'
import type { TermsId } from '../src/core/hex.ts'
import { termsIdOf } from '../src/core/terms.ts'
import { termsOfLicense } from '../src/documents/license.ts'
import type { Ledger } from '../src/sdk/connect.ts'
import { listTerms } from '../src/sdk/licensing/listTerms.ts'
import { publishTerms } from '../src/sdk/licensing/publishTerms.ts'
import { openFromArguments } from './openFromArguments.ts'

/** Publishes what is missing and returns the ids of the terms that are new. */
export async function publishLicenses(ledger: Ledger): Promise<TermsId[]> {
  const published = new Set((await listTerms(ledger)).map(({ id }) => id))
  const added: TermsId[] = []
  for (const license of await loadLicenses()) {
    const terms = termsOfLicense(license)
    if (terms === null || published.has(termsIdOf(terms))) continue
    added.push((await publishTerms(ledger, { terms })).terms)
  }
  return added
}

if (process.argv[1] === import.meta.filename) {
  const { ledger } = await openFromArguments()
  console.log(JSON.stringify({ published: await publishLicenses(ledger) }, null, 2))
}
