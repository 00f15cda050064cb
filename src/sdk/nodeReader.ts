import type { ModelId, TermsId } from '../core/hex.ts'
import type { LedgerReader } from '../core/ports.ts'
import type { Registration } from '../core/registration.ts'
import type { Ledger } from './connect.ts'
import { listTerms } from './listTerms.ts'
import { readLineage } from './readLineage.ts'
import { readRegistrations } from './readRegistrations.ts'

/** Reads a ledger from a node alone: the state in one call to the lens, registrations and terms from events. */
export function nodeReader(ledger: Ledger): LedgerReader {
  return {
    source: 'node',
    readLineage: (model, licensee) => readLineage(ledger, { model, licensee }),
    async readRegistrations(models): Promise<Map<ModelId, Registration>> {
      const found = await readRegistrations(ledger, { models })
      return new Map(found.map(({ model, registration }) => [model, registration]))
    },
    async readTermsNames(ids): Promise<Map<TermsId, string>> {
      const found = await listTerms(ledger, { ids })
      const names = new Map(found.flatMap((entry) => ('terms' in entry ? [[entry.id, entry.terms.name] as const] : [])))
      return names
    },
    async findByWeights(weights): Promise<ModelId[]> {
      return (await readRegistrations(ledger, { weights })).map(({ model }) => model)
    },
  }
}
