import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import type { LedgerOf } from 'stemma/query'

import { api, momentOf, useStatus } from '../../api/queries.ts'
import { OVERVIEW_COLORS, type OverviewSearch } from '../../app/address.ts'
import { useSettings, useWordsOf } from '../../app/settings.tsx'
import { useChange } from '../../app/useChange.ts'
import { useFormats } from '../../ui/formats.ts'
import { nameOf } from '../../ui/names.ts'
import { PageHead } from '../../ui/PageHead.tsx'
import { Loaded, ModelLink, Name, ShortId } from '../../ui/parts.tsx'
import { Canvas } from './Canvas.tsx'
import { coloringOf, type Coloring } from './colors.ts'
import { wayTo, windowOf } from './icicle.ts'
import { readOverview, type Ledger } from './readOverview.ts'
import { words as ownWords } from './words.ts'
import '../../style/stacks.css'
import './overview.css'

/** Models of the table beside the picture. */
const LISTED = 50

type Model = LedgerOf<'ModelsAt'>['modelsAt'][number]

/** The whole ledger as one picture. */
export function OverviewPage() {
  const words = useWordsOf(ownWords)
  const search = useSearch({ from: '/overview' })
  const found = useQuery({
    queryKey: ['overview', search.at],
    queryFn: ({ signal }) => readOverview(search.at, signal),
    staleTime: Infinity,
  })
  return (
    <>
      <PageHead title={words.title} />
      <Loaded of={found} lines={10}>
        {(ledger) =>
          ledger.models === 0 ? (
            <p className="notice">{words.empty}</p>
          ) : (
            <Picture ledger={ledger} search={search} refetch={() => void found.refetch()} key={ledger.block.hash} />
          )
        }
      </Loaded>
    </>
  )
}

function Picture({ ledger, search, refetch }: { ledger: Ledger; search: OverviewSearch; refetch: () => void }) {
  const words = useWordsOf(ownWords)
  const { theme } = useSettings()
  const { number } = useFormats()
  const change = useChange<OverviewSearch>()
  const { icicle } = ledger
  const root = search.root !== undefined && search.root < ledger.models ? search.root : undefined
  const [selected, setSelected] = useState<number | undefined>(root)
  const [wanted, setWanted] = useState<readonly number[]>([])
  const largest = useMemo(() => largestIn(ledger, root), [ledger, root])
  const way = root === undefined ? [] : wayTo(icicle, root)
  const names = useNames([...new Set([...way, ...largest, ...wanted])], search.at)
  const chosen = useNames(selected === undefined ? [] : [selected], search.at)
  const modelAt = (place: number): Model | undefined => names.get(place) ?? chosen.get(place)
  const coloring = useMemo(() => coloringOf(ledger, search.by, words), [ledger, search.by, words])
  const { data: status } = useStatus()
  const hasGrown = search.at === undefined && status !== undefined && status.block.number > ledger.block.number
  const goTo = (place: number | undefined): void => change({ root: place })
  const onNames = useCallback((places: readonly number[]) => setWanted(places), [])
  return (
    <>
      <p className="muted">
        {words.lead(number(ledger.models))} {words.asOf(number(ledger.block.number))}
      </p>
      {ledger.truncated && <p className="notice">{words.truncated}</p>}
      <div className="overview-tools">
        <label>
          {words.by}{' '}
          <select value={search.by} onChange={(event) => change({ by: event.target.value as OverviewSearch['by'] })}>
            {OVERVIEW_COLORS.map((each) => (
              <option key={each} value={each}>
                {words.colors[each]}
              </option>
            ))}
          </select>
        </label>
        {hasGrown && (
          <button type="button" className="link" onClick={refetch}>
            {words.newer}
          </button>
        )}
      </div>
      <Legend coloring={coloring} />
      <nav aria-label={words.path}>
        <ol className="way">
          <li>
            {root === undefined ? (
              words.all
            ) : (
              <button type="button" className="link" onClick={() => goTo(undefined)}>
                {words.all}
              </button>
            )}
          </li>
          {way.map((place) => (
            <li key={place}>
              <button type="button" className="link" disabled={place === root} onClick={() => goTo(place)}>
                <Name text={modelAt(place) ? nameOf(modelAt(place)!) : '…'} />
              </button>
            </li>
          ))}
        </ol>
      </nav>
      <Canvas
        icicle={icicle}
        coloring={coloring}
        root={root}
        selected={selected}
        theme={theme}
        nameOf={(place) => {
          const model = modelAt(place)
          return model && nameOf(model)
        }}
        label={words.canvas}
        onNames={onNames}
        onSelect={setSelected}
        onRoot={goTo}
      />
      <p className="hint">{words.hidden}</p>
      <aside className="chosen" aria-label={words.selected} aria-live="polite">
        {selected === undefined ? (
          <p className="muted">{words.nothing}</p>
        ) : (
          <Chosen
            ledger={ledger}
            place={selected}
            model={modelAt(selected)}
            at={search.at}
            onZoom={() => goTo(selected)}
          />
        )}
      </aside>
      <Largest ledger={ledger} places={largest} modelAt={modelAt} at={search.at} onZoom={goTo} />
    </>
  )
}

