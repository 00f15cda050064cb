import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

import { useWords } from '../../app/settings.tsx'
import { TermsLink } from '../../ui/links.tsx'
import { Rows } from '../../ui/Row.tsx'
import { FullId, When } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import { useFormats } from '../../ui/formats.ts'
import type { Model } from './ModelPage.tsx'
import { NameProof } from './NameProof.tsx'

/** Everything that the registration says, whole. */
export function RecordTab({ model, at }: { model: Model; at: number | undefined }) {
  const words = useWords()
  const { number } = useFormats()
  const digest = (value: string | null): ReactNode =>
    value === null ? <span className="muted">{words.notStated}</span> : <FullId value={value} />
  const rows: readonly (readonly [string, ReactNode])[] = [
    [words.model.id, <FullId value={model.id} />],
    [words.model.publisher, <FullId value={model.publisher.address} />],
    [words.model.uri, <span className="uri">{plain(model.uri, 2000) || words.notStated}</span>],
    [words.model.weights, digest(model.weights)],
    [words.model.tensors, digest(model.tensors)],
    [words.model.annex, digest(model.annex)],
    [
      words.model.datasets,
      <>
        {digest(model.datasets)}
        {model.datasets !== null && (
          <>
            {' '}
            ·{' '}
            <Link to="/impact" search={{ at, datasets: model.datasets }}>
              {words.pages.impact}
            </Link>
          </>
        )}
      </>,
    ],
    [words.model.method, digest(model.method)],
    [
      words.model.terms,
      model.terms === null ? (
        <span className="muted">{words.notStated}</span>
      ) : (
        <>
          <TermsLink id={model.terms.id} name={model.terms.name} at={at} /> <FullId value={model.terms.id} />
        </>
      ),
    ],
    [
      words.model.registered,
      <>
        <When time={model.registeredAt} />{' '}
        <span className="muted">
          · {words.activity.when} {number(model.registered.number)}
        </span>
      </>,
    ],
    ...(model.batch === null ? [] : [[words.model.batch, <FullId value={model.batch} />] as const]),
  ]
  return (
    <>
      <Rows rows={rows} />
      <NameProof model={model} at={at} />
    </>
  )
}
