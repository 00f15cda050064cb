import * as abi from '../../abi/usageAudit.ts'
import type { Address } from '../../core/hex.ts'
import {
  encodeServing,
  endpointOf,
  SERVING_TYPES,
  type ServingStatement,
  type SignedServing,
} from '../../core/serving.ts'
import type { Ledger } from '../connect.ts'
import { methodOf } from '../contracts.ts'
import { reading } from '../nodeErrors.ts'
import { readEpoch } from '../registry/readEpoch.ts'
import { senderOf, signTypedData } from '../transact.ts'

/**
 * Signs a statement about an endpoint (EIP-712) with the ledger's signer and sends nothing; anybody can anchor it, once. The signature
 * ends with its deadline, with any other word of the publisher about the endpoint, and when control of the publisher changes.
 *
 * @throws {@link ReadOnlyError} when the ledger was connected by a provider
 */
export async function signServing(ledger: Ledger, parameters: signServing.Parameters): Promise<SignedServing> {
  const { statement, deadline } = parameters
  const { publisher, origin, name } = statement
  const revisionOf = methodOf(ledger, 'usageAudit', abi.servingRevisionOf)
  const [account, epoch, latest] = await Promise.all([
    senderOf(ledger),
    readEpoch(ledger, publisher),
    reading(() => revisionOf(publisher, endpointOf(origin, name))),
  ])
  const signer = parameters.signer ?? (account as Address)
  const revision = Number(latest) + 1
  const { chainId, contracts } = ledger.deployment
  const signature = await signTypedData(
    ledger,
    { name: 'Stemma Usage Audit', version: '1', chainId, verifyingContract: contracts.usageAudit },
    SERVING_TYPES,
    { statement: encodeServing(statement), epoch, revision, deadline },
  )
  return { statement, signer, epoch, revision, deadline, signature }
}

export declare namespace signServing {
  type Parameters = {
    statement: ServingStatement
    /** Last second at which the statement can be anchored (Unix seconds). */
    deadline: number
    /** A publisher or an operator that is a contract and accepts the key's signature (ERC-1271); the key's account by default. */
    signer?: Address
  }
}
