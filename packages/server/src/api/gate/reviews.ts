import { type Hex, REVIEW_STATES, type ReviewOrder } from 'stemma/core'
import type { ReviewFilter } from 'stemma/query'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { bytes } from '../../indexer/values.ts'
import type { AccountReader } from '../chain/accounts.ts'
import { checkFirst, type PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, claimScan, countOf, listByPlace, makeCursor, pageOf, readCursor, type Listing } from '../paging.ts'
import type { ModelReader } from '../registry/models.ts'
import type { Conditions } from '../sql.ts'

/** A review as it was requested. */
export type ReviewRow = RowOf<'reviews'>

/** Everything known of a subject's review. The request is missing when the subject was certified or scanned without one. */
export type SubjectReview = {
  request: ReviewRow | undefined
  /** Where scanners can fetch the weights: the publisher's latest word, else the requester's. */
  uri: string | undefined
  history: RowOf<'review_states'>[]
  /** The last certification, or its end (`until` 0). */
  certification: RowOf<'certifications'> | undefined
  scans: RowOf<'scans'>[]
}

/** Reads reviews, certifications and scans. */
export class ReviewReader {
  readonly #view: LedgerView
  readonly #accounts: AccountReader
  readonly #models: ModelReader

  constructor(view: LedgerView, accounts: AccountReader, models: ModelReader) {
    this.#view = view
    this.#accounts = accounts
    this.#models = models
  }

  /** Reviews in an order. */
  async list(filter: ReviewFilter, page: PageArguments, order: ReviewOrder): Promise<Listing<ReviewRow>> {
    const { conditions, block } = asOf(this.#view)
    if (filter.weights != null) conditions.add(`weights = ${conditions.bind(bytes(filter.weights))}`)
    if (filter.state != null) {
      const last = `(SELECT s.state FROM review_states s WHERE s.subject = reviews.subject AND s.block <= ${block}
        ORDER BY s.block DESC, s.log DESC LIMIT 1)`
      conditions.add(`${last} = ${conditions.bind(REVIEW_STATES.indexOf(filter.state))}`)
    }
    if (filter.requester != null) {
      conditions.add(`requester = ${conditions.bind(await this.#accounts.keyOf(filter.requester))}`)
    }
    if (order === 'deadline') return listByDeadline(this.#view, conditions, page)
    return listByPlace(this.#view, 'reviews', conditions, page)
  }

  /** Everything known of a subject's review. */
  async ofSubject(subject: Hex): Promise<SubjectReview> {
    const [[request], uris, history, certifications] = await Promise.all([
      this.#rows('reviews', 'subject', subject),
      this.#rows('review_uris', 'subject', subject),
      this.#rows('review_states', 'subject', subject),
      this.#rows('certifications', 'subject', subject),
    ])
    const weights = request?.weights ?? (await this.#weightsOf(subject))
    return {
      request,
      uri: (uris.findLast((each) => each.byPublisher) ?? uris.at(-1) ?? request)?.uri,
      history,
      certification: certifications.at(-1),
      scans: await this.#rows('scans', 'weights', weights),
    }
  }

  async #rows<T extends 'reviews' | 'review_uris' | 'review_states' | 'certifications' | 'scans'>(
    table: T,
    column: 'subject' | 'weights',
    value: Hex,
  ): Promise<RowOf<T>[]> {
    const rows = await this.#view.queries.all(
      `SELECT * FROM ${table} WHERE ${column} = $1 AND block <= $2 ORDER BY block, log`,
      [bytes(value), this.#view.block.number],
    )
    return rows.map((row) => readRow(table, row))
  }

  /** The weights of a subject without a review request: those of the model, or the subject itself. */
  async #weightsOf(subject: Hex): Promise<Hex> {
    return (await this.#models.byId.load(subject))?.weights ?? subject
  }
}

/** Lists reviews by the end of their waiting periods, the earliest first. */
function listByDeadline(view: LedgerView, conditions: Conditions, page: PageArguments): Listing<ReviewRow> {
  const first = checkFirst(page.first)
  const kind = 'reviews-deadline'
  return {
    count: () => countOf(view, 'reviews', conditions),
    async page() {
      // Reviews have no index by their deadlines, so a page looks through all that meet the conditions.
      await claimScan(view)
      const after = await readCursor(view, kind, page.after, 3)
      const [deadline, block, log] = [1, 2, 3].map((place) => `$${conditions.parameters.length + place}`)
      const beyond = after ? ` AND (ready_at, block, log) > (${deadline}, ${block}, ${log})` : ''
      const rows = await view.queries.all(
        `SELECT * FROM reviews WHERE ${conditions.where}${beyond} ORDER BY ready_at, block, log LIMIT ${first + 1}`,
        [...conditions.parameters, ...(after?.place ?? [])],
      )
      return pageOf(
        rows.map((row) => readRow('reviews', row)),
        first,
        ({ readyAt, block, log }) => makeCursor(view, kind, [readyAt, block, log], block),
      )
    },
  }
}
