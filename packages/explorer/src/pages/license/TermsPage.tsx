import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Hex } from 'stemma/core'

import { useLedgerPages } from '../../api/pages.ts'
import { useLedger } from '../../api/queries.ts'
import { isId } from '../../app/address.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import { ForeignLink, TermsLink } from '../../ui/links.tsx'
import { More } from '../../ui/More.tsx'
import { nameOf } from '../../ui/names.ts'
import { Rows } from '../../ui/Row.tsx'
import { FullId, Loaded, ModelLink, Name, ShortId, Title, When } from '../../ui/parts.tsx'
import { NotHere } from '../../ui/NotHere.tsx'
import { JsonLink } from '../../ui/JsonLink.tsx'
import { plain } from '../../ui/plain.ts'
import type { Terms } from './compare.ts'
import { CompareForm } from './CompareForm.tsx'
import { DutyTable, RightsMatrix, ThresholdTable, type Entry } from './TermsTables.tsx'
import { licenseWords } from './words.ts'
import './license.css'

/** License terms: what they give, demand and withdraw, who published them, and who uses them. */
export function TermsPage() {
  const { terms: words } = useWordsOf(licenseWords)
  const { terms: id } = useParams({ from: '/l/$terms' })
  const { at, with: other } = useSearch({ from: '/l/$terms' })
  const found = useLedger('Terms', { id: id.toLowerCase() as Hex }, at, { enabled: isId(id) })
  const compared = useLedger('Terms', { id: (other ?? id) as Hex }, at, { enabled: other !== undefined })
  if (!isId(id)) return <NotHere id={id} text={words.missing} />
  return (
    <Loaded of={found} lines={12}>
      {({ terms }) =>
        !terms ? (
          <NotHere id={id} text={words.missing} />
        ) : (
          <>
            <Page terms={terms} other={other === undefined ? undefined : (compared.data?.terms ?? undefined)} at={at} />
            {other !== undefined && compared.data && !compared.data.terms && (
              <p className="notice" role="status">
                {words.missing} <ShortId value={other} />
              </p>
            )}
          </>
        )
      }
    </Loaded>
  )
}

function Page({ terms, other, at }: { terms: Terms; other: Terms | undefined; at: number | undefined }) {
  const own = useWordsOf(licenseWords)
  // The library is large, and only says where in a text a right stands.
  const book = useQuery({
    queryKey: ['library'],
    queryFn: async () => {
      const { LICENSES } = await import('../../api/library.ts')
      const { termsIdOfLicense } = await import('stemma/documents')
      return new Map<string, Entry>(LICENSES.map((entry) => [termsIdOfLicense(entry), entry]))
    },
    staleTime: Infinity,
  })
  const entry = book.data?.get(terms.id)
  const compared = { terms, other, entry, entryOfOther: other && book.data?.get(other.id) }
  const title = terms.name === null ? own.list.set : plain(terms.name, 80)
  return (
    <>
      <Title text={title} />
      <header className="page-head">
        <p className="eyebrow">{own.terms.eyebrow}</p>
        <h1>
          {terms.name === null ? own.list.set : <Name text={terms.name} id={terms.id} />}
          {entry && entry.name !== terms.name && <span className="muted"> · {entry.name}</span>}
        </h1>
        <FullId value={terms.id} />
        <p className="actions">
          <JsonLink path={`/v1/terms/${terms.id}`} at={at} />
        </p>
      </header>
      <Facts terms={terms} at={at} />
      {terms.components && <Components parts={terms.components} at={at} />}
      <CompareForm terms={terms} other={other} at={at} />
      <RightsMatrix {...compared} />
      {book.data && !entry && <p className="hint">{own.terms.notLibrary}</p>}
      <DutyTable {...compared} />
      <ThresholdTable {...compared} />
      <Models id={terms.id as Hex} at={at} />
      <Tiers id={terms.id as Hex} at={at} />
    </>
  )
}

