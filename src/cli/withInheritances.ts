import type { Digest } from '../core/hex.ts'
import type { Ledger } from '../sdk/connect.ts'
import type { Claim } from '../sdk/claims/listClaims.ts'
import { listExtensions } from '../sdk/claims/listExtensions.ts'
import { listInheritances, type Inheritance } from '../sdk/claims/listInheritances.ts'

/** A claim, the tensors to which it was extended, and the models that inherit it or would. */
export type ClaimWithInheritances = Claim & { extensions: Digest[]; inheritances: Omit<Inheritance, 'claim'>[] }

/** Adds to claims what became of them after their ruling. Only upheld ones are asked about. */
export async function withInheritances(ledger: Ledger, claims: readonly Claim[]): Promise<ClaimWithInheritances[]> {
  const upheld = { claims: claims.filter(({ state }) => state === 'upheld').map(({ claim }) => claim) }
  const [extended, inherited] = await Promise.all([listExtensions(ledger, upheld), listInheritances(ledger, upheld)])
  return claims.map((each) => ({
    ...each,
    extensions: extended.filter(({ claim }) => claim === each.claim).map(({ tensors }) => tensors),
    inheritances: inherited
      .filter(({ claim }) => claim === each.claim)
      .map(({ claim: _, ...inheritance }) => inheritance),
  }))
}
