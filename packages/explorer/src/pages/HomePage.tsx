import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'

import { useLedger } from '../api/queries.ts'
import { leaveDropped } from '../app/dropped.ts'
import { useWords } from '../app/settings.tsx'
import { DropField } from '../ui/DropField.tsx'
import { Loaded, Skeleton, Title } from '../ui/parts.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { useFormats } from '../ui/formats.ts'

const COUNTS = ['models', 'edges', 'publishers', 'terms', 'credentials', 'events'] as const
const EVENTS = 12
const NO_FILTER = {}
/** Comes after the page: its sentences are many. */
const LiveEvents = lazy(async () => ({ default: (await import('../activity/LiveEvents.tsx')).LiveEvents }))

export function HomePage() {
  const words = useWords()
  const { at } = useSearch({ from: '/' })
  const { number } = useFormats()
  const navigate = useNavigate()
  const statistics = useLedger('Statistics', {}, at)
  return (
    <>
      <Title text="Stemma" />
      <section className="hero">
        <h1>{words.search.question}</h1>
        <div className="ways">
          <SearchBox at={at} />
          <DropField
            onDropped={(dropped) => {
              leaveDropped(dropped)
              void navigate({ to: '/verify', search: { use: 'commercial', at } })
            }}
          />
        </div>
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
        <Suspense fallback={<Skeleton lines={8} />}>
          <LiveEvents filter={NO_FILTER} first={EVENTS} at={at} />
        </Suspense>
      </section>
    </>
  )
}
