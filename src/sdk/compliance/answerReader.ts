import type { LedgerReader, PendingClaim } from '../../core/ports.ts'
import { listClaims } from '../claims/listClaims.ts'
import type { Ledger } from '../connect.ts'
import { readPublisher } from '../registry/readPublisher.ts'
import { nodeReader } from './nodeReader.ts'

/**
 * As {@link nodeReader}, and also reads who vouches for a publisher, and which claims are pending. A report alone needs neither, so that
 * a page that asks for one does not download them.
 */
export function answerReader(ledger: Ledger): LedgerReader {
  return {
    ...nodeReader(ledger),
    async readVerifiedUntil(publisher): Promise<number> {
      return (await readPublisher(ledger, { publisher })).verifiedUntil
    },
    async readPendingClaims(subjects): Promise<PendingClaim[]> {
      const claims = await listClaims(ledger, { subjects, states: ['filed', 'contested'] })
      return claims.map(({ claim, subject, parent, relation, claimant, state, accepted, evidence }) => {
        const pending = state as PendingClaim['state']
        return { claim, subject, parent, relation, claimant, state: pending, accepted, evidence }
      })
    },
  }
}
