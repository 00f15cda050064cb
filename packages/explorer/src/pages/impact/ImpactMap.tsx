import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useId, useMemo } from 'react'
import { layout, parseMap, type Dagre } from 'stemma/map'

import { useLedger } from '../../api/queries.ts'
import { idOf, type Changes, type MapSearch } from '../../app/address.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { useChange } from '../../app/useChange.ts'
import { useFormats } from '../../ui/formats.ts'
import { nameOf } from '../../ui/names.ts'
import { Loaded } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import type { Change, MapAnswer } from '../map/MapPage.tsx'
import { MapView } from '../map/MapView.tsx'
import '../map/map.css'
import type { Radius } from './ImpactPage.tsx'
import type { ImpactSearch } from './search.ts'
import { impactWords } from './words.ts'

const DEPTHS = [1, 2, 3, 4, 6, 8, 12]
/** Most children of one model at first. */
const CAP = 8

/** One of the models that fall directly, and what was made from it, on a map. */
export function ImpactMap({ origins, search }: { origins: Radius['origins']; search: ImpactSearch }) {
  const words = useWordsOf(impactWords)
  const { number } = useFormats()
  const navigate = useNavigate()
  const changeSearch = useChange<ImpactSearch & MapSearch>()
  const id = useId()
  const origin = origins.find((each) => each.id === search.origin) ?? origins[0]!
  const change: Change = (changes) =>
    changeSearch(changes, { replace: Object.keys(changes).every((key) => key === 'sel' || key === 'path') })
  const found = useLedger(
    'Map',
    { id: origin.id, up: 0, down: search.down, cap: CAP, ...(search.open && { open: search.open }) },
    search.at,
  )
  const elsewhere = (changes: Changes<ImpactSearch>): void =>
    changeSearch({ sel: undefined, path: undefined, open: undefined, ...changes })
  return (
    <section aria-labelledby="map">
      <h2 id="map">{words.map}</h2>
      {origins.length > 1 && <p className="hint">{words.mapHint}</p>}
      <div className="filters">
        {origins.length > 1 && (
          <div className="field">
            <label htmlFor={`${id}-origin`}>{words.origin}</label>
            <select
              id={`${id}-origin`}
              value={origin.id}
              onChange={(event) => elsewhere({ origin: idOf(event.target.value) })}
            >
              {origins.map((each) => (
                <option key={each.id} value={each.id}>
                  {plain(nameOf(each), 60) || each.id.slice(0, 10)}
                </option>
              ))}
            </select>
          </div>
        )}
        <div className="field">
          <label htmlFor={`${id}-down`}>{words.depth}</label>
          <select
            id={`${id}-down`}
            value={search.down}
            onChange={(event) => elsewhere({ down: Number(event.target.value) })}
          >
            {[...new Set([...DEPTHS, search.down])]
              .toSorted((a, b) => a - b)
              .map((each) => (
                <option key={each} value={each}>
                  {number(each)}
                </option>
              ))}
          </select>
        </div>
      </div>
      <Loaded of={found} lines={8}>
        {({ map }) =>
          map && (
            <Placed
              map={map}
              search={{ ...search, use: 'commercial', cap: CAP, view: 'map' }}
              change={change}
              onCenter={(model) =>
                void navigate({ to: '/m/$id/map', params: { id: model }, search: { at: search.at } })
              }
            />
          )
        }
      </Loaded>
    </section>
  )
}

function Placed({
  map,
  search,
  change,
  onCenter,
}: {
  map: MapAnswer
  search: MapSearch
  change: Change
  onCenter: (model: string) => void
}) {
  const dagre = useQuery({
    queryKey: ['dagre'],
    queryFn: async () => (await import('@dagrejs/dagre')) as unknown as Dagre,
    staleTime: Infinity,
    retry: 0,
  })
  const placed = useMemo(
    () => (dagre.isPending ? undefined : layout(parseMap(map), { ...(dagre.data && { dagre: dagre.data }) })),
    [map, dagre.isPending, dagre.data],
  )
  return placed && <MapView placed={placed} answer={map} search={search} change={change} onCenter={onCenter} />
}
