import {
  CLAIM_STATES,
  type ClaimState,
  EVIDENCE_GRADES,
  type Hex,
  INHERITANCE_STATES,
  type InheritanceState,
} from 'stemma/core'
import { hashWords } from '../../hash.ts'
import type { RowBuilder } from '../rowBuilder.ts'
import { optionalDigest } from '../registry/models.ts'
import { decimalOf, handler, textOf, type Handler } from '../handlers.ts'

type Filed = {
  claim: Hex
  subject: Hex
  parent: Hex
  claimant: Hex
  product: boolean
  relation: number
  replaces: Hex
  commitment: Hex
  contestUntil: number
  deposit: Hex
}
type Stated = { externalModel: Hex; model: Hex; publisher: Hex; account: Hex; bound: boolean; evidence: Hex }
type Attested = { model: Hex; parent: Hex; claim: Hex; relation: number; grade: number; undisclosed: boolean }

const LOADS = { loads: ['claims', 'claim_states'] } as const

/** Events of the claims. */
export const CLAIM_HANDLERS: Readonly<Record<string, Handler>> = {
  ClaimFiled: handler<Filed>(
    (rows, { args }) => {
      const { subject, product, relation, commitment } = args
      const claimant = rows.account(args.claimant)
      const model = product ? null : rows.find('models', subject)
      const claim = rows.create('claims', {
        id: args.claim,
        subject,
        model,
        product: product ? 1 : 0,
        parent: rows.find('models', args.parent),
        relation,
        replaces: optionalDigest(args.replaces),
        claimant,
        commitment,
        contest_until: args.contestUntil,
        deposit: decimalOf(args.deposit),
      })
      rows.event({ subject: claim, model, account: claimant })
    },
    {
      creates: 'claim',
      refers: { subject: 'models' },
      idOf: ({ claimant, subject, product, parent, relation, replaces, commitment }) =>
        hashWords([claimant, subject, product, parent, relation, replaces, commitment]),
    },
  ),

  EvidenceDisclosed: handler<{ claim: Hex; evidence: Hex; salt: Hex; uri: Uint8Array; contestUntil: number }>(
    (rows, { args }) => {
      const { evidence, salt, contestUntil } = args
      const disclosure = { evidence, salt, contest_until: contestUntil, uri: textOf(args.uri) }
      advance(rows, args.claim, null, { disclosed: 1, ...disclosure })
    },
    LOADS,
  ),
  EvidenceUriSet: handler<{ claim: Hex; uri: Uint8Array }>((rows, { args }) => {
    const disclosed = rows.rowsOf('claim_states', rows.find('claims', args.claim)).findLast(hasEvidence)
    advance(rows, args.claim, null, { evidence: disclosed?.evidence as string, uri: textOf(args.uri) })
  }, LOADS),
  ClaimContested: handler<{ claim: Hex; account: Hex; uri: Uint8Array }>((rows, { args }) => {
    advance(rows, args.claim, args.account, { state: stateOf('contested'), uri: textOf(args.uri) })
  }, LOADS),
  ClaimAccepted: handler<{ claim: Hex; adjudicator: Hex }>((rows, { args }) => {
    advance(rows, args.claim, args.adjudicator, { accepted: 1 })
  }, LOADS),
  ClaimAcknowledged: handler<{ claim: Hex; account: Hex }>((rows, { args }) => {
    advance(rows, args.claim, args.account, { state: stateOf('acknowledged') })
  }, LOADS),
  ClaimRuled: handler<{ claim: Hex; adjudicator: Hex; upheld: boolean; uri: Uint8Array }>((rows, { args }) => {
    const state = stateOf(args.upheld ? 'upheld' : 'rejected')
    advance(rows, args.claim, args.adjudicator, { state, uri: textOf(args.uri) })
  }, LOADS),
  ClaimWithdrawn: handler<{ claim: Hex }>((rows, { args }) => {
    advance(rows, args.claim, null, { state: stateOf('withdrawn') })
  }, LOADS),

  ParentAttested: handler<Attested>(
    (rows, { args }) => {
      const { relation, grade } = args
      const child = rows.find('models', args.model)
      const parent = rows.find('models', args.parent)
      const claim = rows.findOptional('claims', args.claim)
      const undisclosed = args.undisclosed ? 1 : 0
      // An edge begins where none stands: with its first evidence, and with the first after it was detached.
      const isOfParent = (row: Readonly<Record<string, unknown>>): boolean => row.parent === parent
      const begun = rows.rowsOf('edges', child).filter((row) => isOfParent(row) && row.position === -1).length
      const ended = rows.rowsOf('edge_grades', child).filter((row) => isOfParent(row) && row.detached === 1).length
      if (begun === ended)
        rows.insert('edges', { child, parent, relation, part: null, grade, undisclosed, position: -1, claim })
      rows.insert('edge_grades', { child, parent, grade, relation, undisclosed, claim, account: null, detached: 0 })
      rows.event({ subject: child, model: child, account: null })
    },
    { loads: ['edges', 'edge_grades'] },
  ),
  ParentDetached: handler<{ model: Hex; parent: Hex; account: Hex }>(
    (rows, { args }) => {
      const child = rows.find('models', args.model)
      const parent = rows.find('models', args.parent)
      const account = rows.account(args.account)
      const grade = EVIDENCE_GRADES.indexOf('acknowledged')
      const said = { relation: null, undisclosed: null, claim: null }
      rows.insert('edge_grades', { child, parent, grade, ...said, account, detached: 1 })
      rows.event({ subject: child, model: child, account })
    },
    { loads: ['edge_grades'] },
  ),
  ParentCountersigned: handler<{ model: Hex; parent: Hex; account: Hex }>((rows, { args }) => {
    const child = rows.find('models', args.model)
    const parent = rows.find('models', args.parent)
    const account = rows.account(args.account)
    const said = { relation: null, undisclosed: null, claim: null }
    rows.insert('edge_grades', {
      child,
      parent,
      grade: EVIDENCE_GRADES.indexOf('countersigned'),
      ...said,
      account,
      detached: 0,
    })
    rows.event({ subject: child, model: child, account })
  }),

  ClaimExtended: handler<{ claim: Hex; tensors: Hex; adjudicator: Hex }>((rows, { args }) => {
    const claim = rows.find('claims', args.claim)
    const account = rows.account(args.adjudicator)
    rows.insert('claim_extensions', { claim, tensors: args.tensors, account })
    rows.event({ subject: claim, model: null, account })
  }),
  InheritanceOpened: handler<{ claim: Hex; model: Hex; contestUntil: number }>((rows, { args }) => {
    const pair = pairOf(rows, args)
    rows.insert('inheritances', { ...pair, contest_until: args.contestUntil })
    rows.event({ subject: pair.claim, model: pair.model, account: null })
  }),
  InheritanceContested: handler<{ claim: Hex; model: Hex; account: Hex; uri: Uint8Array }>((rows, { args }) =>
    advanceInheritance(rows, pairOf(rows, args), 'contested', { by: args.account, uri: args.uri }),
  ),
  InheritanceRuled: handler<{ claim: Hex; model: Hex; adjudicator: Hex; upheld: boolean; uri: Uint8Array }>(
    (rows, { args }) => {
      const state = args.upheld ? 'applied' : 'rejected'
      advanceInheritance(rows, pairOf(rows, args), state, { by: args.adjudicator, uri: args.uri })
    },
  ),
  ClaimInherited: handler<{ claim: Hex; model: Hex }>(
    (rows, { args }) => {
      const pair = pairOf(rows, args)
      // A model that inherits at once was not asked for before.
      const isOpen = rows.rowsOf('inheritances', pair.model).some(({ claim }) => claim === pair.claim)
      if (!isOpen) rows.insert('inheritances', { ...pair, contest_until: 0 })
      advanceInheritance(rows, pair, 'applied')
    },
    { loads: ['inheritances'] },
  ),

  ExternalReplaced: handler<{ model: Hex; externalModel: Hex; claim: Hex }>((rows, { args }) => {
    const child = rows.find('models', args.model)
    const claim = rows.find('claims', args.claim)
    rows.insert('external_replacements', { child, external: args.externalModel, claim })
    rows.event({ subject: child, model: child, account: null })
  }),
  BindingStated: handler<Stated>((rows, { args }) => {
    const model = rows.find('models', args.model)
    const publisher = rows.account(args.publisher)
    rows.insert('binding_statements', {
      external: args.externalModel,
      model,
      publisher,
      bound: args.bound ? 1 : 0,
      account: rows.account(args.account),
      evidence: optionalDigest(args.evidence),
    })
    rows.event({ subject: publisher, model, account: publisher })
  }),

  DepositCredited: handler<{ claim: Hex; account: Hex; amount: Hex }>((rows, { args }) => {
    const claim = rows.find('claims', args.claim)
    const account = rows.account(args.account)
    rows.insert('deposits', { account, claim, recipient: null, amount: decimalOf(args.amount) })
    rows.event({ subject: claim, model: null, account })
  }),
  DepositWithdrawn: handler<{ account: Hex; to: Hex; amount: Hex }>((rows, { args }) => {
    const account = rows.account(args.account)
    rows.insert('deposits', {
      account,
      claim: null,
      recipient: rows.account(args.to),
      amount: decimalOf(args.amount),
    })
    rows.event({ subject: account, model: null, account })
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

/** The keys of an upheld claim and of a model that inherits it, or would. */
type Pair = { claim: number; model: number }

function pairOf(rows: RowBuilder, { claim, model }: { claim: Hex; model: Hex }): Pair {
  return { claim: rows.find('claims', claim), model: rows.find('models', model) }
}

/** Adds the state of an inheritance after an event. It changes no claim. */
function advanceInheritance(
  rows: RowBuilder,
  pair: Pair,
  state: InheritanceState,
  reasons?: { by: Hex; uri: Uint8Array },
): void {
  const account = reasons ? rows.account(reasons.by) : null
  const uri = reasons ? textOf(reasons.uri) : null
  rows.insert('inheritance_states', { ...pair, state: INHERITANCE_STATES.indexOf(state), account, uri })
  rows.event({ subject: pair.claim, model: pair.model, account })
}

function hasEvidence(row: Readonly<Record<string, unknown>>): boolean {
  return row.evidence !== null
}

/** Adds the state of a claim after an event: the last state with the event's changes. */
function advance(rows: RowBuilder, id: Hex, by: Hex | null, change: Change): void {
  const claim = rows.find('claims', id)
  const [filed] = rows.rowsOf('claims', claim)
  const last = rows.rowsOf('claim_states', claim).at(-1)
  const account = by === null ? null : rows.account(by)
  rows.insert('claim_states', {
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
  rows.event({ subject: claim, model: filed!.model as number | null, account })
}

function stateOf(state: ClaimState): number {
  return CLAIM_STATES.indexOf(state)
}
