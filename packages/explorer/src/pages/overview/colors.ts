import type { OverviewSearch } from '../../app/address.ts'
import type { Ledger } from './readOverview.ts'

/** Most categories that have a color of their own; what is left shares one. */
const MOST = 8
const OTHER = 255

/** A category: what it is called, and how many models are in it. */
export type Category = { key: number; name: string; models: number; color: string }

/** The categories of an overview, and the one of a model. */
export type Coloring = { categories: readonly Category[]; of: (place: number) => Category }

type Names = { states: readonly string[]; others: string; notStated: string }

/** Colors by status, license or publisher. The colors are the variables of the style sheet, which has them light and dark. */
export function coloringOf(ledger: Ledger, by: OverviewSearch['by'], names: Names): Coloring {
  const places = by === 'status' ? ledger.icicle.worst : by === 'license' ? ledger.licenses : ledger.publishers
  const labels =
    by === 'status'
      ? names.states
      : by === 'license'
        ? ledger.licenseCounts.map(({ terms }) =>
            terms === null ? names.notStated : (terms.name ?? terms.id.slice(0, 10)),
          )
        : ledger.publisherCounts.map(({ publisher }) => publisher.domain || `${publisher.address.slice(0, 8)}…`)
  const counts = new Uint32Array(256)
  const counted = by === 'status' ? ledger.states : places
  for (const key of counted) counts[key < MOST && key < labels.length ? key : OTHER]! += 1
  const prefix = by === 'status' ? '--state' : '--group'
  const own = labels
    .slice(0, MOST)
    .map((name, key): Category => ({ key, name, models: counts[key]!, color: `${prefix}-${key}` }))
  const others: Category = { key: OTHER, name: names.others, models: counts[OTHER]!, color: '--group-other' }
  return {
    categories: [...own, others].filter(({ models }) => models > 0),
    of: (place) => own[places[place]!] ?? others,
  }
}
