import { scopesOf, type Address, type Digest, type Scope } from 'stemma/core'
import type { Row } from '../../indexer/database.ts'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { hex, number } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, listByKey, type Listing } from '../paging.ts'

/** The state of a publisher. */
export type PublisherState = {
  profile: Digest | null
  domain: string | null
  verifiedFrom: number | null
  verifiedUntil: number | null
  verifier: Address | null
  controller: Address
  operators: { account: Address; scopes: Scope[]; until: number }[]
}

/** Reads publishers. Every account is one, even if it has published nothing yet. */
export class PublisherReader {
  readonly #view: LedgerView
  readonly #accounts: AccountReader

  constructor(view: LedgerView, accounts: AccountReader) {
    this.#view = view
    this.#accounts = accounts
  }

  /** Accounts that registered a model or stated a profile, oldest first. */
  list(page: PageArguments): Listing<RowOf<'accounts'>> {
    const { queries } = this.#view
    const { conditions, block } = asOf(this.#view)
    const count = async (): Promise<number> => {
      const [row] = await queries.all(
        `SELECT count(*) AS count FROM (SELECT publisher FROM models WHERE block <= $1
         UNION SELECT publisher FROM profiles WHERE block <= $1) AS publishers`,
        [this.#view.block.number],
      )
      return number(row?.count)
    }
    conditions.add(
      `(EXISTS (SELECT 1 FROM models m WHERE m.publisher = accounts.n AND m.block <= ${block})
        OR EXISTS (SELECT 1 FROM profiles p WHERE p.publisher = accounts.n AND p.block <= ${block}))`,
    )
    return { ...listByKey(this.#view, 'accounts', conditions, 'ASC', page), count }
  }

  /** Publishers whose last profile claims a domain. */
  async byDomain(domain: string, first: number): Promise<Address[]> {
    const rows = await this.#view.queries.all(
      `SELECT a.address, min(p.block) AS since FROM profiles p JOIN accounts a ON a.n = p.publisher
       WHERE p.domain = $1 AND p.block <= $2
       AND NOT EXISTS (SELECT 1 FROM profiles l WHERE l.publisher = p.publisher AND l.block <= $2 AND (l.block, l.log) > (p.block, p.log))
       GROUP BY a.address ORDER BY since LIMIT ${first}`,
      [domain, this.#view.block.number],
    )
    return rows.map((row) => hex(row.address))
  }

  /** The state of a publisher. */
  async stateOf(address: Address): Promise<PublisherState> {
    const account = await this.#accounts.byAddress.load(address)
    if (!account) {
      const unverified = { verifiedFrom: null, verifiedUntil: null, verifier: null }
      return { profile: null, domain: null, ...unverified, controller: address, operators: [] }
    }
    const { queries, now } = this.#view
    const parameters = [account.n, this.#view.block.number]
    const [[profile], [verification], [change], operators] = await Promise.all([
      queries.all(
        'SELECT * FROM profiles WHERE publisher = $1 AND block <= $2 ORDER BY block DESC, log DESC LIMIT 1',
        parameters,
      ),
      queries.all(
        `SELECT v.*, a.address FROM verifications v JOIN accounts a ON a.n = v.verifier
         WHERE v.publisher = $1 AND v.block <= $2 ORDER BY v.block DESC, v.log DESC LIMIT 1`,
        parameters,
      ),
      queries.all(
        `SELECT c.block, c.log, a.address FROM controllers c JOIN accounts a ON a.n = c.controller
         WHERE c.publisher = $1 AND c.block <= $2 AND c.accepted = 1 ORDER BY c.block DESC, c.log DESC LIMIT 1`,
        parameters,
      ),
      queries.all(
        `SELECT o.block, o.log, o.scopes, o.until, a.address FROM operators o JOIN accounts a ON a.n = o.operator
         WHERE o.publisher = $1 AND o.block <= $2 ORDER BY o.block, o.log`,
        parameters,
      ),
    ])
    const stated = profile && readRow('profiles', profile)
    // A new profile or a new controller clears the verification, and a new controller ends all operators. One that has merely ended
    // still vouches for what was said before its end.
    const isVerified =
      verification !== undefined &&
      isLater(verification, profile) &&
      isLater(verification, change) &&
      number(verification.until) > 0
    const named = new Map<Address, { scopes: Scope[]; until: number }>()
    for (const row of operators) {
      if (!isLater(row, change)) continue
      named.set(hex(row.address), { scopes: scopesOf(number(row.scopes)), until: number(row.until) })
    }
    return {
      profile: stated?.profile ?? null,
      domain: stated?.domain || null,
      verifiedFrom: isVerified ? number(verification.since) : null,
      verifiedUntil: isVerified ? number(verification.until) : null,
      verifier: isVerified ? hex(verification.address) : null,
      controller: change ? hex(change.address) : address,
      operators: [...named].filter(([, { until }]) => until > now).map(([account, rights]) => ({ account, ...rights })),
    }
  }
}

/** Whether a row is later on the chain than another, if there is one. */
function isLater(one: Row, other: Row | undefined): boolean {
  return (
    other === undefined ||
    number(one.block) > number(other.block) ||
    (one.block === other.block && number(one.log) > number(other.log))
  )
}
