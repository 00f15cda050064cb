import { useNavigate } from '@tanstack/react-router'
import { useId, useMemo } from 'react'
import type { LedgerOf } from 'stemma/query'

import { useLedger } from '../../api/queries.ts'
import type { MapSearch } from '../../app/address.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { useChange } from '../../app/useChange.ts'
import { useFormats } from '../../ui/formats.ts'
import { Loaded } from '../../ui/parts.tsx'
import type { Change } from '../map/MapPage.tsx'
import { MapView } from '../map/MapView.tsx'
import { usePlaced } from '../map/usePlaced.ts'
import { useMapWords } from '../map/useMapWords.ts'
import '../map/map.css'
import { causeOf, type Cause, type ImpactSearch } from './search.ts'
import { impactWords } from './words.ts'

const DEPTHS = [0, 1, 2, 3, 4, 6, 8, 12]
/** Most models that hang from one at first, and most of those that fall directly. */
const CAP = 8

/** What falls, on one map: the models that fall directly, and what was made from them. */
export function ImpactMap({ cause, search }: { cause: Cause; search: ImpactSearch }) {
  const words = useWordsOf(impactWords)
  const { number } = useFormats()
  const changeSearch = useChange<ImpactSearch & MapSearch>()
  const id = useId()
  const change: Change = (changes) =>
    changeSearch(changes, { replace: Object.keys(changes).every((key) => key === 'sel' || key === 'path') })
  const { down, open, at } = search
  const found = useLedger('BlastRadiusMap', { cause: causeOf(cause), down, cap: CAP, ...(open && { open }) }, at)
  return (
    <section aria-labelledby="map">
      <h2 id="map">{words.map}</h2>
      <div className="filters">
        <div className="field">
          <label htmlFor={`${id}-down`}>{words.depth}</label>
          <select
            id={`${id}-down`}
            value={down}
            onChange={(event) =>
              changeSearch({ sel: undefined, path: undefined, open: undefined, down: Number(event.target.value) })
            }
          >
            {[...new Set([...DEPTHS, down])]
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
        {({ blastRadiusMap }) => <Drawn answer={blastRadiusMap} search={search} change={change} />}
      </Loaded>
    </section>
  )
}

function Drawn({
  answer,
  search,
  change,
}: {
  answer: LedgerOf<'BlastRadiusMap'>['blastRadiusMap']
  search: ImpactSearch
  change: Change
}) {
  const words = useMapWords()
  const navigate = useNavigate()
  const graph = useMemo(() => ({ ...answer, model: null, use: null, causes: [] }), [answer])
  const placed = usePlaced(graph)
  if (!placed || answer.nodes.length === 0) return null
  return (
    <>
      {answer.truncated && <p className="notice">{words.truncated}</p>}
      <MapView
        placed={placed}
        answer={answer}
        search={{ ...search, use: 'commercial', cap: CAP, view: 'map' }}
        change={change}
        onCenter={(id) => void navigate({ to: '/m/$id/map', params: { id }, search: { at: search.at } })}
      />
    </>
  )
}
