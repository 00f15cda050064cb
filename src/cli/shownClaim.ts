import { shortText } from '../core/text.ts'
import type { Claim } from '../sdk/claims/listClaims.ts'
import { fields, shownTime } from './shown.ts'

/** Claims that are not decided: shown, while nothing follows from them. */
export const PENDING = ['filed', 'contested'] as const

/** A claim for people. */
export function shownClaim(claim: Claim): string {
  const { subject, product, parent, relation, claimant, state, accepted, contestUntil, evidence, answer, ruling } =
    claim
  return fields(`claim ${claim.claim}`, [
    ['state', `${state}${accepted && (state === 'filed' || state === 'contested') ? ', accepted for ruling' : ''}`],
    [product ? 'product' : 'model', subject],
    ['made from', `${parent} (${relation})`],
    ['claimant', claimant],
    ['deposit', `${claim.deposit} wei`],
    ...(state === 'filed' ? ([['contest until', shownTime(contestUntil)]] as const) : []),
    ['evidence', evidence ? `${evidence.digest} ${shownUri(evidence.uri)}` : 'not disclosed'],
    ...(answer ? ([['answer', `by ${answer.account} ${shownUri(answer.uri)}`]] as const) : []),
    ...(ruling
      ? ([
          ['ruling', `${ruling.upheld ? 'upheld' : 'rejected'} by ${ruling.adjudicator} ${shownUri(ruling.uri)}`],
        ] as const)
      : []),
  ])
}

/** A pending claim in one line. */
export function shownPending({ claim, parent, relation, evidence, state, accepted }: Claim): string {
  const stands = [state, ...(accepted ? ['accepted for ruling'] : []), ...(evidence ? [] : ['evidence not disclosed'])]
  return `${claim}: made from ${parent} (${relation}); ${stands.join(', ')}`
}

function shownUri(uri: string): string {
  return uri === '' ? '' : `at ${shortText(uri, 200)}`
}
