import { Navigate, useParams, useSearch } from '@tanstack/react-router'

import { useLedger } from '../../api/queries.ts'
import { isId } from '../../app/address.ts'
import { useWords } from '../../app/settings.tsx'
import { EventList } from '../../activity/EventList.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { FullId, Loaded, When } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'

/** Most events of a transaction that one request lists: a batch of registrations has many. */
const MOST = 100

/** The events of a transaction, in words. */
export function TransactionPage() {
  const { hash } = useParams({ from: '/tx/$hash' })
  const { at } = useSearch({ from: '/tx/$hash' })
  if (!isId(hash)) return <Navigate to="/search" search={{ q: hash, at }} replace />
  return <Events hash={hash.toLowerCase() as `0x${string}`} at={at} />
}

function Events({ hash, at }: { hash: `0x${string}`; at: number | undefined }) {
  const words = useWords()
  const { number } = useFormats()
  const found = useLedger('Activity', { filter: { transaction: hash }, first: MOST }, at)
  return (
    <>
      <PageHead title={words.transaction.title}>
        <FullId value={hash} />
      </PageHead>
      <Loaded of={found} lines={4}>
        {({ activity: { nodes, pageInfo } }) => {
          const [first] = nodes
          if (!first) return <p className="notice">{words.transaction.none}</p>
          return (
            <>
              <p>
                {words.transaction.block} {number(first.block.number)} · <When time={first.block.time} />
              </p>
              <h2>{words.transaction.events}</h2>
              <EventList events={nodes.toReversed()} at={at} />
              {pageInfo.hasNextPage && <p className="muted">{number(MOST)}+</p>}
            </>
          )
        }}
      </Loaded>
    </>
  )
}
