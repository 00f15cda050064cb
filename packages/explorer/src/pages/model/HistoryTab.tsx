import { EventList } from '../../activity/EventList.tsx'
import { useLedger } from '../../api/queries.ts'
import { useWords } from '../../app/settings.tsx'
import { Loaded, Name, ShortId, When } from '../../ui/parts.tsx'
import type { Model } from './ModelPage.tsx'

export function HistoryTab({ model, at }: { model: Model; at: number | undefined }) {
  const words = useWords()
  const activity = useLedger('Activity', { filter: { model: model.id }, first: 50 }, at)
  return (
    <>
      {model.history.length > 0 && (
        <>
          <h3>{words.model.statusChanges}</h3>
          <ul className="cards">
            {model.history.map((change, index) => (
              <li key={index}>
                <strong>{words.model.status[change.status]}</strong> · <When time={change.block.time} /> ·{' '}
                <ShortId value={change.account} />
                {change.reason && (
                  <p>
                    <Name text={change.reason} />
                  </p>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>{words.model.events}</h3>
      <Loaded of={activity} lines={6}>
        {(ledger) => <EventList events={ledger.activity.nodes} at={at} />}
      </Loaded>
    </>
  )
}
