import { useState } from 'react'
import type { EventFilter } from 'stemma/query'

import { useLedger } from '../api/queries.ts'
import { useLive } from '../api/live.ts'
import { useWordsOf } from '../app/settings.tsx'
import { useFormats } from '../ui/formats.ts'
import { Loaded, Skeleton } from '../ui/parts.tsx'
import { compare } from './compare.ts'
import { EventList, type LedgerEvent } from './EventList.tsx'
import { words as ownWords } from './words.ts'

/** The newest events that pass a filter. Newer ones wait behind a button, so that no row moves while somebody reads it. */
export function LiveEvents({
  filter,
  first,
  at,
  older,
}: {
  filter: EventFilter
  first: number
  at: number | undefined
  /** What leads to older events, by the cursor of the page. */
  older?: (cursor: string) => React.ReactNode
}) {
  const words = useWordsOf(ownWords)
  const isLive = useLive(at === undefined)
  const found = useLedger('Activity', { filter, first }, at)
  if (found.isPlaceholderData) return <Skeleton lines={8} />
  return (
    <Loaded of={found} lines={8}>
      {({ activity: { nodes, pageInfo } }) => (
        <>
          <Held
            events={nodes}
            isWhole={!pageInfo.hasNextPage}
            first={first}
            at={at}
            key={`${JSON.stringify(filter)} ${at}`}
          />
          <p className="actions">
            {older && pageInfo.hasNextPage && pageInfo.endCursor !== null && older(pageInfo.endCursor)}
            {at === undefined && <span className="muted">{isLive ? words.live : words.polled}</span>}
          </p>
        </>
      )}
    </Loaded>
  )
}

function Held({
  events,
  isWhole,
  first,
  at,
}: {
  events: readonly LedgerEvent[]
  isWhole: boolean
  first: number
  at: number | undefined
}) {
  const words = useWordsOf(ownWords)
  const { number } = useFormats()
  const [held, setHeld] = useState(events)
  const { fresh, vanished, from } = compare(held, events, isWhole)
  const show = (): void => setHeld(events)
  return (
    <>
      {from && (
        <div className="notice" role="alert">
          <p>{words.reorganized(number(vanished.size), number(from.block.number))}</p>
          <button type="button" onClick={show}>
            {words.understood}
          </button>
        </div>
      )}
      {fresh > 0 && (
        <button type="button" className="fresh" aria-live="polite" onClick={show}>
          {words.fresh(fresh >= first ? `${number(first)}+` : number(fresh))}
        </button>
      )}
      <EventList events={held} at={at} vanished={vanished} />
    </>
  )
}
