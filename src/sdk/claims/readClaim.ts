import type { ClaimId } from '../../core/claim.ts'
import { StemmaError } from '../../core/errors.ts'
import type { Ledger } from '../connect.ts'
import { listClaims, type Claim } from './listClaims.ts'

/** Reads one claim as it stands now. @throws {@link ClaimNotFoundError} when there is none of that id */
export async function readClaim(ledger: Ledger, parameters: { claim: ClaimId }): Promise<Claim> {
  const [found] = await listClaims(ledger, { claims: [parameters.claim] })
  if (!found) throw new ClaimNotFoundError(parameters.claim, ledger.deployment.name)
  return found
}

/** Thrown when there is no claim of an id. */
export class ClaimNotFoundError extends StemmaError {
  override name = 'ClaimNotFoundError'
  constructor(claim: ClaimId, deployment: string) {
    super(
      'CLAIM_NOT_FOUND',
      `There is no claim ${claim} on the ledger "${deployment}". Check the id, or choose another deployment.`,
    )
  }
}
