import type { ModelId, TermsId } from '../../core/hex.ts'
import type { LedgerReader } from '../../core/ports.ts'
import type { Registration } from '../../core/registration.ts'
import type { Ledger } from '../connect.ts'
import { listTerms } from '../licensing/listTerms.ts'
import { readLineage } from '../registry/readLineage.ts'
import { readRegistrations } from '../registry/readRegistrations.ts'
import { listUsage } from '../audit/readUsage.ts'

/** Most registrations, and most names of terms, that a reader remembers. */
const MOST_REMEMBERED = 10_000

/**
 * Reads a ledger from a node alone. The state takes one call to the lens; registrations and terms come from events, and those not
 * known yet take one round trip.
 *
 * A reader remembers the registrations and the terms that it has read, because their ids prove them at any time. What was not
 * found is asked for again. Keep a reader to pay for a lineage's registrations once: from then on, a verification takes only the
 * call to the lens.
 */
export function nodeReader(ledger: Ledger): LedgerReader {
  const registrations = new Map<ModelId, Registration>()
  /** Sets of terms have no name. */
  const names = new Map<TermsId, string | undefined>()
  return {
    source: 'node',
    readLineage: (model, licensee) => readLineage(ledger, { model, licensee }),
    async readRegistrations(models): Promise<Map<ModelId, Registration>> {
      const missing = models.filter((model) => !registrations.has(model))
      const read = missing.length > 0 ? await readRegistrations(ledger, { models: missing }) : []
      const found = new Map(read.map(({ model, registration }) => [model, registration]))
      const known = models.flatMap((model) => entryOf(model, found.get(model) ?? registrations.get(model)))
      for (const [model, registration] of found) registrations.set(model, registration)
      forgetOldest(registrations)
      return new Map(known)
    },
    async readTermsNames(ids): Promise<Map<TermsId, string>> {
      const missing = ids.filter((id) => !names.has(id) && BigInt(id) !== 0n)
      const found = missing.length > 0 ? await listTerms(ledger, { ids: missing }) : []
      for (const entry of found) names.set(entry.id, 'terms' in entry ? entry.terms.name : undefined)
      const known = new Map(ids.flatMap((id) => entryOf(id, names.get(id))))
      forgetOldest(names)
      return known
    },
    readUsage: (credentials) => listUsage(ledger, { credentials }),
    async findByWeights(weights): Promise<ModelId[]> {
      return (await readRegistrations(ledger, { weights })).map(({ model }) => model)
    },
  }
}

function entryOf<K, V>(key: K, value: V | undefined): [K, V][] {
  return value === undefined ? [] : [[key, value]]
}

/** A map gives its keys in the order in which they were set. */
function forgetOldest(map: Map<unknown, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= MOST_REMEMBERED) return
    map.delete(key)
  }
}
