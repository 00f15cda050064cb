import { Link, useSearch } from '@tanstack/react-router'
import { useId, useState } from 'react'
import type { LedgerOf } from 'stemma/query'

import { useLedgerPages } from '../../api/pages.ts'
import { accountOf } from '../../app/address.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { useChange } from '../../app/useChange.ts'
import { useFormats } from '../../ui/formats.ts'
import { More } from '../../ui/More.tsx'
import { nameOf } from '../../ui/names.ts'
import { PageHead } from '../../ui/PageHead.tsx'
import { Loaded, ModelLink, ShortId, When } from '../../ui/parts.tsx'
import { useDuration } from '../../ui/useDuration.ts'
import { StateMark } from './ReviewParts.tsx'
import { REVIEW_CHOICES, type ReviewsSearch } from './search.ts'
import { reviewWords } from './words.ts'
import '../../style/stacks.css'
import './reviews.css'

type Review = LedgerOf<'Reviews'>['reviews']['nodes'][number]

/** The queue of reviews, by the chain's clock. */
export function ReviewsPage() {
  const own = useWordsOf(reviewWords)
  const search = useSearch({ from: '/reviews' })
  const { at, state, order, requester } = search
  const { number, dateTime } = useFormats()
  const filter = {
    ...(state !== 'any' && { state }),
    ...(requester !== undefined && { requester }),
  }
  const found = useLedgerPages('Reviews', { filter, order, first: 20 }, at, ({ reviews }) => reviews)
  return (
    <>
      <PageHead title={own.title} lead={own.lead} />
      <Filters search={search} key={requester} />
      <Loaded of={found} lines={8}>
        {({ first: { now, block }, nodes, total }) => (
          <>
            <p className="notice clock">
              <strong>{own.clock(number(block.number), dateTime(now))}</strong> {own.clockHint}
            </p>
            {nodes.length === 0 ? (
              <p className="notice">{own.empty}</p>
            ) : (
              <Queue reviews={nodes} total={total ?? nodes.length} now={now} at={at} />
            )}
          </>
        )}
      </Loaded>
      <More of={found} />
    </>
  )
}

function Filters({ search }: { search: ReviewsSearch }) {
  const own = useWordsOf(reviewWords)
  const change = useChange<ReviewsSearch>()
  const id = useId()
  const [typed, setTyped] = useState(search.requester ?? '')
  const text = typed.trim()
  const isWrong = text !== '' && !accountOf(text)
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isWrong) change({ requester: accountOf(text) })
      }}
    >
      <div className="field">
        <label htmlFor={`${id}-state`}>{own.state}</label>
        <select
          id={`${id}-state`}
          value={search.state}
          onChange={(event) => change({ state: event.target.value as ReviewsSearch['state'] })}
        >
          {REVIEW_CHOICES.map((each) => (
            <option key={each} value={each}>
              {own.states[each]}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor={`${id}-order`}>{own.order}</label>
        <select
          id={`${id}-order`}
          value={search.order}
          onChange={(event) => change({ order: event.target.value as ReviewsSearch['order'] })}
        >
          {(['deadline', 'newest'] as const).map((each) => (
            <option key={each} value={each}>
              {own.orders[each]}
            </option>
          ))}
        </select>
      </div>
      <div className="field wide">
        <label htmlFor={`${id}-requester`}>{own.requester}</label>
        <input
          id={`${id}-requester`}
          value={typed}
          maxLength={60}
          spellCheck={false}
          placeholder={own.requesterHint}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
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

function Queue({
  reviews,
  total,
  now,
  at,
}: {
  reviews: readonly Review[]
  total: number
  now: number
  at: number | undefined
}) {
  const words = useWords()
  const own = useWordsOf(reviewWords)
  const { number } = useFormats()
  return (
    <>
      <p className="muted">{words.map.allLabel(number(total))}</p>
      <div className="scroll" tabIndex={0} role="region" aria-label={own.title}>
        <table className="stacks">
          <thead>
            <tr>
              <th scope="col">{own.deadline}</th>
              <th scope="col">{own.subject}</th>
              <th scope="col">{own.state}</th>
              <th scope="col">{own.scans}</th>
              <th scope="col">{own.claims}</th>
              <th scope="col">{own.requester}</th>
              <th scope="col">{own.open}</th>
            </tr>
          </thead>
          <tbody>
            {reviews.map((review) => (
              <Row key={review.subject} review={review} now={now} at={at} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function Row({ review, now, at }: { review: Review; now: number; at: number | undefined }) {
  const words = useWords()
  const own = useWordsOf(reviewWords)
  const { number } = useFormats()
  const long = useDuration()
  const { subject, model, request, state, scans } = review
  const passed = passedScanners(scans).size
  const failed = scans.filter(({ verdict }) => verdict === 'failed').length
  const left = (request?.readyAt ?? now) - now
  return (
    <tr data-review={subject}>
      <td data-label={own.deadline}>
        {request ? (
          <>
            {state === 'frozen' && (
              <strong className={left > 0 ? undefined : 'late'}>
                {left > 0 ? own.left(long(left)) : own.passed(long(-left))}
                <br />
              </strong>
            )}
            <When time={request.readyAt} />
          </>
        ) : (
          <span className="muted">{words.notStated}</span>
        )}
      </td>
      <td className="wrapping" data-label={own.subject}>
        {model ? (
          <ModelLink id={model.id} name={nameOf(model)} at={at} />
        ) : (
          <>
            {own.weightsOnly} <ShortId value={subject} />
          </>
        )}
      </td>
      <td data-label={own.state}>
        <StateMark state={state} />
      </td>
      <td data-label={own.scans}>
        {request ? own.scansOf(number(passed), number(request.quorum)) : number(scans.length)}
        {failed > 0 && (
          <>
            <br />
            <strong className="late">{own.failedScans(number(failed))}</strong>
          </>
        )}
      </td>
      <td data-label={own.claims}>
        {model && model.claims.totalCount > 0 ? (
          <>
            {number(model.claims.totalCount)}:{' '}
            {[
              ...new Set(
                model.claims.nodes.map((claim) => own.claimStates[claim.state as keyof typeof own.claimStates]),
              ),
            ].join(', ')}
          </>
        ) : (
          <span className="muted">{words.none}</span>
        )}
      </td>
      <td data-label={own.requester}>{request && <ShortId value={request.requester} />}</td>
      <td data-label={own.open}>
        <Link to="/reviews/$subject" params={{ subject }} search={{ at }}>
          {own.whole}
        </Link>
      </td>
    </tr>
  )
}

/** The scanners whose scans passed, each once. */
export function passedScanners(scans: readonly { scanner: string; verdict: string }[]): ReadonlySet<string> {
  return new Set(scans.filter(({ verdict }) => verdict === 'passed').map(({ scanner }) => scanner))
}
