import type { PendingClaim } from '../core/ports.ts'
import { shortText } from '../core/text.ts'
import type { Claim } from '../sdk/claims/listClaims.ts'
import { fields, formatTime, formatWei } from './format.ts'

/** States of claims that nobody has decided: they are listed, and change no answer. */
export const PENDING = ['filed', 'contested'] as const

/** A claim for people. */
export function formatClaim(claim: Claim): string {
  const { subject, product, parent, relation, claimant, state, accepted, contestUntil, evidence, answer, ruling } =
    claim
  return fields(`claim ${claim.claim}`, [
    ['state', `${state}${accepted && (state === 'filed' || state === 'contested') ? ', accepted for ruling' : ''}`],
    [product ? 'product' : 'model', subject],
    ['made from', `${parent} (${relation})`],
    ['claimant', claimant],
    ['deposit', formatWei(claim.deposit)],
    ...(state === 'filed' ? ([['contest until', formatTime(contestUntil)]] as const) : []),
    ['evidence', evidence ? `${evidence.digest} ${formatPlace(evidence.uri)}` : 'not disclosed'],
    ...(answer ? ([['answer', `by ${answer.account} ${formatPlace(answer.uri)}`]] as const) : []),
    ...(ruling
      ? ([
          ['ruling', `${ruling.upheld ? 'upheld' : 'rejected'} by ${ruling.adjudicator} ${formatPlace(ruling.uri)}`],
        ] as const)
      : []),
  ])
}

/** A pending claim in one line. */
export function formatPendingClaim(pending: PendingClaim | Claim): string {
  const { claim, parent, relation, evidence, state, accepted } = pending
  const stands = [state, ...(accepted ? ['accepted for ruling'] : []), ...(evidence ? [] : ['evidence not disclosed'])]
  return `${claim}: made from ${parent} (${relation}); ${stands.join(', ')}`
}

function formatPlace(uri: string): string {
  return uri === '' ? '' : `at ${shortText(uri, 200)}`
}
