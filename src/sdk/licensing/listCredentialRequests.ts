import * as abi from '../../abi/licenseCredential.ts'
import {
  parseAddress,
  parseDigest,
  parseModelId,
  parseTierId,
  type Address,
  type CredentialId,
  type Digest,
  type Hex,
  type ModelId,
  type TierId,
} from '../../core/hex.ts'
import { credentialIdOf } from '../../core/tier.ts'
import type { Ledger } from '../connect.ts'
import { readEvents, type LedgerEvent } from '../logs.ts'
import { credentialKey } from './readCredential.ts'

/** What an account asked a publisher for, at its latest request. */
export type CredentialRequest = {
  model: ModelId
  tier: TierId
  holder: Address
  /** The credential that it would get. */
  credential: CredentialId
  /** SHA-256 of the application; zero for none. */
  details: Digest
  uri: string
  /** Number of the block. */
  block: number
  transaction: Hex
}

/** Requests in a page: as many as one filter asks about. */
const PAGE = 100

/**
 * Lists the open requests for credentials of a model, newest first: the latest of each account and tier, where no credential was issued
 * or refused (by a canceled offer). Anybody can ask, so a request costs no call, and reading stops at `first`.
 *
 * @example
 * const requests = await listCredentialRequests(ledger, { model, first: 20 })
 */
export async function listCredentialRequests(
  ledger: Ledger,
  parameters: listCredentialRequests.Parameters,
): Promise<CredentialRequest[]> {
  const { first = PAGE, ...topics } = parameters
  const asked = await readEvents(ledger, 'licenseCredential', abi.CredentialRequested, topics)
  const latest = new Map(asked.map((event) => [requestOf(event).credential, requestOf(event)]))
  const requests = [...latest.values()].sort((a, b) => b.block - a.block)
  const open: CredentialRequest[] = []
  for (let from = 0; from < requests.length && open.length < first; from += PAGE) {
    const page = requests.slice(from, from + PAGE)
    const credential = page.map((request) => request.credential)
    const answered = await Promise.all(
      [abi.CredentialIssued, abi.OfferCanceled].map((event) =>
        readEvents(ledger, 'licenseCredential', event, { credential }),
      ),
    )
    const ids = new Set(answered.flat().map(({ args }) => credentialKey(args.credential)))
    open.push(...page.filter((request) => !ids.has(request.credential)))
  }
  return open.slice(0, first)
}

export declare namespace listCredentialRequests {
  type Parameters = {
    model: ModelId
    tier?: TierId
    holder?: Address
    /** Most requests to list; 100 by default. */
    first?: number
  }
}

function requestOf({ args, block, transaction }: LedgerEvent): CredentialRequest {
  const model = parseModelId(args.model as string)
  const tier = parseTierId(args.tier as string)
  const holder = parseAddress(args.holder as string)
  const credential = credentialIdOf(model, tier, holder)
  const { details, uri } = args
  return {
    model,
    tier,
    holder,
    credential,
    details: parseDigest(details as string),
    uri: uri as string,
    block,
    transaction,
  }
}
