import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { LedgerOf } from 'stemma/query'

import { useLedger } from '../api/queries.ts'
import { leaveDropped } from '../app/dropped.ts'
import { useWords } from '../app/settings.tsx'
import { DropField } from '../ui/DropField.tsx'
import { EventTable } from '../ui/EventTable.tsx'
import { Loaded, Title } from '../ui/parts.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { useFormats } from '../ui/formats.ts'

const COUNTS = ['models', 'edges', 'publishers', 'terms', 'credentials', 'events'] as const
const EVENTS = 12

export function HomePage() {
  const words = useWords()
  const { at } = useSearch({ from: '/' })
  const { number } = useFormats()
  const navigate = useNavigate()
  const statistics = useLedger('Statistics', {}, at)
  const activity = useLedger('Activity', { first: EVENTS }, at)
  return (
    <>
      <Title text="Stemma" />
      <section className="hero">
        <h1>{words.search.question}</h1>
        <SearchBox at={at} />
        <DropField
          onDropped={(dropped) => {
            leaveDropped(dropped)
            void navigate({ to: '/verify', search: { use: 'commercial', ...(at !== undefined && { at }) } })
          }}
        />
      </section>
      <section aria-labelledby="counts">
        <h2 id="counts">{words.counts.title}</h2>
        <Loaded of={statistics} lines={2}>
          {({ statistics: counted }) => (
            <dl className="counts">
              {COUNTS.map((each) => (
                <div key={each}>
                  <dt>{words.counts[each]}</dt>
                  <dd>{number(counted[each])}</dd>
                </div>
              ))}
            </dl>
          )}
        </Loaded>
      </section>
      <section aria-labelledby="latest">
        <h2 id="latest">{words.activity.title}</h2>
        <Loaded of={activity} lines={8}>
          {(ledger) => <Latest events={ledger.activity.nodes} at={at} key={at ?? 'now'} />}
        </Loaded>
      </section>
    </>
  )
}

type Events = LedgerOf<'Activity'>['activity']['nodes']

/** The latest events. Newer ones wait behind a button, so that no row moves while somebody reads it. */
function Latest({ events, at }: { events: Events; at: number | undefined }) {
  const words = useWords()
  const { number } = useFormats()
  const [held, setHeld] = useState(events)
  const known = new Set(held.map(({ id, transaction }) => `${id} ${transaction}`))
  const fresh = events.filter(({ id, transaction }) => !known.has(`${id} ${transaction}`)).length
  return (
    <>
      {fresh > 0 && (
        <button type="button" className="fresh" onClick={() => setHeld(events)}>
          {words.activity.fresh(fresh >= EVENTS ? `${number(EVENTS)}+` : number(fresh))}
        </button>
      )}
      <EventTable events={held} at={at} />
    </>
  )
}
