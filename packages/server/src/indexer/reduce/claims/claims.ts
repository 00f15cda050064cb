import { CLAIM_STATES, type ClaimState, EVIDENCE_GRADES, type Hex } from 'stemma/core'
import { hashWords } from '../../hash.ts'
import type { Draft } from '../draft.ts'
import { decimalOf, handler, textOf, type Handler } from '../handlers.ts'

type Filed = {
  claim: Hex
  subject: Hex
  parent: Hex
  claimant: Hex
  product: boolean
  relation: number
  commitment: Hex
  contestUntil: number
  deposit: Hex
}
type Attested = { model: Hex; parent: Hex; claim: Hex; relation: number; grade: number; undisclosed: boolean }

const LOADS = { loads: ['claims', 'claim_states'] } as const

/** Events of the claims. */
export const CLAIM_HANDLERS: Readonly<Record<string, Handler>> = {
  ClaimFiled: handler<Filed>(
    (draft, { args }) => {
      const { subject, product, relation, commitment } = args
      const claimant = draft.account(args.claimant)
      const model = product ? null : draft.find('models', subject)
      const claim = draft.create('claims', {
        id: args.claim,
        subject,
        model,
        product: product ? 1 : 0,
        parent: draft.find('models', args.parent),
        relation,
        claimant,
        commitment,
        contest_until: args.contestUntil,
        deposit: decimalOf(args.deposit),
      })
      draft.event({ subject: claim, model, account: claimant })
    },
    {
      creates: 'claim',
      refers: { subject: 'models' },
      idOf: ({ claimant, subject, product, parent, relation, commitment }) =>
        hashWords([claimant, subject, product, parent, relation, commitment]),
    },
  ),

  EvidenceDisclosed: handler<{ claim: Hex; evidence: Hex; salt: Hex; uri: Uint8Array; contestUntil: number }>(
    (draft, { args }) => {
      const { evidence, salt, contestUntil } = args
      const shown = { evidence, salt, contest_until: contestUntil, uri: textOf(args.uri) }
      advance(draft, args.claim, null, { disclosed: 1, ...shown })
    },
    LOADS,
  ),
  ClaimContested: handler<{ claim: Hex; account: Hex; uri: Uint8Array }>((draft, { args }) => {
    advance(draft, args.claim, args.account, { state: stateOf('contested'), uri: textOf(args.uri) })
  }, LOADS),
  ClaimAccepted: handler<{ claim: Hex; adjudicator: Hex }>((draft, { args }) => {
    advance(draft, args.claim, args.adjudicator, { accepted: 1 })
  }, LOADS),
  ClaimAcknowledged: handler<{ claim: Hex; account: Hex }>((draft, { args }) => {
    advance(draft, args.claim, args.account, { state: stateOf('acknowledged') })
  }, LOADS),
  ClaimRuled: handler<{ claim: Hex; adjudicator: Hex; upheld: boolean; uri: Uint8Array }>((draft, { args }) => {
    const state = stateOf(args.upheld ? 'upheld' : 'rejected')
    advance(draft, args.claim, args.adjudicator, { state, uri: textOf(args.uri) })
  }, LOADS),
  ClaimWithdrawn: handler<{ claim: Hex }>((draft, { args }) => {
    advance(draft, args.claim, null, { state: stateOf('withdrawn') })
  }, LOADS),

  ParentAttested: handler<Attested>(
    (draft, { args }) => {
      const { relation, grade } = args
      const child = draft.find('models', args.model)
      const parent = draft.find('models', args.parent)
      const claim = draft.findOptional('claims', args.claim)
      const undisclosed = args.undisclosed ? 1 : 0
      if (!draft.rowsOf('edges', child).some((edge) => edge.parent === parent)) {
        draft.insert('edges', { child, parent, relation, grade, undisclosed, position: -1, claim })
      }
      draft.insert('edge_grades', { child, parent, grade, relation, undisclosed, claim, account: null })
      draft.event({ subject: child, model: child, account: null })
    },
    { loads: ['edges'] },
  ),
  ParentCountersigned: handler<{ model: Hex; parent: Hex; account: Hex }>((draft, { args }) => {
    const child = draft.find('models', args.model)
    const parent = draft.find('models', args.parent)
    const account = draft.account(args.account)
    const said = { relation: null, undisclosed: null, claim: null }
    draft.insert('edge_grades', { child, parent, grade: EVIDENCE_GRADES.indexOf('countersigned'), ...said, account })
    draft.event({ subject: child, model: child, account })
  }),

  DepositCredited: handler<{ claim: Hex; account: Hex; amount: Hex }>((draft, { args }) => {
    const claim = draft.find('claims', args.claim)
    const account = draft.account(args.account)
    draft.insert('deposits', { account, claim, recipient: null, amount: decimalOf(args.amount) })
    draft.event({ subject: claim, model: null, account })
  }),
  DepositWithdrawn: handler<{ account: Hex; to: Hex; amount: Hex }>((draft, { args }) => {
    const account = draft.account(args.account)
    draft.insert('deposits', {
      account,
      claim: null,
      recipient: draft.account(args.to),
      amount: decimalOf(args.amount),
    })
    draft.event({ subject: account, model: null, account })
  }),
}

type Change = Partial<{
  state: number
  disclosed: number
  accepted: number
  contest_until: number
  evidence: string
  salt: string
  uri: string
}>

/** Adds where a claim stands after an event: as before, but for what the event changes. */
function advance(draft: Draft, id: Hex, by: Hex | null, change: Change): void {
  const claim = draft.find('claims', id)
  const [filed] = draft.rowsOf('claims', claim)
  const last = draft.rowsOf('claim_states', claim).at(-1)
  const account = by === null ? null : draft.account(by)
  draft.insert('claim_states', {
    claim,
    state: (last?.state as number | undefined) ?? stateOf('filed'),
    disclosed: (last?.disclosed as number | undefined) ?? 0,
    accepted: (last?.accepted as number | undefined) ?? 0,
    contest_until: (last?.contest_until ?? filed!.contest_until) as number,
    account,
    evidence: null,
    salt: null,
    uri: null,
    ...change,
  })
  draft.event({ subject: claim, model: filed!.model as number | null, account })
}

function stateOf(state: ClaimState): number {
  return CLAIM_STATES.indexOf(state)
}
