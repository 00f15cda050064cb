import { EventList } from '../../activity/EventList.tsx'
import { useLedgerPages } from '../../api/pages.ts'
import { useWords } from '../../app/settings.tsx'
import { More } from '../../ui/More.tsx'
import { Loaded, Name, ShortId, When } from '../../ui/parts.tsx'
import type { Model } from './ModelPage.tsx'

export function HistoryTab({ model, at }: { model: Model; at: number | undefined }) {
  const words = useWords()
  const activity = useLedgerPages(
    'Activity',
    { filter: { model: model.id }, first: 50 },
    at,
    (ledger) => ledger.activity,
  )
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
        {({ nodes }) => <EventList events={nodes} at={at} />}
      </Loaded>
      <More of={activity} />
    </>
  )
}
