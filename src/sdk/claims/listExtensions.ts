import * as abi from '../../abi/lineageClaims.ts'
import { parseClaimId, type ClaimId } from '../../core/claim.ts'
import { parseAddress, parseDigest, type Address, type Digest } from '../../core/hex.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'

/** An extension of an upheld claim: any model that is registered with the tensors may inherit it. */
export type ClaimExtension = { claim: ClaimId; tensors: Digest; adjudicator: Address }

/** Lists the tensors to which adjudicators extended claims, oldest first: of all claims, unless some are named. */
export async function listExtensions(
  ledger: Ledger,
  parameters: { claims?: readonly ClaimId[] } = {},
): Promise<ClaimExtension[]> {
  const { claims } = parameters
  const events = await readEvents(ledger, 'lineageClaims', abi.ClaimExtended, { ...(claims && { claim: claims }) })
  return events.map(({ args }) => ({
    claim: parseClaimId(args.claim as string),
    tensors: parseDigest(args.tensors as string),
    adjudicator: parseAddress(args.adjudicator as string),
  }))
}
