import { Link } from '@tanstack/react-router'
import { useEffect, useState, type ReactNode } from 'react'
import { mixesScripts, type Verdict } from 'stemma/core'
import { QueryError } from 'stemma/query'

import { TooManyRequestsError } from '../api/queries.ts'
import { useSettings, useWords } from '../app/settings.tsx'
import { VerdictIcon } from './VerdictIcon.tsx'
import { useFormats } from './formats.ts'
import { plain } from './plain.ts'

/** The words of strangers: plain text whose direction stays its own. */
export function Name({ text, id }: { text: string; id?: string }) {
  const words = useWords()
  const shown = plain(text)
  if (shown === '') return <span className="muted">{id ? `${words.noName} ${id.slice(0, 10)}…` : words.noName}</span>
  return (
    <>
      <bdi className="name" title={shown}>
        {shown}
      </bdi>
      {mixesScripts(shown) && (
        <span className="alike" title={words.mixedHint}>
          {words.mixed}
        </span>
      )}
    </>
  )
}

/** An id, a digest or an account, whole, with a button that copies it. */
export function FullId({ value }: { value: string }) {
  const words = useWords()
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [isCopied])
  return (
    <span className="full-id">
      <code translate="no">{value}</code>
      <button
        type="button"
        className="small"
        aria-label={`${words.copy} ${value}`}
        onClick={() => void navigator.clipboard?.writeText(value).then(() => setCopied(true))}
      >
        {isCopied ? words.copied : words.copy}
      </button>
    </span>
  )
}

/** An id where there is no room: it begins and ends as it does, and is whole when pointed at. */
export function ShortId({ value }: { value: string }) {
  return (
    <code translate="no" title={value}>
      {value.slice(0, 8)}…{value.slice(-6)}
    </code>
  )
}

export function ModelLink({ id, name, at }: { id: string; name: string; at: number | undefined }) {
  return (
    <Link to="/m/$id" params={{ id }} search={{ at }}>
      <Name text={name} id={id} />
    </Link>
  )
}

/** A verdict: always an icon and a word. */
export function VerdictMark({ verdict }: { verdict: Verdict }) {
  const words = useWords()
  return (
    <span className={`verdict ${verdict}`}>
      <VerdictIcon verdict={verdict} />
      {words.verdicts[verdict]}
    </span>
  )
}

/** Gray bars in the place of what is being read. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  const words = useWords()
  return (
    <div className="skeleton" role="status" aria-label={words.loading}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} />
      ))}
    </div>
  )
}

/** What browsers and Vite say when a part of the explorer is not there: the server has a newer one, or is away. */
const MISSING = /dynamically imported module|importing a module script|preload CSS/i

/** Why something cannot be shown, and a button to ask again. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const words = useWords()
  const { number } = useFormats()
  const cause = error instanceof Error ? error.cause : undefined
  const busy = [error, cause].find((each) => each instanceof TooManyRequestsError)
  const isAway = (error as { code?: string } | null)?.code === 'QUERY_UNREACHABLE'
  const isOld = MISSING.test(String((error as Error | null)?.message))
  const title = busy
    ? words.busy(number(busy.after))
    : isOld
      ? words.old.title
      : isAway
        ? words.unavailable.title
        : error instanceof QueryError
          ? words.refused
          : words.failed
  return (
    <div className="notice failure" role="alert">
      <strong>{title}</strong>
      {busy || isOld ? null : (
        <p>{isAway ? words.unavailable.text : plain(String((error as Error)?.message ?? error))}</p>
      )}
      {(isOld || retry) && (
        <button type="button" onClick={isOld ? () => location.reload() : retry}>
          {isOld ? words.old.open : words.unavailable.retry}
        </button>
      )}
    </div>
  )
}

/** Skeleton, failure or content of what is read. What was read before stays while the index is away: the frame says so. */
export function Loaded<T>({
  of,
  lines,
  children,
}: {
  of: { data: T | undefined; error: unknown; refetch: () => unknown }
  lines?: number
  children: (data: T) => ReactNode
}) {
  if (of.data !== undefined) return children(of.data)
  if (of.error) return <Failure error={of.error} retry={() => void of.refetch()} />
  return <Skeleton {...(lines !== undefined && { lines })} />
}

/** The time of a block, in the reader's language. */
export function When({ time }: { time: number }) {
  const { dateTime } = useFormats()
  return <time dateTime={new Date(time * 1000).toISOString()}>{dateTime(time)}</time>
}

export function Title({ text }: { text: string }) {
  const { language } = useSettings()
  useEffect(() => {
    document.title = text === 'Stemma' ? text : `${text} · Stemma`
  }, [text, language])
  return null
}