/** The models in a part of the picture from which most were made. */
function largestIn({ icicle }: Ledger, root: number | undefined): number[] {
  const { from, width } = windowOf(icicle, root)
  return [...icicle.order.subarray(from, from + width)]
    .sort((a, b) => icicle.sizes[b]! - icicle.sizes[a]! || a - b)
    .slice(0, LISTED)
}

/** Models by their places, read together. The names of a place never change, so what was read before stays. */
function useNames(places: readonly number[], at: number | undefined): ReadonlyMap<number, Model> {
  const wanted = places.toSorted((a, b) => a - b).slice(0, 300)
  const { data } = useQuery({
    queryKey: ['ledger', at ?? 'now', 'places', wanted],
    queryFn: async ({ signal }) => {
      const { modelsAt } = await api.query('ModelsAt', { places: wanted, ...momentOf(at) }, { signal })
      return new Map(modelsAt.map((model, index) => [wanted[index]!, model] as const))
    },
    enabled: wanted.length > 0,
    placeholderData: keepPreviousData,
  })
  return data ?? NO_NAMES
}
const NO_NAMES: ReadonlyMap<number, Model> = new Map()

function Legend({ coloring }: { coloring: Coloring }) {
  const words = useWordsOf(ownWords)
  const { number } = useFormats()
  return (
    <ul className="categories" aria-label={words.legend}>
      {coloring.categories.map(({ key, name, models, color }) => (
        <li key={key}>
          <svg className="swatch" aria-hidden="true">
            <rect width="100%" height="100%" style={{ fill: `var(${color})` }} />
          </svg>
          <Name text={name} /> <span className="muted">{number(models)}</span>
        </li>
      ))}
    </ul>
  )
}

function Chosen({
  ledger,
  place,
  model,
  at,
  onZoom,
}: {
  ledger: Ledger
  place: number
  model: Model | undefined
  at: number | undefined
  onZoom: () => void
}) {
  const words = useWordsOf(ownWords)
  const { number } = useFormats()
  if (!model) return <p className="muted">…</p>
  return (
    <>
      <strong>
        <ModelLink id={model.id} name={nameOf(model)} at={at} />
      </strong>{' '}
      <span className="muted">
        {words.made(number(ledger.icicle.sizes[place]! - 1))} · {words.states[ledger.states[place]!]} ·{' '}
        <Name text={model.terms?.name ?? words.notStated} /> · <ShortId value={model.publisher.address} />
      </span>
      <p className="actions">
        <button type="button" onClick={onZoom}>
          {words.zoom}
        </button>
        <Link className="button" to="/m/$id/map" params={{ id: model.id }} search={{ at }}>
          {words.map}
        </Link>
      </p>
    </>
  )
}

/** The same as the picture, for those models that are largest on it. */
function Largest({
  ledger,
  places,
  modelAt,
  at,
  onZoom,
}: {
  ledger: Ledger
  places: readonly number[]
  modelAt: (place: number) => Model | undefined
  at: number | undefined
  onZoom: (place: number) => void
}) {
  const words = useWordsOf(ownWords)
  const { number } = useFormats()
  return (
    <section aria-labelledby="largest">
      <h2 id="largest">{words.table(number(places.length))}</h2>
      <div className="scroll" tabIndex={0} role="region" aria-labelledby="largest">
        <table className="stacks">
          <thead>
            <tr>
              <th scope="col">{words.name}</th>
              <th scope="col" className="number">
                {words.madeFromIt}
              </th>
              <th scope="col">{words.status}</th>
              <th scope="col">{words.license}</th>
              <th scope="col">{words.publisher}</th>
              <th scope="col">{words.zoom}</th>
            </tr>
          </thead>
          <tbody>
            {places.map((place) => {
              const model = modelAt(place)
              if (!model) return null
              return (
                <tr key={place} data-place={place}>
                  <td data-label={words.name}>
                    <ModelLink id={model.id} name={nameOf(model)} at={at} />
                  </td>
                  <td className="number" data-label={words.madeFromIt}>
                    {number(ledger.icicle.sizes[place]! - 1)}
                  </td>
                  <td data-label={words.status}>{words.states[ledger.states[place]!]}</td>
                  <td data-label={words.license}>
                    <Name text={model.terms?.name ?? words.notStated} />
                  </td>
                  <td data-label={words.publisher}>
                    <ShortId value={model.publisher.address} />
                  </td>
                  <td data-label={words.zoom}>
                    <button
                      type="button"
                      className="small"
                      aria-label={`${words.zoom}: ${nameOf(model)}`}
                      onClick={() => onZoom(place)}
                    >
                      {words.zoom}
                    </button>
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </section>
  )
}
