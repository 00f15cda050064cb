import { parseClaimId, type ClaimId } from '../core/claim.ts'
import type { Ledger } from '../sdk/connect.ts'
import type { Sent, WriteOptions } from '../sdk/transact.ts'
import type { Context } from '../console/context.ts'
import { send, type SendOptions } from './open.ts'

/** Sends one transaction about the claim that an argument names. */
export async function sendAboutClaim(
  context: Context,
  id: string,
  options: SendOptions,
  action: (ledger: Ledger, parameters: WriteOptions & { claim: ClaimId }) => Promise<Sent>,
): Promise<void> {
  const claim = parseClaimId(id)
  await send(context, options, (ledger, write) => action(ledger, { claim, ...write }))
}
