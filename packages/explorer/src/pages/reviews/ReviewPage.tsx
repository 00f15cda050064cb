import { useParams, useSearch } from '@tanstack/react-router'
import type { Hex } from 'stemma/core'

import { useLedger } from '../../api/queries.ts'
import { isId } from '../../app/address.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { ActLinks } from '../../ui/ActLinks.tsx'
import { useFormats } from '../../ui/formats.ts'
import { nameOf } from '../../ui/names.ts'
import { FullId, Loaded, ModelLink, Title } from '../../ui/parts.tsx'
import { NotHere } from '../../ui/NotHere.tsx'
import { JsonLink } from '../../ui/JsonLink.tsx'
import { plain } from '../../ui/plain.ts'
import { ClaimList, ReviewHistory, ReviewRecord, ReviewStanding, ScanList } from './ReviewParts.tsx'
import { reviewWords } from './words.ts'

/** A review whole: where it stands by the chain's clock, its scans, its changes, and claims about its subject. */
export function ReviewPage() {
  const own = useWordsOf(reviewWords)
  const { number, dateTime } = useFormats()
  const { subject } = useParams({ from: '/reviews/$subject' })
  const { at } = useSearch({ from: '/reviews/$subject' })
  const id = subject.toLowerCase() as Hex
  const found = useLedger('Review', { id }, at, { enabled: isId(subject) })
  const model = useLedger('Model', { id }, at, { enabled: isId(subject) })
  const missing = <NotHere id={subject} text={own.missing} />
  if (!isId(subject)) return missing
  const registered = model.data?.model
  const name = registered ? nameOf(registered) : ''
  return (
    <Loaded of={found} lines={10}>
      {({ review, now, block }) =>
        !review ? (
          missing
        ) : (
          <>
            <Title text={`${own.eyebrow}: ${plain(name || id, 80)}`} />
            <header className="page-head">
              <p className="eyebrow">{own.eyebrow}</p>
              <h1>{registered ? <ModelLink id={registered.id} name={name} at={at} /> : own.weightsOnly}</h1>
              <FullId value={id} />
            </header>
            <ReviewStanding review={review} now={now} />
            <p className="hint">
              {own.clock(number(block.number), dateTime(now))} {own.clockHint}
            </p>
            <p className="actions">
              <JsonLink path={`/v1/reviews/${id}`} at={at} />
            </p>
            {registered && (
              <ActLinks
                links={[
                  ...(review.request ? [] : [['review', { model: id }] as const]),
                  ['scan', { model: id }],
                  ['claim', { subject: id }],
                ]}
              />
            )}
            <ReviewRecord review={review} />
            <h2>{own.scans}</h2>
            <ScanList scans={review.scans} />
            <h2>{own.history}</h2>
            <ReviewHistory history={review.history} />
            <h2>{own.claimsTitle}</h2>
            <ClaimList subject={id} at={at} />
          </>
        )
      }
    </Loaded>
  )
}
