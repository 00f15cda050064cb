import { FOREVER } from 'stemma/core'

import { useLedgerPages } from '../../api/pages.ts'
import { useWords } from '../../app/settings.tsx'
import { ActLinks } from '../../ui/ActLinks.tsx'
import { CredentialLink, TermsLink } from '../../ui/links.tsx'
import { More } from '../../ui/More.tsx'
import { FullId, Loaded, Name, When } from '../../ui/parts.tsx'
import { useFormats } from '../../ui/formats.ts'
import type { Model } from './ModelPage.tsx'

export function LicensesTab({ model, at }: { model: Model; at: number | undefined }) {
  const words = useWords()
  const { number } = useFormats()
  const credentials = useLedgerPages(
    'CredentialsOfModel',
    { id: model.id, first: 20 },
    at,
    ({ model: found }) => found?.credentials,
  )
  return (
    <>
      <h3>{words.model.terms}</h3>
      {model.terms === null ? (
        <p className="muted">{words.notStated}</p>
      ) : (
        <p>
          <TermsLink id={model.terms.id} name={model.terms.name} at={at} /> <FullId value={model.terms.id} />
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
              <TermsLink id={tier.terms.id} name={tier.terms.name} at={at} />
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
        {({ nodes, total }) =>
          nodes.length === 0 ? (
            <p className="muted">{words.none}</p>
          ) : (
            <>
              <p className="muted">{words.map.allLabel(number(total ?? nodes.length))}</p>
              <ul className="cards">
                {nodes.map((credential) => (
                  <li key={credential.id}>
                    <strong>
                      <CredentialLink id={credential.id} name={credential.tier.name} at={at} />
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
      <More of={credentials} />
    </>
  )
}
