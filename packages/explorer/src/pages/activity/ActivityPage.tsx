import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useId, useState } from 'react'
import type { EventFilter } from 'stemma/query'

import { EventList } from '../../activity/EventList.tsx'
import { LiveEvents } from '../../activity/LiveEvents.tsx'
import { KINDS } from '../../activity/sentences.ts'
import { words as ownWords } from '../../activity/words.ts'
import { useLedger } from '../../api/queries.ts'
import { accountOf, idOf, type ActivitySearch, type Changes } from '../../app/address.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Loaded } from '../../ui/parts.tsx'

const PAGE = 50

/** What happened on the ledger, newest first and live. */
export function ActivityPage() {
  const words = useWordsOf(ownWords)
  const { kind, model, account, after, at } = useSearch({ from: '/activity' })
  const filter: EventFilter = {
    ...(model && { model }),
    ...(account && { account }),
    ...(kind && kind in KINDS && { events: KINDS[kind as keyof typeof KINDS] }),
  }
  const older = (cursor: string) => (
    <Link to="/activity" search={(before) => ({ ...before, after: cursor })}>
      {words.older}
    </Link>
  )
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <Filters key={JSON.stringify(filter)} />
      {after === undefined ? (
        <LiveEvents filter={filter} first={PAGE} at={at} older={older} />
      ) : (
        <Older filter={filter} after={after} at={at} older={older} />
      )}
    </>
  )
}

function Older({
  filter,
  after,
  at,
  older,
}: {
  filter: EventFilter
  after: string
  at: number | undefined
  older: (cursor: string) => React.ReactNode
}) {
  const words = useWordsOf(ownWords)
  const found = useLedger('Activity', { filter, first: PAGE, after }, at)
  return (
    <Loaded of={found} lines={8}>
      {({ activity: { nodes, pageInfo } }) => (
        <>
          <EventList events={nodes} at={at} />
          <p className="actions">
            <Link to="/activity" search={(before) => ({ ...before, after: undefined })}>
              {words.newest}
            </Link>
            {pageInfo.hasNextPage && pageInfo.endCursor !== null && older(pageInfo.endCursor)}
          </p>
        </>
      )}
    </Loaded>
  )
}

function Filters() {
  const words = useWordsOf(ownWords)
  const search = useSearch({ from: '/activity' })
  const navigate = useNavigate({ from: '/activity' })
  const id = useId()
  const [model, setModel] = useState(search.model ?? '')
  const [account, setAccount] = useState(search.account ?? '')
  const [isInvalid, setInvalid] = useState(false)
  const change = (changes: Changes<ActivitySearch>): void =>
    void navigate({ search: (before) => ({ ...before, after: undefined, ...changes }) })
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault()
        const [id, address] = [idOf(model.trim()), accountOf(account.trim())]
        const isValid = (id || model.trim() === '') && (address || account.trim() === '')
        setInvalid(!isValid)
        if (isValid) change({ model: id, account: address })
      }}
    >
      <div className="field">
        <label htmlFor={`${id}-kind`}>{words.kind}</label>
        <select
          id={`${id}-kind`}
          value={search.kind ?? ''}
          onChange={(event) => change({ kind: event.target.value || undefined })}
        >
          <option value="">{words.all}</option>
          {Object.entries(words.kinds).map(([kind, name]) => (
            <option key={kind} value={kind}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div className="field wide">
        <label htmlFor={`${id}-model`}>{words.model}</label>
        <input
          id={`${id}-model`}
          value={model}
          placeholder={words.modelHint}
          spellCheck={false}
          onChange={(event) => setModel(event.target.value)}
        />
      </div>
      <div className="field wide">
        <label htmlFor={`${id}-account`}>{words.account}</label>
        <input
          id={`${id}-account`}
          value={account}
          placeholder={words.accountHint}
          spellCheck={false}
          onChange={(event) => setAccount(event.target.value)}
        />
      </div>
      <button type="submit" className="primary">
        {words.filter}
      </button>
      {isInvalid && (
        <p className="invalid" role="alert">
          {words.invalid}
        </p>
      )}
    </form>
  )
}
