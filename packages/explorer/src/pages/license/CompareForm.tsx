import { Link, useNavigate } from '@tanstack/react-router'
import { useId, useState } from 'react'
import type { Hex } from 'stemma/core'

import { useLedger } from '../../api/queries.ts'
import { idOf } from '../../app/address.ts'
import { useWords, useWordsOf } from '../../app/settings.tsx'
import { TermsLink } from '../../ui/links.tsx'
import { Name } from '../../ui/parts.tsx'
import type { Terms } from './compare.ts'
import { licenseWords } from './words.ts'

/** Chooses the terms beside which these are shown, by their id or by the beginning of their name. */
export function CompareForm({ terms, other, at }: { terms: Terms; other: Terms | undefined; at: number | undefined }) {
  const words = useWords()
  const { terms: own } = useWordsOf(licenseWords)
  const navigate = useNavigate()
  const id = useId()
  const [typed, setTyped] = useState('')
  const [wanted, setWanted] = useState('')
  const found = useLedger('TermsList', { startsWith: wanted, first: 8 }, at, { enabled: wanted !== '' })
  const choices = wanted === '' ? [] : (found.data?.termsList.nodes ?? []).filter((each) => each.id !== terms.id)
  const search = (chosen: Hex): void =>
    void navigate({
      to: '/l/$terms',
      params: { terms: terms.id },
      search: { at, with: chosen },
      resetScroll: false,
    })
  if (other) {
    return (
      <p className="compared">
        {own.compare} <TermsLink id={other.id} name={other.name} at={at} /> ·{' '}
        <Link to="/l/$terms" params={{ terms: terms.id }} search={{ at }} resetScroll={false}>
          {own.stop}
        </Link>
      </p>
    )
  }
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault()
        const text = typed.trim()
        const one = idOf(text)
        if (one) search(one)
        else setWanted(text.slice(0, 100))
      }}
    >
      <div className="field wide">
        <label htmlFor={id}>{own.compare}</label>
        <input
          id={id}
          value={typed}
          maxLength={100}
          spellCheck={false}
          placeholder={own.compareHint}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <button type="submit">{own.find}</button>
      {wanted !== '' && found.data && (
        <div className="choices" role="group" aria-label={own.compare}>
          {choices.length === 0 && <span className="muted">{words.none}</span>}
          {choices.map((each) => (
            <button key={each.id} type="button" onClick={() => search(each.id)}>
              <Name text={each.name ?? ''} id={each.id} />
            </button>
          ))}
        </div>
      )}
    </form>
  )
}
