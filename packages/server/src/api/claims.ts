import {
  type Address,
  CLAIM_STATES,
  type ClaimState,
  type Digest,
  type Hex,
  type Relation,
  relationName,
} from 'stemma/core'
import type { Row } from '../indexer/database.ts'
import type { PageArguments } from './cursor.ts'
import type { LedgerView } from './ledgerView.ts'
import { accountKey, modelKey } from './lists.ts'
import { asOf, byKey, type Listing } from './paging.ts'
import type { Origin } from './records.ts'
import { bytes, hex, number, optional, text } from './sql.ts'

/** A claim as it was filed. */
export type ClaimRecord = Origin & {
  n: number
  id: Hex
  subject: Hex
  model: number | null
  product: boolean
  parent: number
  relation: Relation
  claimant: number
  contestUntil: number
  deposit: bigint
}

/** Where a claim stood after an event. */
export type ClaimStateRecord = Origin & {
  state: ClaimState
  disclosed: boolean
  accepted: boolean
  contestUntil: number
  account: number | null
  evidence: Digest | null
  uri: string | null
}

/** What claims are looked for by. */
export type ClaimFilter = {
  subject?: Hex | null
  parent?: Hex | null
  claimant?: Address | null
  state?: ClaimState | null
}

/** A claim; undefined when there is none as of the view. */
export async function findClaim(view: LedgerView, id: Hex): Promise<ClaimRecord | undefined> {
  const [row] = await view.queries.all('SELECT * FROM claims WHERE id = $1 AND block <= $2', [
    bytes(id),
    view.block.number,
  ])
  return row && claimRecord(row)
}

/** Claims, newest first. */
export async function listClaims(
  view: LedgerView,
  filter: ClaimFilter,
  page: PageArguments,
): Promise<Listing<ClaimRecord>> {
  const { conditions, block } = asOf(view)
  if (filter.subject != null) conditions.add(`subject = ${conditions.bind(bytes(filter.subject))}`)
  if (filter.parent != null) conditions.add(`parent = ${conditions.bind(await modelKey(view, filter.parent))}`)
  if (filter.claimant != null) conditions.add(`claimant = ${conditions.bind(await accountKey(view, filter.claimant))}`)
  if (filter.state != null) {
    const last = `(SELECT s.state FROM claim_states s WHERE s.claim = claims.n AND s.block <= ${block}
      ORDER BY s.block DESC, s.log DESC LIMIT 1)`
    const filed = CLAIM_STATES.indexOf('filed')
    conditions.add(`coalesce(${last}, ${filed}) = ${conditions.bind(CLAIM_STATES.indexOf(filter.state))}`)
  }
  return byKey(view, 'claims', conditions, 'DESC', page, claimRecord)
}

/** What became of a claim after it was filed, oldest first. */
export async function claimHistory(view: LedgerView, claim: number): Promise<ClaimStateRecord[]> {
  const rows = await view.queries.all(
    'SELECT * FROM claim_states WHERE claim = $1 AND block <= $2 ORDER BY block, log',
    [claim, view.block.number],
  )
  return rows.map((row) => ({
    state: CLAIM_STATES[number(row.state)]!,
    disclosed: number(row.disclosed) === 1,
    accepted: number(row.accepted) === 1,
    contestUntil: number(row.contest_until),
    account: optional(row.account, number),
    evidence: optional(row.evidence, hex<Digest>),
    uri: optional(row.uri, text),
    block: number(row.block),
    log: number(row.log),
  }))
}

function claimRecord(row: Row): ClaimRecord {
  return {
    n: number(row.n),
    id: hex(row.id),
    subject: hex(row.subject),
    model: optional(row.model, number),
    product: number(row.product) === 1,
    parent: number(row.parent),
    relation: relationName(number(row.relation))!,
    claimant: number(row.claimant),
    contestUntil: number(row.contest_until),
    deposit: BigInt(text(row.deposit)),
    block: number(row.block),
    log: number(row.log),
  }
}
