import { Link, useLocation } from '@tanstack/react-router'

import { useLedger } from '../api/queries.ts'
import { searchTextOf } from '../app/recognise.ts'
import { useWords } from '../app/settings.tsx'
import { nameOf } from '../ui/names.ts'
import { ModelLink, Name, Title } from '../ui/parts.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'

/** Most of what may have been meant. */
const MOST = 5

export function NotFoundPage() {
  const words = useWords()
  const text = nameIn(useLocation().pathname)
  const { data } = useLedger('Search', { text: searchTextOf(text), first: MOST }, undefined, { enabled: text !== '' })
  const { hits = [], suggestions = [] } = data?.search ?? {}
  return (
    <section>
      <Title text={words.notFound.title} />
      <h1>{words.notFound.title}</h1>
      <p>{words.notFound.text}</p>
      {hits.length + suggestions.length > 0 && (
        <>
          <p>{words.search.near}</p>
          <ul>
            {hits.map(({ model }) => (
              <li key={model.id}>
                <ModelLink id={model.id} name={nameOf(model)} at={undefined} />
              </li>
            ))}
            {suggestions.map((each) => (
              <li key={each}>
                <Link to="/search" search={{ q: each }}>
                  <Name text={each} />
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
      <SearchBox at={undefined} />
    </section>
  )
}

/** The last two parts of a path, as an owner and a name on the Hub are. */
function nameIn(path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  const name = parts.slice(-2).join('/').slice(0, 200)
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
