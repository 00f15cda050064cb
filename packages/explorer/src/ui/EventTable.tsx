import type { LedgerOf } from 'stemma/query'

import { useWords } from '../app/settings.tsx'
import { ModelLink, ShortId, When } from './parts.tsx'
import { useFormats } from './formats.ts'
import { nameOf } from './names.ts'

type LedgerEvent = LedgerOf<'Activity'>['activity']['nodes'][number]

/** Events of the ledger, one a row. */
export function EventTable({ events, at }: { events: readonly LedgerEvent[]; at: number | undefined }) {
  const words = useWords()
  const { number } = useFormats()
  if (events.length === 0) return <p className="muted">{words.none}</p>
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={words.model.events}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.activity.what}</th>
            <th scope="col">{words.activity.model}</th>
            <th scope="col">{words.activity.account}</th>
            <th scope="col">{words.activity.when}</th>
            <th scope="col">{words.activity.transaction}</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.id}>
              <td>{words.events[event.name] ?? sentenceOf(event.name)}</td>
              <td>{event.model && <ModelLink id={event.model.id} name={nameOf(event.model)} at={at} />}</td>
              <td>{event.account && <ShortId value={event.account} />}</td>
              <td>
                {number(event.block.number)} <span className="muted">· </span>
                <When time={event.block.time} />
              </td>
              <td>
                <ShortId value={event.transaction} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** `ModelRegistered` as people read it: "Model registered". */
export function sentenceOf(name: string): string {
  const text = name.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').toLowerCase()
  return text.charAt(0).toUpperCase() + text.slice(1)
}
