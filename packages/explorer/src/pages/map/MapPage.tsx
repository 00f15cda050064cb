import { Navigate, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useSyncExternalStore } from 'react'
import { RIGHT_NAMES, type Hex, type Right } from 'stemma/core'
import type { LedgerOf } from 'stemma/query'

import { useLedger } from '../../api/queries.ts'
import { isId, type Changes, type MapSearch } from '../../app/address.ts'
import { useWords } from '../../app/settings.tsx'
import { useChange } from '../../app/useChange.ts'
import { Loaded, ModelLink, Title } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import { useFormats } from '../../ui/formats.ts'
import { MapTable } from './MapTable.tsx'
import { MapView } from './MapView.tsx'
import { usePlaced } from './usePlaced.ts'
import { useMapWords } from './useMapWords.ts'
import './map.css'

export type MapAnswer = NonNullable<LedgerOf<'Map'>['map']>
/** Changes parts of the address of a map. */
export type Change = (changes: Changes<MapSearch>) => void

const DEPTHS = [0, 1, 2, 3, 4, 6, 8, 12]

export function MapPage() {
  const { id } = useParams({ from: '/m/$id/map' })
  const search = useSearch({ from: '/m/$id/map' })
  if (!isId(id))
    return <Navigate to="/search" search={{ q: id, ...(search.at !== undefined && { at: search.at }) }} replace />
  return <Found id={id.toLowerCase() as Hex} search={search} />
}

/** From here on a window has room for the map and its table. */
const WIDE = '(min-width: 90rem)'

function useWide(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(WIDE)
      query.addEventListener('change', listener)
      return () => query.removeEventListener('change', listener)
    },
    () => matchMedia(WIDE).matches,
  )
}

function Found({ id, search }: { id: Hex; search: MapSearch }) {
  const words = useWords()
  const { use, licensee, facts, trust, deny, operators, fulfilled, down, cap, open, at } = search
  const policy = {
    ...(trust && { trustedPublishers: trust }),
    ...(deny && { deniedPublishers: deny }),
    ...(operators && { trustedOperators: operators }),
    ...(fulfilled && { fulfilled }),
  }
  const found = useLedger(
    'Map',
    {
      id,
      use,
      down,
      cap,
      ...(licensee && { licensee }),
      ...(facts && { facts: Object.entries(facts).map(([name, value]) => ({ name, value })) }),
      ...(Object.keys(policy).length > 0 && { policy }),
      ...(open && { open }),
    },
    at,
  )
  return (
    <Loaded of={found} lines={12}>
      {({ map }) =>
        map ? (
          <Page map={map} search={search} isFetching={found.isFetching} />
        ) : (
          <div className="notice">
            <h1>{words.notFound.title}</h1>
            <p>{words.search.nothingDigest}</p>
          </div>
        )
      }
    </Loaded>
  )
}

function Page({ map, search, isFetching }: { map: MapAnswer; search: MapSearch; isFetching: boolean }) {
  const words = useWords()
  const own = useMapWords()
  const { number } = useFormats()
  const navigate = useNavigate({ from: '/m/$id/map' })
  const changeSearch = useChange<MapSearch>()
  const isWide = useWide()
  const isBeside = isWide && search.view === 'map'
  const change: Change = (changes) =>
    // What is selected is part of the address, and not a step to go back by.
    changeSearch(changes, { replace: Object.keys(changes).every((key) => key === 'sel' || key === 'path') })
  const center = (id: string): void =>
    void navigate({
      to: '/m/$id/map',
      params: { id },
      search: (before) => ({ ...before, sel: undefined, path: undefined, open: undefined }),
      resetScroll: false,
    })
  const placed = usePlaced(map)
  const name = plain(map.nodes[0]?.name ?? '', 80)
  return (
    <>
      <Title text={`${own.title}: ${name}`} />
      <header className="page-head">
        <p className="eyebrow">{own.title}</p>
        <h1>
          <ModelLink id={map.model} name={map.nodes[0]?.name ?? ''} at={search.at} />
        </h1>
        <p className="muted">{own.counts(number(map.ancestors), number(map.externals), number(map.descendants))}</p>
      </header>
      <div className="map-tools">
        <label>
          {words.model.use}{' '}
          <select
            value={search.use}
            onChange={(event) => change({ use: event.target.value as Right, path: undefined })}
          >
            {RIGHT_NAMES.map((right) => (
              <option key={right} value={right}>
                {words.uses[right]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {own.depth}{' '}
          <select value={search.down} onChange={(event) => change({ down: Number(event.target.value) })}>
            {[...new Set([...DEPTHS, search.down])]
              .toSorted((a, b) => a - b)
              .map((each) => (
                <option key={each} value={each}>
                  {number(each)}
                </option>
              ))}
          </select>
        </label>
        <div role="group" className="switch" aria-label={own.title}>
          {(['map', 'table'] as const).map((each) => (
            <button key={each} type="button" aria-pressed={search.view === each} onClick={() => change({ view: each })}>
              {own.view[each]}
            </button>
          ))}
        </div>
      </div>
      {search.rules !== undefined && <p className="notice">{own.withoutRules}</p>}
      {map.truncated && <p className="notice">{own.truncated}</p>}
      {map.unevaluated > 0 && <p className="notice">{own.unevaluated(number(map.unevaluated))}</p>}
      <div aria-busy={isFetching} className={isBeside ? 'beside' : undefined}>
        {search.view === 'map' && placed && (
          <MapView placed={placed} answer={map} search={search} change={change} onCenter={center} />
        )}
        {(search.view === 'table' || isBeside) && (
          <div className="map-table">
            <MapTable map={map} at={search.at} />
          </div>
        )}
      </div>
    </>
  )
}
