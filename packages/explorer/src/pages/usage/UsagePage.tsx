import { useNavigate, useSearch } from '@tanstack/react-router'
import { useId, useState } from 'react'

import { useWordsOf } from '../../app/settings.tsx'
import { useChange } from '../../app/useChange.ts'
import { PageHead } from '../../ui/PageHead.tsx'
import { useDuration } from '../../ui/useDuration.ts'
import { ProofCheck } from './ProofCheck.tsx'
import { GAP_HOURS, USAGE_FILTERS, usageFilter, type UsageFilterName, type UsageSearch } from './search.ts'
import { UsageLogs } from './UsageLogs.tsx'
import { usageWords } from './words.ts'
import './usage.css'

/** Calls under credentials against their quotas, as operators anchored them, and a check of proofs. */
export function UsagePage() {
  const own = useWordsOf(usageWords)
  const search = useSearch({ from: '/usage' })
  const { at, gap, ...filter } = search
  return (
    <>
      <PageHead title={own.title} lead={own.lead} />
      <Filters search={search} key={JSON.stringify(filter)} />
      <UsageLogs filter={filter} gap={gap} at={at} level="h2" />
      <ProofCheck at={at} />
    </>
  )
}

function Filters({ search }: { search: UsageSearch }) {
  const own = useWordsOf(usageWords)
  const navigate = useNavigate({ from: '/usage' })
  const id = useId()
  const given = USAGE_FILTERS.find((name) => search[name] !== undefined)
  const [name, setName] = useState<UsageFilterName | 'all'>(given ?? 'all')
  const [typed, setTyped] = useState(given ? search[given]! : '')
  const text = typed.trim()
  const filter = name === 'all' ? {} : usageFilter(name, text)
  const isWrong = name !== 'all' && text !== '' && filter[name] === undefined
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault()
        if (isWrong) return
        void navigate({
          search: ({ at, gap }) => ({ at, gap, ...filter }),
        })
      }}
    >
      <div className="field">
        <label htmlFor={`${id}-name`}>{own.filter}</label>
        <select
          id={`${id}-name`}
          value={name}
          onChange={(event) => setName(event.target.value as UsageFilterName | 'all')}
        >
          <option value="all">{own.all}</option>
          {USAGE_FILTERS.map((each) => (
            <option key={each} value={each}>
              {own.filters[each]}
            </option>
          ))}
        </select>
      </div>
      {name !== 'all' && (
        <div className="field wide">
          <label htmlFor={`${id}-value`}>{own.value}</label>
          <input
            id={`${id}-value`}
            value={typed}
            maxLength={100}
            spellCheck={false}
            placeholder="0x…"
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
      )}
      <GapField gap={search.gap} />
      <button type="submit" className="primary">
        {own.show}
      </button>
      {isWrong && (
        <p className="invalid" role="alert">
          {own.invalid}
        </p>
      )}
    </form>
  )
}

/** After how long without a checkpoint the page speaks of a gap. */
export function GapField({ gap }: { gap: number }) {
  const own = useWordsOf(usageWords)
  const change = useChange<UsageSearch>()
  const long = useDuration()
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{own.gapAfter}</label>
      <select id={id} value={gap} onChange={(event) => change({ gap: Number(event.target.value) })}>
        {GAP_HOURS.map((each) => (
          <option key={each} value={each}>
            {long(each * 3600)}
          </option>
        ))}
      </select>
    </div>
  )
}
