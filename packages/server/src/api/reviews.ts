import { type Digest, type Hex, REVIEW_STATES, type ReviewState, SCAN_VERDICTS, type ScanVerdict } from 'stemma/core'
import type { Row } from '../indexer/database.ts'
import type { PageArguments } from './cursor.ts'
import type { LedgerView } from './ledgerView.ts'
import { asOf, byPlace, type Listing } from './paging.ts'
import type { Origin } from './records.ts'
import { bytes, hex, number, optional, text } from './sql.ts'

/** A review as it was requested. */
export type ReviewRecord = Origin & {
  subject: Hex
  weights: Digest
  requester: number
  readyAt: number
  readyBlock: number
  quorum: number
  uri: string
}

/** Where a review stood after an event. */
export type ReviewStateRecord = Origin & { state: ReviewState; uses: number; account: number; reason: string | null }

/** A certifier's word, or its end (`until` 0). */
export type CertificationRecord = Origin & {
  weights: Digest | null
  account: number
  uses: number
  until: number
  reason: string | null
}

/** A scan report. */
export type ScanRecord = Origin & {
  scanner: number
  report: Digest
  ruleset: Digest
  scannedAt: number
  verdict: ScanVerdict
  uri: string
}

/** What reviews are looked for by. */
export type ReviewFilter = { weights?: Hex | null; state?: ReviewState | null }

/** Reviews, newest first. */
export function listReviews(view: LedgerView, filter: ReviewFilter, page: PageArguments): Listing<ReviewRecord> {
  const { conditions, block } = asOf(view)
  if (filter.weights != null) conditions.add(`weights = ${conditions.bind(bytes(filter.weights))}`)
  if (filter.state != null) {
    const last = `(SELECT s.state FROM review_states s WHERE s.subject = reviews.subject AND s.block <= ${block}
      ORDER BY s.block DESC, s.log DESC LIMIT 1)`
    conditions.add(`${last} = ${conditions.bind(REVIEW_STATES.indexOf(filter.state))}`)
  }
  return byPlace(view, 'reviews', conditions, page, reviewRecord)
}

/** All that is known of a subject's review; the request is missing when it was recalled without one. */
export async function readReview(
  view: LedgerView,
  subject: Hex,
): Promise<{
  request: ReviewRecord | undefined
  history: ReviewStateRecord[]
  certification: CertificationRecord | undefined
  scans: ScanRecord[]
}> {
  const parameters = [bytes(subject), view.block.number]
  const read = (table: string): Promise<Row[]> =>
    view.queries.all(`SELECT * FROM ${table} WHERE subject = $1 AND block <= $2 ORDER BY block, log`, parameters)
  const [[request], history, certifications] = await Promise.all([
    read('reviews'),
    read('review_states'),
    read('certifications'),
  ])
  const weights = request ? hex<Digest>(request.weights) : await weightsOf(view, subject)
  const scans = await view.queries.all('SELECT * FROM scans WHERE weights = $1 AND block <= $2 ORDER BY block, log', [
    bytes(weights),
    view.block.number,
  ])
  const last = certifications.at(-1)
  return {
    request: request && reviewRecord(request),
    history: history.map(stateRecord),
    certification: last && certificationRecord(last),
    scans: scans.map(scanRecord),
  }
}

/** The weights of a subject that nobody asked a review for: those of the model, or the subject itself. */
async function weightsOf(view: LedgerView, subject: Hex): Promise<Hex> {
  return (await view.loaders.modelById.load(subject))?.weights ?? subject
}

function reviewRecord(row: Row): ReviewRecord {
  return {
    subject: hex(row.subject),
    weights: hex(row.weights),
    requester: number(row.requester),
    readyAt: number(row.ready_at),
    readyBlock: number(row.ready_block),
    quorum: number(row.quorum),
    uri: text(row.uri),
    block: number(row.block),
    log: number(row.log),
  }
}

function stateRecord(row: Row): ReviewStateRecord {
  return {
    state: REVIEW_STATES[number(row.state)]!,
    uses: number(row.uses),
    account: number(row.account),
    reason: optional(row.reason, text),
    block: number(row.block),
    log: number(row.log),
  }
}

function certificationRecord(row: Row): CertificationRecord {
  return {
    weights: optional(row.weights, hex<Digest>),
    account: number(row.account),
    uses: number(row.uses),
    until: number(row.until),
    reason: optional(row.reason, text),
    block: number(row.block),
    log: number(row.log),
  }
}

function scanRecord(row: Row): ScanRecord {
  return {
    scanner: number(row.scanner),
    report: hex(row.report),
    ruleset: hex(row.ruleset),
    scannedAt: number(row.scanned_at),
    verdict: SCAN_VERDICTS[number(row.verdict)]!,
    uri: text(row.uri),
    block: number(row.block),
    log: number(row.log),
  }
}
