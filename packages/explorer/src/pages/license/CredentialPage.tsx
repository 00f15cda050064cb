import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { useId, useState, type ReactNode } from 'react'
import { FOREVER, isCredentialValidAt, type Hex } from 'stemma/core'
import { QueryError, type LedgerOf } from 'stemma/query'

import { api, useLedger } from '../../api/queries.ts'
import { isId } from '../../app/address.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { useChange } from '../../app/useChange.ts'
import { useFormats } from '../../ui/formats.ts'
import { ActLinks } from '../../ui/ActLinks.tsx'
import { CredentialLink, TermsLink } from '../../ui/links.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { Rows } from '../../ui/Row.tsx'
import { Failure, FullId, Loaded, ModelLink, Name, ShortId, Title, When } from '../../ui/parts.tsx'
import { NotHere } from '../../ui/NotHere.tsx'
import { JsonLink } from '../../ui/JsonLink.tsx'
import { plain } from '../../ui/plain.ts'
import { RightsMatrix } from './TermsTables.tsx'
import type { CredentialSearch } from './search.ts'
import { licenseWords } from './words.ts'
import './license.css'

type Credential = NonNullable<LedgerOf<'Credential'>['credential']>

/** A credential: who holds what of whom, until when, and what became of it. */
export function CredentialPage() {
  const { credential: own } = useWordsOf(licenseWords)
  const { credential: id } = useParams({ from: '/c/$credential' })
  const { at } = useSearch({ from: '/c/$credential' })
  const found = useLedger('Credential', { id: id.toLowerCase() as Hex }, at, { enabled: isId(id) })
  const missing = <NotHere id={id} text={own.missing} />
  if (!isId(id)) return missing
  return (
    <Loaded of={found} lines={12}>
      {({ credential, now }) => (credential ? <Page credential={credential} now={now} at={at} /> : missing)}
    </Loaded>
  )
}

function Page({ credential, now, at }: { credential: Credential; now: number; at: number | undefined }) {
  const { credential: own } = useWordsOf(licenseWords)
  const title = own.title(plain(credential.tier.name, 60), plain(credential.model.name, 60))
  return (
    <>
      <Title text={title} />
      <header className="page-head">
        <p className="eyebrow">{own.eyebrow}</p>
        <h1>{title}</h1>
        <FullId value={credential.id} />
        <Validity credential={credential} now={now} at={at} />
        <p className="actions">
          <Link to="/impact" search={{ at, credential: credential.id }} className="button primary">
            {own.impact}
          </Link>
          <Link to="/usage" search={{ at, credential: credential.id }} className="button">
            {own.usage}
          </Link>
          <JsonLink path={`/v1/credentials/${credential.id}`} at={at} />
        </p>
      </header>
      <ActLinks links={[['revoke', { credential: credential.id }]]} />
      <Record credential={credential} at={at} />
      <Covers credential={credential} at={at} />
      <History credential={credential} />
    </>
  )
}

/** Whether it is valid, now or at a time that the reader chose and the address keeps. */
function Validity({ credential, now, at }: { credential: Credential; now: number; at: number | undefined }) {
  const { credential: own } = useWordsOf(licenseWords)
  const { dateTime } = useFormats()
  const { time } = useSearch({ from: '/c/$credential' })
  const isPast = time !== undefined && time <= now
  // What held at a time is what the ledger said then: a later renewal does not validate the time before it.
  const then = useQuery({
    queryKey: ['ledger', at ?? 'now', 'Credential', credential.id, 'time', time],
    queryFn: ({ signal }) => api.query('Credential', { id: credential.id, at: { time: time! } }, { signal }),
    enabled: isPast,
  })
  const isTooEarly = isPast && then.error instanceof QueryError && then.error.serverCode === 'BEFORE_LEDGER'
  const past = isPast ? then.data?.credential : undefined
  const isUnissued = isTooEarly || past === null
  const isValid =
    time === undefined
      ? credential.valid
      : isPast
        ? isUnissued
          ? false
          : past?.valid
        : isCredentialValidAt(credential, time)
  return (
    <>
      {isPast && then.error !== null && !isTooEarly ? (
        <Failure error={then.error} retry={() => void then.refetch()} />
      ) : (
        <p className="sentence" role="status" aria-busy={isValid === undefined} data-valid={isValid}>
          {isValid !== undefined && (
            <Mark tone={isValid ? 'good' : 'bad'}>{isValid ? own.valid : isUnissued ? own.unissued : own.invalid}</Mark>
          )}{' '}
          {time === undefined ? own.now : own.at(dateTime(time))}
        </p>
      )}
      {time !== undefined && <p className="hint">{isPast ? own.recorded : own.expected}</p>}
      <TimeForm time={time} key={time} />
    </>
  )
}

function TimeForm({ time }: { time: number | undefined }) {
  const { credential: own } = useWordsOf(licenseWords)
  const change = useChange<CredentialSearch>()
  const id = useId()
  const [typed, setTyped] = useState(time === undefined ? '' : new Date(time * 1000).toISOString().slice(0, 19))
  const ask = (chosen: number | undefined): void => change({ time: chosen })
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault()
        const chosen = Date.parse(`${typed}Z`)
        if (Number.isFinite(chosen) && chosen >= 0) ask(Math.floor(chosen / 1000))
      }}
    >
      <div className="field">
        <label htmlFor={id}>{own.time}</label>
        <input
          id={id}
          type="datetime-local"
          step="1"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <button type="submit">{own.ask}</button>
      {time !== undefined && (
        <button type="button" onClick={() => ask(undefined)}>
          {own.toNow}
        </button>
      )}
    </form>
  )
}

