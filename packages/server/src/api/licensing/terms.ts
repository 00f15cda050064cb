import type DataLoader from 'dataloader'

import { type Hex, type TermsBody, type TermsId, type TermsLabel, type ThresholdBody, ZERO_DIGEST } from 'stemma/core'
import { readRow, type RowOf } from '../../indexer/rows.ts'
import { number } from '../../indexer/values.ts'
import type { PageArguments } from '../cursor.ts'
import type { LedgerView } from '../ledgerView.ts'
import { asOf, claimScan, listByKey, type Listing } from '../paging.ts'
import { bytesList, isAmongBytes, NO_KEY, plainText } from '../sql.ts'
import { knownById, loadAll, loaderById, loaderByKey, loaderOfLists } from '../tableLoaders.ts'

/** Terms, or a set of terms. */
export type TermsRow = RowOf<'terms'>

/** Which terms: those with a name, or those whose name begins with a text, in either case. */
export type TermsFilter = { name?: string | null | undefined; startsWith?: string | null | undefined }

/** The id of terms that a registration does not state. */
export const UNSTATED = ZERO_DIGEST as string as TermsId

/** Reads terms and sets of terms. */
export class TermsReader {
  readonly byKey: DataLoader<number, TermsRow>
  readonly byId: DataLoader<Hex, TermsRow | undefined>
  readonly thresholds: DataLoader<number, RowOf<'thresholds'>[]>
  readonly #view: LedgerView

  constructor(view: LedgerView) {
    this.#view = view
    this.byId = loaderById(view, 'terms')
    this.byKey = loaderByKey(view, 'terms', knownById(view, this.byId))
    this.thresholds = loaderOfLists(view, 'thresholds', 'terms', 'terms, position')
  }

  /** The key of terms; {@link NO_KEY} when there are none with the id. */
  async keyOf(id: Hex): Promise<number> {
    return (await this.byId.load(id))?.n ?? NO_KEY
  }

  /** The id of terms; zero when they are not stated. */
  async idOf(key: number | null): Promise<TermsId> {
    return key === null ? UNSTATED : (await this.byKey.load(key)).id
  }

  /** What terms are called, by their ids. */
  async labelsOf(ids: readonly TermsId[]): Promise<Map<TermsId, TermsLabel>> {
    const found = (await loadAll(this.byId, ids)).filter((row) => row !== undefined)
    const keysOf = (row: TermsRow): number[] => [
      ...new Set([row.weightsTerms, row.outputsTerms].filter((key) => key !== null)),
    ]
    const keys = [...new Set(found.flatMap(keysOf))]
    const [rows, bodies] = await Promise.all([loadAll(this.byKey, keys), this.bodiesOf(keys)])
    const parts = new Map(rows.map((row) => [row.n, { ...labelOf(row), ...bodies.get(row.n)! }]))
    return new Map(found.map((row) => [row.id, { ...labelOf(row), parts: keysOf(row).map((key) => parts.get(key)!) }]))
  }

  /** What terms mean, by their keys. */
  async bodiesOf(keys: readonly (number | null)[]): Promise<Map<number, { id: TermsId; body: TermsBody }>> {
    const stated = [...new Set(keys.filter((key) => key !== null))]
    const [terms, thresholds] = await Promise.all([loadAll(this.byKey, stated), loadAll(this.thresholds, stated)])
    return new Map(
      terms.map(({ n, id, rights, unstated, flags, family, outbound, duties }, index) => [
        n,
        {
          id,
          body: { rights, unstated, flags, family, outbound, duties, thresholds: thresholds[index]!.map(thresholdOf) },
        },
      ]),
    )
  }

  /** Keys of the terms with a name, and of the sets whose weights have them. */
  async keysByName(name: string): Promise<number[]> {
    const rows = await this.#view.queries.all(
      'SELECT n FROM terms WHERE name = $1 UNION SELECT s.n FROM terms t JOIN terms s ON s.weights_terms = t.n WHERE t.name = $1',
      [name],
    )
    return rows.map((row) => number(row.n))
  }

  /** The first terms whose texts have one of these digests. */
  async findByTexts(digests: readonly Hex[], most: number): Promise<TermsRow[]> {
    const { dialect } = this.#view.queries
    const { conditions } = asOf(this.#view)
    conditions.add(isAmongBytes(dialect, 'text', conditions.bind(bytesList(dialect, digests))))
    const rows = await this.#view.queries.all(
      `SELECT * FROM terms WHERE ${conditions.where} ORDER BY n LIMIT ${most}`,
      conditions.parameters,
    )
    return rows.map((row) => readRow('terms', row))
  }

  /** The names of the first terms that were published, for suggestions. */
  async firstNames(): Promise<string[]> {
    const rows = await this.#view.queries.all(
      `SELECT name FROM terms WHERE name IS NOT NULL AND block <= $1 ORDER BY n LIMIT ${MOST_NAMES}`,
      [this.#view.block.number],
    )
    return [...new Set(rows.map(({ name }) => String(name)))]
  }

  /** Terms and sets of terms, oldest first. */
  async list({ name, startsWith }: TermsFilter, page: PageArguments): Promise<Listing<TermsRow>> {
    const { conditions } = asOf(this.#view)
    if (name != null) conditions.add(`name = ${conditions.bind(plainText(name))}`)
    if (startsWith != null) {
      await claimScan(this.#view)
      const text = plainText(startsWith).toLowerCase()
      conditions.add(`substr(lower(name), 1, ${conditions.bind(Array.from(text).length)}) = ${conditions.bind(text)}`)
    }
    return listByKey(this.#view, 'terms', conditions, 'ASC', page)
  }
}

/** Most terms of which the names are compared with a text. */
const MOST_NAMES = 300

function labelOf({ name, uri, text }: TermsRow): Omit<TermsLabel, 'parts'> {
  return { name: name ?? undefined, uri: uri ?? '', text: text ?? ZERO_DIGEST }
}

/** A threshold as an evaluation reads it: in codes and masks. */
export function thresholdOf(row: RowOf<'thresholds'>): ThresholdBody {
  const { metric, subject, amount, withdraws, adds, uses, param, flags } = row
  return { metric, subject, limit: amount, withdraws, adds, uses, param, flags }
}
