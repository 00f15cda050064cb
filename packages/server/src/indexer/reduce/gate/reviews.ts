import { type Hex, REVIEW_STATES, type ReviewState } from 'stemma/core'
import type { RowBuilder } from '../rowBuilder.ts'
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
  tensors: Hex
  scope: number
  scanner: Hex
  report: Hex
  ruleset: Hex
  scannedAt: number
  verdict: number
  uri: Uint8Array
}

/** A subject is a model's id, or the digest of unregistered weights. */
const REFERS = { refers: { subject: 'models' } } as const

/** Events of the review gate. */
export const REVIEW_HANDLERS: Readonly<Record<string, Handler>> = {
  ReviewRequested: handler<Requested>((rows, { args }) => {
    const { subject, weights } = args
    const requester = rows.account(args.requester)
    rows.insert('reviews', {
      subject,
      weights,
      model: args.ofModel ? rows.find('models', subject) : null,
      requester,
      ready_at: args.readyAt,
      ready_block: args.readyBlock,
      quorum: args.quorum,
      uri: textOf(args.uri),
    })
    advance(rows, subject, args.requester, 'frozen')
  }, REFERS),
  ReviewCleared: handler<{ subject: Hex; account: Hex }>((rows, { args }) => {
    advance(rows, args.subject, args.account, 'cleared')
  }, REFERS),
  ReviewFrozenAgain: handler<{ subject: Hex; account: Hex }>((rows, { args }) => {
    advance(rows, args.subject, args.account, 'frozen')
  }, REFERS),
  ReviewQuarantined: handler<{ subject: Hex; account: Hex }>((rows, { args }) => {
    advance(rows, args.subject, args.account, 'quarantined')
  }, REFERS),
  ReviewUriSet: handler<{ subject: Hex; account: Hex; byPublisher: boolean; uri: Uint8Array }>((rows, { args }) => {
    const { subject, byPublisher } = args
    const account = rows.account(args.account)
    rows.insert('review_uris', { subject, account, by_publisher: byPublisher ? 1 : 0, uri: textOf(args.uri) })
    rows.event({ subject: null, model: rows.lookUp('models', subject), account })
  }, REFERS),

  SubjectCertified: handler<{ subject: Hex; weights: Hex; certifier: Hex; uses: number; until: number }>(
    (rows, { args }) => {
      const { subject, weights, uses, until } = args
      const account = rows.account(args.certifier)
      rows.insert('certifications', { subject, weights, account, uses, until, reason: null })
      rows.event({ subject: null, model: rows.lookUp('models', subject), account })
    },
    REFERS,
  ),
  CertificationWithdrawn: handler<{ subject: Hex; account: Hex; reason: Uint8Array }>((rows, { args }) => {
    const { subject } = args
    const account = rows.account(args.account)
    const reason = textOf(args.reason)
    rows.insert('certifications', { subject, weights: null, account, uses: 0, until: 0, reason })
    rows.event({ subject: null, model: rows.lookUp('models', subject), account })
  }, REFERS),

  ScanAttested: handler<Attested>((rows, { args }) => {
    const { weights, scope, report, ruleset, verdict } = args
    const tensors = optionalDigest(args.tensors)
    const scanner = rows.account(args.scanner)
    const uri = textOf(args.uri)
    rows.insert('scans', {
      weights,
      scanner,
      tensors,
      scope,
      report,
      ruleset,
      scanned_at: args.scannedAt,
      verdict,
      uri,
    })
    rows.event({ subject: null, model: null, account: scanner })
  }),
  OrganizationSet: handler<{ scanner: Hex; organization: Hex }>((rows, { args }) => {
    const scanner = rows.account(args.scanner)
    rows.insert('organizations', { scanner, organization: optionalDigest(args.organization) })
    rows.event({ subject: null, model: null, account: scanner })
  }),
  ReviewPeriodSet: handler<{ period: number }>((rows, { args }) => {
    setting(rows, { period: args.period })
  }),
  MarginSet: handler<{ margin: number }>((rows, { args }) => {
    setting(rows, { margin: args.margin })
  }),
  MinBlocksSet: handler<{ blocks: number }>((rows, { args }) => {
    setting(rows, { blocks: args.blocks })
  }),
  QuorumSet: handler<{ quorum: number }>((rows, { args }) => {
    setting(rows, { quorum: args.quorum })
  }),
}

function advance(rows: RowBuilder, subject: Hex, by: Hex, state: ReviewState): void {
  const account = rows.account(by)
  rows.insert('review_states', { subject, state: REVIEW_STATES.indexOf(state), account })
  rows.event({ subject: null, model: rows.lookUp('models', subject), account })
}

type Setting = { period: number } | { margin: number } | { blocks: number } | { quorum: number }

function setting(rows: RowBuilder, value: Setting): void {
  rows.insert('gate_settings', { period: null, margin: null, blocks: null, quorum: null, ...value })
  rows.event({ subject: null, model: null, account: null })
}
