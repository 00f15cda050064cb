import type { Address, Digest } from 'stemma/core'
import type { LedgerView } from './ledgerView.ts'
import { hex, number, optional, text } from './sql.ts'

/** What a publisher is known by, as of a view. */
export type PublisherState = {
  profile: Digest | null
  domain: string | null
  verifiedUntil: number | null
  verifier: Address | null
  controller: Address
  operators: { account: Address; until: number }[]
}

/** The state of a publisher. Any account is one that has said nothing yet. */
export async function publisherState(view: LedgerView, address: Address): Promise<PublisherState> {
  const account = await view.loaders.accountByAddress.load(address)
  if (!account)
    return { profile: null, domain: null, verifiedUntil: null, verifier: null, controller: address, operators: [] }
  const parameters = [account.n, view.block.number]
  const [[profile], [verification], [change], operators] = await Promise.all([
    view.queries.all(
      'SELECT * FROM profiles WHERE publisher = $1 AND block <= $2 ORDER BY block DESC, log DESC LIMIT 1',
      parameters,
    ),
    view.queries.all(
      `SELECT v.*, a.address FROM verifications v JOIN accounts a ON a.n = v.verifier
       WHERE v.publisher = $1 AND v.block <= $2 ORDER BY v.block DESC, v.log DESC LIMIT 1`,
      parameters,
    ),
    view.queries.all(
      `SELECT c.block, c.log, a.address FROM controllers c JOIN accounts a ON a.n = c.controller
       WHERE c.publisher = $1 AND c.block <= $2 AND c.accepted = 1 ORDER BY c.block DESC, c.log DESC LIMIT 1`,
      parameters,
    ),
    view.queries.all(
      `SELECT o.block, o.log, o.until, a.address FROM operators o JOIN accounts a ON a.n = o.operator
       WHERE o.publisher = $1 AND o.block <= $2 ORDER BY o.block, o.log`,
      parameters,
    ),
  ])
  const isLater = (one: typeof verification, other: typeof verification): boolean =>
    one !== undefined &&
    (other === undefined ||
      number(one.block) > number(other.block) ||
      (one.block === other.block && number(one.log) > number(other.log)))
  // A new profile ends the verification of the old one, and a new controller ends all operators.
  const isVerified =
    verification !== undefined && isLater(verification, profile) && number(verification.until) > view.now
  const until = new Map<Address, number>()
  for (const row of operators) if (isLater(row, change)) until.set(hex(row.address), number(row.until))
  return {
    profile: profile ? optional(profile.profile, hex<Digest>) : null,
    domain: profile ? text(profile.domain) || null : null,
    verifiedUntil: isVerified ? number(verification.until) : null,
    verifier: isVerified ? hex(verification.address) : null,
    controller: change ? hex(change.address) : address,
    operators: [...until]
      .filter(([, end]) => end > view.now)
      .map(([operator, end]) => ({ account: operator, until: end })),
  }
}
