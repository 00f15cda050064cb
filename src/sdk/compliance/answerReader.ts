import type { LedgerReader, PendingClaim } from '../../core/ports.ts'
import { listClaims } from '../claims/listClaims.ts'
import type { Ledger } from '../connect.ts'
import { readDomains } from '../registry/readDomains.ts'
import { nodeReader } from './nodeReader.ts'

/**
 * As {@link nodeReader}, and also reads which claims are pending, and what publishers call themselves. A report alone does not need them, so that a page that asks for one
 * does not download them.
 */
export function answerReader(ledger: Ledger): LedgerReader {
  return {
    ...nodeReader(ledger),
    readDomains: (publishers) => readDomains(ledger, publishers),
    async readPendingClaims(subjects): Promise<PendingClaim[]> {
      const claims = await listClaims(ledger, { subjects, states: ['filed', 'contested'] })
      return claims.map(({ claim, subject, parent, relation, claimant, state, accepted, evidence }) => {
        const pending = state as PendingClaim['state']
        return { claim, subject, parent, relation, claimant, state: pending, accepted, evidence }
      })
    },
  }
}
