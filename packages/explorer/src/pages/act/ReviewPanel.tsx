import { useEffect, useRef, useState, type ReactNode } from 'react'

import { useWordsOf } from '../../app/settings.tsx'
import { FullId, When } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import { plain } from '../../ui/plain.ts'
import { aboutEther, etherOf } from './ether.ts'
import type { Asked, Kept, Part } from './intent.ts'
import { saveFile } from '../../ui/saveFile.ts'
import { words } from './words.ts'

/** Everything that the wallet is about to get, before it is opened. */
export function ReviewPanel({
  asked,
  wallet,
  go,
  back,
}: {
  asked: Asked
  wallet: string
  go: () => void
  back: () => void
}) {
  const act = useWordsOf(words)
  const [isSaved, setSaved] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const keep = asked.kind === 'transaction' ? asked.keep : undefined
  const meaning = act.meanings[asked.kind === 'transaction' ? asked.method : asked.primaryType]
  return (
    <section className="review" aria-labelledby="review">
      <h2 id="review" tabIndex={-1} ref={heading}>
        {asked.kind === 'transaction' ? act.review.title : act.review.typedTitle}
      </h2>
      {meaning && <p className="sentence">{meaning}</p>}
      <p className="muted">
        {act.review.decoded} {asked.kind === 'transaction' && act.review.tried}
      </p>
      {asked.kind === 'transaction' ? <Transaction asked={asked} /> : <TypedData asked={asked} />}
      {keep && <Keep file={keep} isSaved={isSaved} onSaved={() => setSaved(true)} />}
      <p className="actions">
        <button type="button" className="primary" disabled={keep !== undefined && !isSaved} onClick={go}>
          {act.review.confirm(wallet)}
        </button>
        <button type="button" onClick={back}>
          {act.review.back}
        </button>
      </p>
    </section>
  )
}

function Keep({ file, isSaved, onSaved }: { file: Kept; isSaved: boolean; onSaved: () => void }) {
  const act = useWordsOf(words)
  return (
    <div className="notice">
      <p>{isSaved ? act.review.saved : act.review.keep}</p>
      <button
        type="button"
        onClick={() => {
          saveFile(file.name, 'application/json', file.text)
          onSaved()
        }}
      >
        {act.review.save}
      </button>
    </div>
  )
}

function Transaction({ asked }: { asked: Asked & { kind: 'transaction' } }) {
  const act = useWordsOf(words)
  const rows: readonly (readonly [string, ReactNode])[] = [
    [act.review.function, <code translate="no">{asked.method}</code>],
    [
      act.review.contract,
      <>
        <FullId value={asked.address} /> <span className="muted">{act.review.ledger(asked.contract)}</span>
      </>,
    ],
    [act.review.chain, String(asked.chainId)],
    [act.review.from, <FullId value={asked.from} />],
    [act.review.value, asked.value === 0n ? act.review.noValue : `${etherOf(asked.value)} ether (${asked.value} wei)`],
    [act.review.fee, `${aboutEther(asked.fee)} ether`],
    [act.review.balance, `${aboutEther(asked.balance)} ether`],
  ]
  return (
    <>
      <Parts parts={asked.parts} />
      <dl className="record">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>{act.review.raw}</summary>
        <code className="raw" translate="no">
          {asked.data}
        </code>
      </details>
    </>
  )
}

function TypedData({ asked }: { asked: Asked & { kind: 'typed-data' } }) {
  const act = useWordsOf(words)
  return (
    <>
      <Parts parts={asked.parts} />
      <h3>{act.review.domain}</h3>
      <Parts parts={asked.domain} />
    </>
  )
}

/** Values with their names, as the contract has them. */
function Parts({ parts, path = '' }: { parts: readonly Part[]; path?: string }) {
  return (
    <dl className="record parts">
      {parts.map((part) => (
        <div key={part.name} data-part={`${path}${part.name}`}>
          <dt>
            <code translate="no">{part.name}</code> <span className="type">{part.type}</span>
          </dt>
          <dd>
            {typeof part.value === 'string' ? (
              <Value part={part} value={part.value} />
            ) : part.value.length === 0 ? (
              <span className="muted">[]</span>
            ) : (
              <Parts parts={part.value} path={`${path}${part.name}.`} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Value({ part: { meaning }, value }: { part: Part; value: string }) {
  const isHex = /^0x[\da-f]{40,}$/i.test(value)
  return (
    <>
      {isHex ? <FullId value={value} /> : <bdi className="value">{plain(value, 2100) || '“”'}</bdi>}
      {meaning && (
        <span className="muted">
          {' '}
          · <Meaning meaning={meaning} />
        </span>
      )}
    </>
  )
}

function Meaning({ meaning }: { meaning: NonNullable<Part['meaning']> }) {
  const act = useWordsOf(words)
  const { number } = useFormats()
  if ('words' in meaning) return meaning.words
  if ('time' in meaning) return <When time={meaning.time} />
  return 'days' in meaning ? act.review.days(number(meaning.days)) : act.review[meaning.is]
}
