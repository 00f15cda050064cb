import type { PendingClaim } from '../core/ports.ts'
import { shortText } from '../core/text.ts'
import type { Claim } from '../sdk/claims/listClaims.ts'
import type { Inheritance } from '../sdk/claims/listInheritances.ts'
import { fields, formatTime, formatWei } from './format.ts'
import type { ClaimWithInheritances } from './withInheritances.ts'

/** States of claims that nobody has decided: they are listed, and change no answer. */
export const PENDING = ['filed', 'contested'] as const

/** A claim for people. */
export function formatClaim(claim: ClaimWithInheritances): string {
  const {
    subject,
    product,
    parent,
    relation,
    replaces,
    claimant,
    state,
    accepted,
    contestUntil,
    evidence,
    answer,
    ruling,
  } = claim
  return fields(`claim ${claim.claim}`, [
    ['state', `${state}${accepted && (state === 'filed' || state === 'contested') ? ', accepted for ruling' : ''}`],
    [product ? 'product' : 'model', subject],
    ['made from', `${parent} (${relation})`],
    ...(replaces ? ([['in place of', `the external parent ${replaces}`]] as const) : []),
    ['claimant', claimant],
    ['deposit', formatWei(claim.deposit)],
    ...(state === 'filed' ? ([['contest until', formatTime(contestUntil)]] as const) : []),
    ['evidence', evidence ? `${evidence.digest} ${formatPlace(evidence.uri)}` : 'not disclosed'],
    ...(answer ? ([['answer', `by ${answer.account} ${formatPlace(answer.uri)}`]] as const) : []),
    ...(ruling ? ([['ruling', formatRuling(ruling)]] as const) : []),
    ...claim.extensions.map((tensors) => ['extended to', `models with the tensors ${tensors}`] as const),
    ...claim.inheritances.map((inheritance) => ['inherited', formatInheritance(inheritance)] as const),
  ])
}

/** A pending claim in one line. */
export function formatPendingClaim(pending: PendingClaim | Claim): string {
  const { claim, parent, relation, evidence, state, accepted } = pending
  const stands = [state, ...(accepted ? ['accepted for ruling'] : []), ...(evidence ? [] : ['evidence not disclosed'])]
  return `${claim}: made from ${parent} (${relation}); ${stands.join(', ')}`
}

/** Where the inheritance of a claim by a model stands, in one line. */
function formatInheritance({ model, state, contestUntil, answer, ruling }: Omit<Inheritance, 'claim'>): string {
  const stands = state === 'pending' ? `pending; contest until ${formatTime(contestUntil)}` : state
  return [
    `by ${model}: ${stands}`,
    ...(answer ? [`answer by ${answer.account} ${formatPlace(answer.uri)}`.trimEnd()] : []),
    ...(ruling ? [`ruling: ${formatRuling(ruling)}`.trimEnd()] : []),
  ].join('; ')
}

function formatRuling({ upheld, adjudicator, uri }: NonNullable<Claim['ruling']>): string {
  return `${upheld ? 'upheld' : 'rejected'} by ${adjudicator} ${formatPlace(uri)}`
}

function formatPlace(uri: string): string {
  return uri === '' ? '' : `at ${shortText(uri, 200)}`
}
