import { loadLicenses } from '../../src/artifacts/licenseLibrary.ts'
import type { TermsId } from '../../src/core/hex.ts'
import { termsIdOf } from '../../src/core/terms.ts'
import { termsOfLicense } from '../../src/documents/license.ts'
import type { Ledger } from '../../src/sdk/connect.ts'
import { listTerms } from '../../src/sdk/licensing/listTerms.ts'
import { publishTerms } from '../../src/sdk/licensing/publishTerms.ts'

/**
 * Publishes the license library as terms, except for what the ledger already has. Returns the ids of the new terms.
 *
 * @param atOnce how many transactions may wait for their blocks: more than one only where the node signs, because it counts the
 *   transactions of an account
 */
export async function publishLicenses(ledger: Ledger, { atOnce = 1 } = {}): Promise<TermsId[]> {
  const published = new Set((await listTerms(ledger)).map(({ id }) => id))
  const missing = (await loadLicenses())
    .map(termsOfLicense)
    .filter((terms) => terms !== null)
    .filter((terms) => !published.has(termsIdOf(terms)))
  const added: TermsId[] = []
  for (let start = 0; start < missing.length; start += atOnce) {
    const sent = missing.slice(start, start + atOnce).map((terms) => publishTerms(ledger, { terms }))
    added.push(...(await Promise.all(sent)).map(({ terms }) => terms))
  }
  return added
}
