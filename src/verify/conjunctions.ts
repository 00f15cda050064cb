import type { TermsId } from '../core/hex.ts'
import type { TermsLabel } from '../core/ports.ts'
import type { Terms } from '../core/terms.ts'
import type { LicenseEntry } from '../documents/license.ts'

/**
 * The terms of the licenses that all apply (`A AND B`), by the names of terms that say so. The parser of such names brings the names of all
 * licenses along, so it loads only where there is one.
 *
 * @param labels what the terms of a lineage are called
 */
export async function conjunctionsNamed(
  labels: ReadonlyMap<TermsId, TermsLabel>,
  licenses: readonly LicenseEntry[],
): Promise<ReadonlyMap<string, Terms>> {
  const all = [...labels.values()].flatMap(({ name, parts }) => [name, ...parts.map((part) => part.name)])
  const names = new Set(all.filter((name) => name !== undefined && /\sAND\s/i.test(name)))
  if (names.size === 0) return new Map()
  const { readConjunction } = await import('../interop/readConjunction.ts')
  return new Map(
    [...names].flatMap((name): [string, Terms][] => {
      const conjunction = readConjunction(name!, licenses)
      return conjunction && 'terms' in conjunction ? [[name!, conjunction.terms]] : []
    }),
  )
}