function Facts({ terms, at: _ }: { terms: Terms; at: number | undefined }) {
  const words = useWords()
  const { terms: own } = useWordsOf(licenseWords)
  const { number } = useFormats()
  const { outbound } = terms
  const rows: readonly (readonly [string, ReactNode])[] = [
    [own.text, terms.text === null ? <span className="muted">{words.notStated}</span> : <FullId value={terms.text} />],
    [own.link, terms.uri ? <ForeignLink address={terms.uri} /> : <span className="muted">{words.notStated}</span>],
    [own.family, terms.family ?? <span className="muted">{words.notStated}</span>],
    [
      own.outbound,
      outbound === null
        ? own.anyFamily
        : outbound.only
          ? own.only(outbound.only.join(', '))
          : own.except((outbound.except ?? []).join(', ')),
    ],
    ...(terms.flags.length > 0
      ? [[own.flags, terms.flags.map((flag) => own.flagWords[flag]).join('; ')] as const]
      : []),
    [
      own.publishedBy,
      <>
        <FullId value={terms.account} />{' '}
        <span className="muted">
          · {words.activity.when} {number(terms.published.number)} · <When time={terms.published.time} />
        </span>
      </>,
    ],
  ]
  return <Rows rows={rows} />
}

function Components({ parts, at }: { parts: NonNullable<Terms['components']>; at: number | undefined }) {
  const words = useWords()
  const { terms: own } = useWordsOf(licenseWords)
  return (
    <section aria-labelledby="components">
      <h2 id="components">{own.components}</h2>
      <dl className="record">
        {(['weights', 'code', 'outputs'] as const).map((each) => {
          const part = parts[each]
          return (
            <div key={each}>
              <dt>{own.parts[each]}</dt>
              <dd>
                {part ? (
                  <TermsLink id={part.id} name={part.name} at={at} />
                ) : (
                  <span className="muted">{words.notStated}</span>
                )}
              </dd>
            </div>
          )
        })}
      </dl>
    </section>
  )
}

function Models({ id, at }: { id: Hex; at: number | undefined }) {
  const { terms: own } = useWordsOf(licenseWords)
  const { number } = useFormats()
  const words = useWords()
  const found = useLedgerPages(
    'Models',
    { filter: { terms: id }, order: 'name', first: 20 },
    at,
    ({ models }) => models,
  )
  return (
    <section aria-labelledby="users">
      <h2 id="users">{own.models}</h2>
      <Loaded of={found}>
        {({ nodes, total }) =>
          nodes.length === 0 ? (
            <p className="muted">{own.noModels}</p>
          ) : (
            <>
              <p className="muted">{words.map.allLabel(number(total ?? nodes.length))}</p>
              <ul className="cards compact">
                {nodes.map((model) => (
                  <li key={model.id}>
                    <ModelLink id={model.id} name={nameOf(model)} at={at} />
                    {(model.recalled || model.status !== 'active') && (
                      <span className="muted"> · {words.model.status[model.recalled ? 'recalled' : model.status]}</span>
                    )}
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
      <More of={found} />
    </section>
  )
}

function Tiers({ id, at }: { id: Hex; at: number | undefined }) {
  const words = useWords()
  const { terms: own } = useWordsOf(licenseWords)
  const found = useLedgerPages('Tiers', { filter: { terms: id }, first: 20 }, at, ({ tiers }) => tiers)
  return (
    <section aria-labelledby="tiers">
      <h2 id="tiers">{own.tiers}</h2>
      <Loaded of={found}>
        {({ nodes }) =>
          nodes.length === 0 ? (
            <p className="muted">{own.noTiers}</p>
          ) : (
            <ul className="cards">
              {nodes.map((tier) => (
                <li key={tier.id}>
                  <strong>
                    <Name text={tier.name} id={tier.id} />
                  </strong>{' '}
                  · <ModelLink id={tier.model.id} name={nameOf(tier.model)} at={at} />
                  <p className="muted">
                    {tier.open ? words.model.openTier : words.model.grantedTier}
                    {tier.withdrawn !== null && ` · ${words.model.withdrawn}`} ·{' '}
                    <Link to="/usage" search={{ tier: tier.id, at }}>
                      {words.pages.usage}
                    </Link>
                  </p>
                  <FullId value={tier.id} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <More of={found} />
    </section>
  )
}
