import { Link, Navigate, useSearch } from '@tanstack/react-router'
import type { LedgerOf } from 'stemma/query'

import { useLedger } from '../api/queries.ts'
import { recognise, searchTextOf } from '../app/recognise.ts'
import { useWords } from '../app/settings.tsx'
import { CredentialLink, TermsLink } from '../ui/links.tsx'
import { FullId, Loaded, ModelLink, Name, ShortId, Title } from '../ui/parts.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { nameOf } from '../ui/names.ts'
import { plain } from '../ui/plain.ts'

type Found = LedgerOf<'Search'>['search']

export function SearchPage() {
  const words = useWords()
  const { q, at } = useSearch({ from: '/search' })
  const found = useLedger('Search', { text: searchTextOf(q), first: 50 }, at, { enabled: q.trim() !== '' })
  const title = words.search.results(plain(q, 80))
  return (
    <>
      <Title text={title} />
      <SearchBox text={q} at={at} key={q} />
      <h1>{title}</h1>
      {q.trim() === '' || found.isPlaceholderData ? null : (
        <Loaded of={found}>{({ search }) => <Results found={search} q={q} at={at} />}</Loaded>
      )}
    </>
  )
}

function Results({ found, q, at }: { found: Found; q: string; at: number | undefined }) {
  const words = useWords()
  const { hits, publishers, terms, credential, tier, transaction, suggestions } = found
  const others =
    publishers.length + terms.length + [credential, tier, transaction].filter((each) => each !== null).length
  const [first] = hits
  // What names one model leads to it. The search itself is left out of the way back.
  if (first && hits.length === 1 && others === 0) {
    return <Navigate to="/m/$id" params={{ id: first.model.id }} search={{ at }} replace />
  }
  if (transaction && hits.length + others === 1) {
    return <Navigate to="/tx/$hash" params={{ hash: transaction.hash }} search={{ at }} replace />
  }
  if (hits.length + others === 0) return <Nothing q={q} suggestions={suggestions} at={at} />
  return (
    <>
      {hits.length > 0 && (
        <section aria-labelledby="models">
          <h2 id="models">{words.search.models}</h2>
          <ul className="cards">
            {hits.map(({ model, by }) => (
              <li key={`${model.id} ${by}`}>
                <ModelLink id={model.id} name={nameOf(model)} at={at} />
                <p className="muted">
                  {words.search.by[by] ?? by} · <Name text={model.terms?.name ?? words.notStated} /> ·{' '}
                  {model.recalled ? words.model.status.recalled : words.model.status[model.status]} ·{' '}
                  <ShortId value={model.id} />
                </p>
              </li>
            ))}
          </ul>
        </section>
      )}
      {publishers.length > 0 && (
        <section aria-labelledby="accounts">
          <h2 id="accounts">{words.search.publishers}</h2>
          <ul className="cards">
            {publishers.map(({ address, domain, verifiedUntil }) => (
              <li key={address}>
                <FullId value={address} />
                <p className="muted">
                  {domain && <Name text={domain} />}{' '}
                  {verifiedUntil === null ? words.model.unverified : words.model.verifiedForever}
                </p>
              </li>
            ))}
          </ul>
        </section>
      )}
      {terms.length > 0 && (
        <section aria-labelledby="terms">
          <h2 id="terms">{words.search.terms}</h2>
          <ul className="cards">
            {terms.map((each) => (
              <li key={each.id}>
                <TermsLink id={each.id} name={each.name} at={at} />
                <p className="muted">{each.rights.map((right) => words.uses[right]).join(', ')}</p>
                <FullId value={each.id} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {credential && (
        <section aria-labelledby="credential">
          <h2 id="credential">{words.search.credential}</h2>
          <p>
            <ModelLink id={credential.model.id} name={credential.model.name} at={at} /> ·{' '}
            <CredentialLink id={credential.id} name={credential.tier.name} at={at} /> ·{' '}
            {credential.valid ? words.model.valid : words.model.notValid}
          </p>
          <FullId value={credential.id} />
        </section>
      )}
      {transaction && (
        <section aria-labelledby="transaction">
          <h2 id="transaction">{words.transaction.title}</h2>
          <p>
            <Link to="/tx/$hash" params={{ hash: transaction.hash }} search={{ at }}>
              {words.transaction.events}
            </Link>
          </p>
          <FullId value={transaction.hash} />
        </section>
      )}
      {tier && (
        <section aria-labelledby="tier">
          <h2 id="tier">{words.search.tier}</h2>
          <p>
            <Name text={tier.name} /> · <TermsLink id={tier.terms.id} name={tier.terms.name} at={at} />
          </p>
          <FullId value={tier.id} />
        </section>
      )}
    </>
  )
}

function Nothing({ q, suggestions, at }: { q: string; suggestions: readonly string[]; at: number | undefined }) {
  const words = useWords()
  return (
    <div className="notice">
      <p>{recognise(q) === 'digest' ? words.search.nothingDigest : words.search.nothing(plain(q, 80))}</p>
      {suggestions.length > 0 && (
        <>
          <p>{words.search.near}</p>
          <ul>
            {suggestions.map((each) => (
              <li key={each}>
                <Link to="/search" search={{ q: each, at }}>
                  <Name text={each} />
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}
