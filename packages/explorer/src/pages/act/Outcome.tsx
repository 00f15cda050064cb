import { Link } from '@tanstack/react-router'
import { useEffect, useRef, type ReactNode } from 'react'
import type { Hex } from 'stemma/core'

import { queries, useLedger, useStatus } from '../../api/queries.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { Rows } from '../../ui/Row.tsx'
import { FullId } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import { saveFile } from '../../ui/saveFile.ts'
import type { Outcome } from './intent.ts'
import { words } from './words.ts'

/** Milliseconds between two looks at how far the index is, until it has the block. */
const POLL = 500

/** What was done, and what the index says of it as soon as it has read the block. */
export function OutcomePanel({ outcome, again }: { outcome: Outcome; again: () => void }) {
  const act = useWordsOf(words)
  const { number } = useFormats()
  const { transaction, replaced, block, keep } = outcome
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section className="answer permitted" aria-labelledby="outcome" data-outcome>
      <h2 id="outcome" tabIndex={-1} ref={heading}>
        {block === undefined ? act.done.signed : act.done.title(number(block))}
      </h2>
      {transaction && (
        <p>
          {act.transaction} <FullId value={transaction} />
        </p>
      )}
      {replaced && (
        <p className="muted">
          {act.replacedBy} <FullId value={replaced} />
        </p>
      )}
      {transaction && block !== undefined && <Indexed block={block} transaction={transaction} />}
      <Records outcome={outcome} />
      {keep && (
        <>
          {block === undefined && <p>{act.done.signedText}</p>}
          <pre className="kept">{keep.text}</pre>
        </>
      )}
      <p className="actions">
        {keep && (
          <button type="button" onClick={() => saveFile(keep.name, 'application/json', keep.text)}>
            {act.review.save}
          </button>
        )}
        <button type="button" onClick={again}>
          {act.done.again}
        </button>
      </p>
    </section>
  )
}

/** Says whether the index has read a block, and asks until it has. A transaction of the ledger leaves an event there, whatever a wallet says of it. */
function Indexed({ block, transaction }: { block: number; transaction: Hex }) {
  const act = useWordsOf(words)
  const { data } = useStatus()
  const isIndexed = (data?.progress.block ?? 0) >= block
  useEffect(() => {
    if (isIndexed) {
      void queries.invalidateQueries({ queryKey: ['ledger', 'now'] })
      return
    }
    const timer = setInterval(() => void queries.refetchQueries({ queryKey: ['status'] }), POLL)
    return () => clearInterval(timer)
  }, [isIndexed])
  const events = useLedger('Activity', { filter: { transaction }, first: 1 }, undefined, { enabled: isIndexed })
  const isUnheard = events.data !== undefined && !events.isFetching && events.data.activity.nodes.length === 0
  return (
    <p className={isUnheard ? 'notice failure' : 'muted'} role="status">
      {isUnheard ? act.done.unheard : isIndexed ? act.done.indexed : act.done.waiting}
    </p>
  )
}

function Records({ outcome }: { outcome: Outcome }) {
  const act = useWordsOf(words)
  const { model, tier, credential, claim, terms } = outcome
  const rows: readonly (readonly [string, ReactNode])[] = [
    ...(model === undefined
      ? []
      : ([
          [
            act.subject.model,
            <>
              <FullId value={model} />{' '}
              <Link to="/m/$id" params={{ id: model }}>
                {act.done.model}
              </Link>{' '}
              <ModelState id={model} />
            </>,
          ],
        ] as const)),
    ...(terms === undefined
      ? []
      : ([
          [
            act.done.terms,
            <>
              <FullId value={terms} />{' '}
              <Link to="/l/$terms" params={{ terms }}>
                {act.done.termsPage}
              </Link>
            </>,
          ],
        ] as const)),
    ...(tier === undefined ? [] : ([[act.done.tier, <FullId value={tier} />]] as const)),
    ...(credential === undefined
      ? []
      : ([
          [
            act.done.credential,
            <>
              <FullId value={credential} /> <CredentialState id={credential} />
            </>,
          ],
        ] as const)),
    ...(claim === undefined
      ? []
      : ([
          [
            act.done.claim,
            <>
              <FullId value={claim} /> <ClaimState id={claim} />
            </>,
          ],
        ] as const)),
  ]
  if (rows.length === 0) return null
  return <Rows rows={rows} />
}

function State({ text }: { text: string | undefined }) {
  const act = useWordsOf(words)
  if (text === undefined) return null
  return (
    <p data-state>
      {act.done.state}: <strong>{text}</strong>
    </p>
  )
}

function ModelState({ id }: { id: Hex }) {
  const { model: names } = useWords()
  const { data } = useLedger('Model', { id }, undefined)
  const model = data?.model
  if (!model) return null
  const state = model.review?.state
  return (
    <State
      text={
        names.status[model.status] +
        (state && state !== 'none' ? `, ${names.review}: ${names.reviewStates[state]}` : '')
      }
    />
  )
}

function CredentialState({ id }: { id: Hex }) {
  const { model: names } = useWords()
  const { data } = useLedger('Credential', { id }, undefined)
  const credential = data?.credential
  return <State text={credential ? (credential.valid ? names.valid : names.notValid) : undefined} />
}

function ClaimState({ id }: { id: Hex }) {
  const act = useWordsOf(words)
  const { data } = useLedger('Claim', { id }, undefined)
  const state = data?.claim?.state
  return <State text={state && act.claimStates[state]} />
}
