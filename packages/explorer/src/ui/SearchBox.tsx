import { useNavigate } from '@tanstack/react-router'
import { useId, useState } from 'react'

import { MOST_SEARCHED } from '../app/address.ts'
import { recognise } from '../app/recognise.ts'
import { useWords } from '../app/settings.tsx'

/** The one search box. It says what it takes the text for. */
export function SearchBox({ text = '', at }: { text?: string; at: number | undefined }) {
  const words = useWords()
  const [typed, setTyped] = useState(text)
  const navigate = useNavigate()
  const id = useId()
  return (
    <form
      role="search"
      className="search"
      onSubmit={(event) => {
        event.preventDefault()
        const q = typed.trim()
        if (q !== '') void navigate({ to: '/search', search: { q, at } })
      }}
    >
      <label htmlFor={id}>{words.search.label}</label>
      <div className="row">
        <input
          id={id}
          type="search"
          value={typed}
          maxLength={MOST_SEARCHED}
          placeholder={words.search.placeholder}
          autoComplete="off"
          spellCheck={false}
          aria-describedby={`${id}-kind`}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button type="submit" className="primary">
          {words.search.button}
        </button>
      </div>
      <p id={`${id}-kind`} className="hint" aria-live="polite">
        {words.search.recognised[recognise(typed)]}
      </p>
    </form>
  )
}
