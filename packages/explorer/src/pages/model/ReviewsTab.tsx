import { Link } from '@tanstack/react-router'

import { useLedger } from '../../api/queries.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { ActLinks } from '../../ui/ActLinks.tsx'
import { Loaded } from '../../ui/parts.tsx'
import { ClaimList, ReviewHistory, ReviewRecord, ReviewStanding, ScanList } from '../reviews/ReviewParts.tsx'
import { reviewWords } from '../reviews/words.ts'
import type { Model } from './ModelPage.tsx'

export function ReviewsTab({ model, at }: { model: Model; at: number | undefined }) {
  const words = useWords()
  const own = useWordsOf(reviewWords)
  const found = useLedger('Review', { id: model.id }, at)
  return (
    <>
      <h3>{words.model.review}</h3>
      <Loaded of={found}>
        {({ review, now }) =>
          !review ? (
            <p className="muted">{words.model.noReview}</p>
          ) : (
            <>
              <ReviewStanding review={review} now={now} />
              <p>
                <Link to="/reviews/$subject" params={{ subject: model.id }} search={{ at }}>
                  {own.whole}
                </Link>
              </p>
              <ReviewRecord review={review} />
              <h3>{own.scans}</h3>
              <ScanList scans={review.scans} />
              <h3>{own.history}</h3>
              <ReviewHistory history={review.history} />
            </>
          )
        }
      </Loaded>
      <ActLinks
        links={[
          ['review', { model: model.id }],
          ['scan', { model: model.id }],
        ]}
      />
      <h3>{own.claimsTitle}</h3>
      <ActLinks links={[['claim', { subject: model.id }]]} />
      <ClaimList subject={model.id} at={at} />
    </>
  )
}
