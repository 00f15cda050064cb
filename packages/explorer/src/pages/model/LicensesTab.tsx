import { FOREVER } from 'stemma/core'

import { useLedger } from '../../api/queries.ts'
import { useWords } from '../../app/settings.tsx'
import { ActLinks } from '../../ui/ActLinks.tsx'
import { FullId, Loaded, Name, When } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import type { Model } from './ModelPage.tsx'

export function LicensesTab({ model, at }: { model: Model; at: number | undefined }) {
  const words = useWords()
  const { number } = useFormats()
  const credentials = useLedger('CredentialsOfModel', { id: model.id, first: 50 }, at)
  return (
    <>
      <h3>{words.model.terms}</h3>
      {model.terms === null ? (
        <p className="muted">{words.notStated}</p>
      ) : (
        <p>
          <Name text={model.terms.name ?? ''} id={model.terms.id} /> <FullId value={model.terms.id} />
        </p>
      )}
      <h3>{words.model.tiers}</h3>
      {model.tiers.length === 0 && <p className="muted">{words.model.noTiers}</p>}
      <ul className="cards">
        {model.tiers.map((tier) => (
          <li key={tier.id}>
            <strong>
              <Name text={tier.name} id={tier.id} />
            </strong>
            <p className="muted">
              {tier.open ? words.model.openTier : words.model.grantedTier}
              {tier.withdrawn !== null && ` · ${words.model.withdrawn}`} ·{' '}
              <Name text={tier.terms.name ?? words.notStated} />
            </p>
            <FullId value={tier.id} />
            <ActLinks
              links={[
                ['apply', { model: model.id, tier: tier.id }],
                ['grant', { model: model.id, tier: tier.id }],
              ]}
            />
          </li>
        ))}
      </ul>
      <ActLinks links={[['offer', { model: model.id }]]} />
      <h3>{words.model.credentials}</h3>
      <Loaded of={credentials}>
        {({ model: found }) =>
          !found || found.credentials.totalCount === 0 ? (
            <p className="muted">{words.none}</p>
          ) : (
            <>
              <p className="muted">{number(found.credentials.totalCount)}</p>
              <ul className="cards">
                {found.credentials.nodes.map((credential) => (
                  <li key={credential.id}>
                    <strong>
                      <Name text={credential.tier.name} />
                    </strong>
                    <p>
                      {words.model.holder} <FullId value={credential.holder} />
                    </p>
                    <p className="muted">
                      {credential.valid ? words.model.valid : words.model.notValid}
                      {credential.validUntil < FOREVER && (
                        <>
                          {' '}
                          · {words.model.until} <When time={credential.validUntil} />
                        </>
                      )}
                    </p>
                    <FullId value={credential.id} />
                    <ActLinks links={[['revoke', { credential: credential.id }]]} />
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
    </>
  )
}