function Record({ credential, at }: { credential: Credential; at: number | undefined }) {
  const { credential: own } = useWordsOf(licenseWords)
  const { number, dateTime } = useFormats()
  const { tier, gapFrom, gapUntil } = credential
  const gap =
    gapUntil === 0
      ? own.noGap
      : gapUntil >= FOREVER
        ? own.gapOpen(dateTime(gapFrom))
        : own.gapClosed(dateTime(gapFrom), dateTime(gapUntil))
  const quota = [
    ...(BigInt(tier.callQuota) > 0n ? [own.calls(number(BigInt(tier.callQuota)))] : []),
    ...(BigInt(tier.tokenQuota) > 0n ? [own.tokens(number(BigInt(tier.tokenQuota)))] : []),
  ]
  const rows: readonly (readonly [string, ReactNode])[] = [
    [own.holder, <FullId value={credential.holder} />],
    [own.grantor, <FullId value={credential.publisher} />],
    [own.model, <ModelLink id={credential.model.id} name={credential.model.name} at={at} />],
    [
      own.tier,
      <>
        <Name text={tier.name} id={tier.id} /> <FullId value={tier.id} />
      </>,
    ],
    [own.terms, <TermsLink id={tier.terms.id} name={tier.terms.name} at={at} />],
    [own.from, <When time={credential.validFrom} />],
    [own.until, credential.validUntil >= FOREVER ? own.forever : <When time={credential.validUntil} />],
    [own.state, own.states[credential.state as keyof typeof own.states]],
    [own.gap, gap],
    [own.quota, quota.length === 0 ? own.noQuota : quota.join(', ')],
    ...(credential.parent
      ? [
          [
            own.parent,
            <>
              <CredentialLink id={credential.parent.id} name={tier.name} at={at} />{' '}
              <FullId value={credential.parent.id} />
            </>,
          ] as const,
        ]
      : []),
    ...(credential.payment ? [[own.payment, <FullId value={credential.payment} />] as const] : []),
    ...(credential.agreement ? [[own.agreement, <FullId value={credential.agreement} />] as const] : []),
  ]
  return <Rows rows={rows} />
}

function Covers({ credential, at }: { credential: Credential; at: number | undefined }) {
  const words = useWords()
  const { credential: own } = useWordsOf(licenseWords)
  const terms = useLedger('Terms', { id: credential.tier.terms.id as Hex }, at)
  const { passThrough, subCredentials } = credential.tier
  const listed = (rights: readonly (keyof typeof words.uses)[]): string =>
    rights.length === 0 ? words.none : rights.map((right) => words.uses[right]).join(', ')
  return (
    <section aria-labelledby="covers">
      <h2 id="covers">{own.covers}</h2>
      <dl className="record">
        <div>
          <dt>{own.passThrough}</dt>
          <dd>{listed(passThrough)}</dd>
        </div>
        <div>
          <dt>{own.sub}</dt>
          <dd>{subCredentials ? own.yes : own.no}</dd>
        </div>
        {credential.lifts.length > 0 && (
          <div>
            <dt>{own.lifts}</dt>
            <dd>
              {listed(credential.lifts)} <span className="muted">· {own.liftsHint}</span>
            </dd>
          </div>
        )}
      </dl>
      <Loaded of={terms} lines={8}>
        {({ terms: found }) =>
          found ? <RightsMatrix terms={found} other={undefined} entry={undefined} entryOfOther={undefined} /> : null
        }
      </Loaded>
    </section>
  )
}

function History({ credential }: { credential: Credential }) {
  const words = useWords()
  const { credential: own } = useWordsOf(licenseWords)
  const { number } = useFormats()
  const rows = [
    { state: own.issued, validUntil: undefined, block: credential.issued, account: credential.publisher, reason: '' },
    ...credential.history.map(({ state, validUntil, block, account, reason }) => ({
      state: own.states[state as keyof typeof own.states],
      validUntil: validUntil as number | undefined,
      block,
      account,
      reason: reason ?? '',
    })),
  ]
  return (
    <section aria-labelledby="history">
      <h2 id="history">{own.history}</h2>
      <div className="scroll" tabIndex={0} role="region" aria-labelledby="history">
        <table>
          <thead>
            <tr>
              <th scope="col">{own.change}</th>
              <th scope="col">{own.until}</th>
              <th scope="col">{words.activity.when}</th>
              <th scope="col">{own.by}</th>
              <th scope="col">{own.reason}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                <td>{row.state}</td>
                <td>
                  {row.validUntil === undefined ? (
                    ''
                  ) : row.validUntil >= FOREVER ? (
                    own.forever
                  ) : (
                    <When time={row.validUntil} />
                  )}
                </td>
                <td>
                  {number(row.block.number)} · <When time={row.block.time} />
                </td>
                <td>
                  <ShortId value={row.account} />
                </td>
                <td className="wrapping">{row.reason === '' ? '' : <Name text={row.reason} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
