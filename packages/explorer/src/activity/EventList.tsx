import type { ReactNode } from 'react'
import type { LedgerOf } from 'stemma/query'

import { useStatus } from '../api/queries.ts'
import { useSettings, useWordsOf } from '../app/settings.tsx'
import { useFormats } from '../ui/formats.ts'
import { nameOf } from '../ui/names.ts'
import { ModelLink, Name, ShortId, When } from '../ui/parts.tsx'
import { SENTENCES, type Part } from './sentences.ts'
import { words as ownWords } from './words.ts'
import './activity.css'

export type LedgerEvent = LedgerOf<'Activity'>['activity']['nodes'][number]

/** Blocks after which an event counts as confirmed. */
const CONFIRMED = 12
const NOTHING: ReadonlyMap<string, number | null> = new Map()

/** Events of the ledger as sentences, one a row. Those that the chain has replaced are struck through. */
export function EventList({
  events,
  at,
  vanished = NOTHING,
}: {
  events: readonly LedgerEvent[]
  at: number | undefined
  vanished?: ReadonlyMap<string, number | null>
}) {
  const words = useWordsOf(ownWords)
  const { number } = useFormats()
  if (events.length === 0) return <p className="muted">{words.empty}</p>
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={words.events}>
      <table className="events">
        <thead>
          <tr>
            <th scope="col">{words.what}</th>
            <th scope="col">{words.when}</th>
            <th scope="col">{words.standing}</th>
            <th scope="col">{words.transaction}</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => {
            const isVoid = vanished.has(event.id)
            const sentence = <Sentence event={event} at={at} />
            return (
              <tr
                key={`${event.id} ${event.block.hash}`}
                className={isVoid ? 'void' : undefined}
                data-event={event.name}
              >
                <td>{isVoid ? <s>{sentence}</s> : sentence}</td>
                <td className="when">
                  {number(event.block.number)} <span className="muted">· </span>
                  <When time={event.block.time} />
                </td>
                <td>
                  {isVoid ? <Vanished block={vanished.get(event.id)!} /> : <Standing block={event.block.number} />}
                </td>
                <td>
                  <ShortId value={event.transaction} />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** What an event says, with links to what it names. */
function Sentence({ event, at }: { event: LedgerEvent; at: number | undefined }) {
  const { language } = useSettings()
  const words = useWordsOf(ownWords)
  const text = SENTENCES[language][event.name] ?? event.name
  const { account, actor, model, tier, credential, terms, claim } = event
  const parent = event.parent ?? claim?.parent
  const namedTier = tier ?? credential?.tier
  const parts: Record<Part, ReactNode> = {
    a:
      account &&
      (actor?.verifiedUntil != null && actor.domain ? <Name text={actor.domain} /> : <ShortId value={account} />),
    m: model && <ModelLink id={model.id} name={nameOf(model)} at={at} />,
    t: namedTier && <Name text={namedTier.name} id={namedTier.id} />,
    h: credential && <ShortId value={credential.holder} />,
    l: terms && <Name text={terms.name ?? ''} id={terms.id} />,
    p: parent && <ModelLink id={parent.id} name={nameOf(parent)} at={at} />,
  }
  return text.split(/\{(\w)\}/).map((piece, index) => {
    if (index % 2 === 0) return piece
    return <span key={index}>{parts[piece as Part] || words.missing[piece as Part]}</span>
  })
}

/** Whether the chain may still replace a block. */
function Standing({ block }: { block: number }) {
  const words = useWordsOf(ownWords)
  const { data } = useStatus()
  if (!data) return null
  const { finalized, block: newest } = data.progress
  const standing = block <= finalized ? 'final' : newest - block >= CONFIRMED ? 'confirmed' : 'latest'
  return (
    <span className={`finality ${standing}`} title={words[`${standing}Hint`]}>
      {words[standing]}
    </span>
  )
}

function Vanished({ block }: { block: number | null }) {
  const words = useWordsOf(ownWords)
  const { number } = useFormats()
  return (
    <span className="finality void" title={block === null ? words.vanishedHint : words.movedHint(number(block))}>
      {words.vanished}
    </span>
  )
}
