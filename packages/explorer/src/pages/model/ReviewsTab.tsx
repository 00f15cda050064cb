import { useLedger } from '../../api/queries.ts'
import { useWords } from '../../app/settings.tsx'
import { ActLinks } from '../../ui/ActLinks.tsx'
import { FullId, Loaded, ModelLink, When } from '../../ui/parts.tsx'
import type { Model } from './ModelPage.tsx'

export function ReviewsTab({ model, at }: { model: Model; at: number | undefined }) {
  const words = useWords()
  const review = useLedger('Review', { id: model.id }, at)
  const claims = useLedger('Claims', { filter: { subject: model.id }, first: 50 }, at)
  return (
    <>
      <h3>{words.model.review}</h3>
      <Loaded of={review}>
        {({ review: found }) =>
          !found ? (
            <p className="muted">{words.model.noReview}</p>
          ) : (
            <>
              <p>
                {words.model.reviewStates[found.state]}
                {found.request && (
                  <>
                    {' '}
                    · {words.model.readyAt('')}
                    <When time={found.request.readyAt} />
                  </>
                )}
              </p>
              <h3>{words.model.scans}</h3>
              {found.scans.length === 0 && <p className="muted">{words.none}</p>}
              <ul className="cards">
                {found.scans.map((scan, index) => (
                  <li key={index}>
                    <strong>{scan.verdict}</strong> · <When time={scan.scannedAt} />
                    <p>
                      {words.model.scanner} <FullId value={scan.scanner} />
                    </p>
                    <FullId value={scan.report} />
                  </li>
                ))}
              </ul>
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
      <h3>{words.model.claims}</h3>
      <ActLinks links={[['claim', { subject: model.id }]]} />
      <Loaded of={claims}>
        {({ claims: found }) =>
          found.nodes.length === 0 ? (
            <p className="muted">{words.model.noClaims}</p>
          ) : (
            <ul className="cards">
              {found.nodes.map((claim) => (
                <li key={claim.id}>
                  <strong>{claim.state}</strong> · {words.relations[claim.relation] ?? claim.relation} ·{' '}
                  <ModelLink id={claim.parent.id} name={claim.parent.name} at={at} />
                  <p>
                    <When time={claim.filed.time} />
                  </p>
                  <FullId value={claim.id} />
                  <ActLinks links={[['answer', { claim: claim.id }]]} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  )
}
