import { useNavigate, useSearch } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { RIGHT_NAMES } from 'stemma/core'

import { useLedgerPages } from '../../api/pages.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import { TermsLink } from '../../ui/links.tsx'
import { More } from '../../ui/More.tsx'
import { PageHead } from '../../ui/PageHead.tsx'
import { Loaded, ShortId } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import { licenseWords } from './words.ts'
import '../../style/stacks.css'
import './license.css'

/** The terms on the ledger, by name. */
export function LicensesPage() {
  const { list: words } = useWordsOf(licenseWords)
  const { q, at } = useSearch({ from: '/licenses' })
  const found = useLedgerPages(
    'TermsList',
    { first: 50, ...(q && { startsWith: q }) },
    at,
    ({ termsList }) => termsList,
  )
  return (
    <>
      <PageHead title={words.title} lead={words.lead} />
      <Find q={q ?? ''} key={q} />
      <Loaded of={found} lines={10}>
        {({ nodes, total }) =>
          nodes.length === 0 ? (
            <p className="notice">{q ? words.missing(plain(q, 80)) : words.empty}</p>
          ) : (
            <Listed nodes={nodes} total={total} at={at} />
          )
        }
      </Loaded>
      <More of={found} />
    </>
  )
}

function Find({ q }: { q: string }) {
  const { list: words } = useWordsOf(licenseWords)
  const [typed, setTyped] = useState(q)
  const navigate = useNavigate({ from: '/licenses' })
  const id = useId()
  return (
    <form
      role="search"
      className="filters"
      onSubmit={(event) => {
        event.preventDefault()
        const text = typed.trim()
        void navigate({ search: (before) => ({ ...before, q: text === '' ? undefined : text }) })
      }}
    >
      <div className="field">
        <label htmlFor={id}>{words.find}</label>
        <input
          id={id}
          type="search"
          value={typed}
          maxLength={100}
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <button type="submit" className="primary">
        {words.show}
      </button>
    </form>
  )
}

type Node = Parameters<typeof Row>[0]['terms']

function Listed({ nodes, total, at }: { nodes: readonly Node[]; total: number | undefined; at: number | undefined }) {
  const { map } = useWords()
  const { list: words } = useWordsOf(licenseWords)
  const { number } = useFormats()
  return (
    <>
      <p className="muted">{map.allLabel(number(total ?? nodes.length))}</p>
      <div className="scroll" tabIndex={0} role="region" aria-label={words.title}>
        <table className="stacks">
          <thead>
            <tr>
              <th scope="col">{words.name}</th>
              <th scope="col">{words.lacks}</th>
              <th scope="col" className="number">
                {words.duties}
              </th>
              <th scope="col" className="number">
                {words.thresholds}
              </th>
              <th scope="col">{words.id}</th>
            </tr>
          </thead>
          <tbody>
            {nodes.map((terms) => (
              <Row key={terms.id} terms={terms} at={at} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

type Listing = {
  id: string
  name: string | null
  rights: readonly string[]
  duties: readonly unknown[]
  thresholds: readonly unknown[]
}

function Row({ terms, at }: { terms: Listing; at: number | undefined }) {
  const words = useWords()
  const { list } = useWordsOf(licenseWords)
  const { number } = useFormats()
  // Most licenses give most rights, so what they do not give tells them apart.
  const lacking = RIGHT_NAMES.filter((right) => !terms.rights.includes(right))
  return (
    <tr data-terms={terms.id}>
      <td data-label={list.name}>
        <TermsLink id={terms.id} name={terms.name ?? list.set} at={at} />
      </td>
      <td className="wrapping" data-label={list.lacks}>
        {lacking.length === 0 ? (
          <span className="muted">{list.nothing}</span>
        ) : (
          lacking.map((right) => words.uses[right]).join(', ')
        )}
      </td>
      <td className="number" data-label={list.duties}>
        {number(terms.duties.length)}
      </td>
      <td className="number" data-label={list.thresholds}>
        {number(terms.thresholds.length)}
      </td>
      <td data-label={list.id}>
        <ShortId value={terms.id} />
      </td>
    </tr>
  )
}
