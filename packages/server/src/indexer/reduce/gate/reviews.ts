import { type Hex, REVIEW_STATES, type ReviewState } from 'stemma/core'
import type { Draft } from '../draft.ts'
import { handler, textOf, type Handler } from '../handlers.ts'
import { optionalDigest } from '../registry/models.ts'

type Requested = {
  subject: Hex
  weights: Hex
  requester: Hex
  ofModel: boolean
  readyAt: number
  readyBlock: number
  quorum: number
  uri: Uint8Array
}
type Attested = {
  weights: Hex
  scanner: Hex
  report: Hex
  ruleset: Hex
  scannedAt: number
  verdict: number
  uri: Uint8Array
}

/** A subject is a model's id, or the digest of weights that nobody registered. */
const REFERS = { refers: { subject: 'models' } } as const

/** Events of the review gate. */
export const REVIEW_HANDLERS: Readonly<Record<string, Handler>> = {
  ReviewRequested: handler<Requested>((draft, { args }) => {
    const { subject, weights } = args
    const requester = draft.account(args.requester)
    draft.insert('reviews', {
      subject,
      weights,
      model: args.ofModel ? draft.find('models', subject) : null,
      requester,
      ready_at: args.readyAt,
      ready_block: args.readyBlock,
      quorum: args.quorum,
      uri: textOf(args.uri),
    })
    advance(draft, subject, args.requester, 'frozen')
  }, REFERS),
  ReviewCleared: handler<{ subject: Hex; account: Hex; uses: number }>((draft, { args }) => {
    advance(draft, args.subject, args.account, 'cleared', { uses: args.uses })
  }, REFERS),
  ReviewQuarantined: handler<{ subject: Hex; account: Hex }>((draft, { args }) => {
    advance(draft, args.subject, args.account, 'quarantined')
  }, REFERS),
  SubjectRecalled: handler<{ subject: Hex; account: Hex; reason: Uint8Array }>((draft, { args }) => {
    advance(draft, args.subject, args.account, 'recalled', { reason: textOf(args.reason) })
  }, REFERS),

  SubjectCertified: handler<{ subject: Hex; weights: Hex; certifier: Hex; uses: number; until: number }>(
    (draft, { args }) => {
      const { subject, weights, uses, until } = args
      const account = draft.account(args.certifier)
      draft.insert('certifications', { subject, weights, account, uses, until, reason: null })
      draft.event({ subject: null, model: draft.lookUp('models', subject), account })
    },
    REFERS,
  ),
  CertificationWithdrawn: handler<{ subject: Hex; account: Hex; reason: Uint8Array }>((draft, { args }) => {
    const { subject } = args
    const account = draft.account(args.account)
    const reason = textOf(args.reason)
    draft.insert('certifications', { subject, weights: null, account, uses: 0, until: 0, reason })
    draft.event({ subject: null, model: draft.lookUp('models', subject), account })
  }, REFERS),

  ScanAttested: handler<Attested>((draft, { args }) => {
    const { weights, report, ruleset, verdict } = args
    const scanner = draft.account(args.scanner)
    const uri = textOf(args.uri)
    draft.insert('scans', { weights, scanner, report, ruleset, scanned_at: args.scannedAt, verdict, uri })
    draft.event({ subject: null, model: null, account: scanner })
  }),
  OrganizationSet: handler<{ scanner: Hex; organization: Hex }>((draft, { args }) => {
    const scanner = draft.account(args.scanner)
    draft.insert('organizations', { scanner, organization: optionalDigest(args.organization) })
    draft.event({ subject: null, model: null, account: scanner })
  }),
  ReviewPeriodSet: handler<{ period: number }>((draft, { args }) => {
    draft.insert('gate_settings', { period: args.period, quorum: null })
    draft.event({ subject: null, model: null, account: null })
  }),
  QuorumSet: handler<{ quorum: number }>((draft, { args }) => {
    draft.insert('gate_settings', { period: null, quorum: args.quorum })
    draft.event({ subject: null, model: null, account: null })
  }),
}

function advance(
  draft: Draft,
  subject: Hex,
  by: Hex,
  state: ReviewState,
  { uses = 0, reason = null }: { uses?: number; reason?: string | null } = {},
): void {
  const account = draft.account(by)
  draft.insert('review_states', { subject, state: REVIEW_STATES.indexOf(state), uses, account, reason })
  draft.event({ subject: null, model: draft.lookUp('models', subject), account })
}
