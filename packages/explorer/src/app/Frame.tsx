import { Link, Outlet, useSearch } from '@tanstack/react-router'

import { useStatus } from '../api/queries.ts'
import { Failure } from '../ui/parts.tsx'
import { useFormats } from '../ui/formats.ts'
import { useNow } from '../ui/useNow.ts'
import type { Words } from '../i18n/en.ts'
import { pageSearch, type PageSearch } from './address.ts'
import { LANGUAGES, THEMES, useSettings, type Language, type ThemeName } from './settings.tsx'
import { useChange } from './useChange.ts'

/** Blocks by which an index is usually behind its node. */
const USUAL = 2

/** What is around every page: the way past it, its header, how fresh the page is, and what is wrong with the index. */
export function Frame() {
  const { words } = useSettings()
  return (
    <>
      <a className="skip" href="#content" onClick={skip}>
        {words.skip}
      </a>
      <header className="top">
        <div className="bar">
          <Link to="/" className="brand">
            <img src="/icon.svg" alt="" width="28" height="28" />
            <span>{words.brand}</span>
          </Link>
          <Navigation />
        </div>
        <div className="bar under">
          <Freshness />
          <Choices />
        </div>
      </header>
      <Banners />
      <main id="content" tabIndex={-1}>
        <Outlet />
      </main>
      <footer className="foot">
        <div className="bar">
          <span>{words.tagline}</span>
          <a href="/openapi.json">API</a>
        </div>
      </footer>
    </>
  )
}

/** The pages that are about no single model. */
const PAGES: readonly (readonly [path: string, words: keyof Words['pages']])[] = [
  ['/overview', 'overview'],
  ['/verify', 'verify'],
  ['/licenses', 'licenses'],
  ['/impact', 'impact'],
  ['/reviews', 'reviews'],
  ['/usage', 'usage'],
  ['/activity', 'activity'],
  ['/act', 'act'],
]

function Navigation() {
  const { words } = useSettings()
  const { at } = pageSearch(useSearch({ strict: false }))
  return (
    <nav className="pages" aria-label={words.navigation}>
      {PAGES.map(([path, name]) => (
        <Link key={path} to={path} search={{ at }}>
          {words.pages[name]}
        </Link>
      ))}
    </nav>
  )
}

/** The router reads fragments too, so the page moves the focus itself. */
function skip(event: { preventDefault: () => void }): void {
  event.preventDefault()
  document.getElementById('content')?.focus()
}

function Freshness() {
  const { words } = useSettings()
  const { at } = pageSearch(useSearch({ strict: false }))
  const { data } = useStatus()
  const change = useChange<PageSearch>()
  const { ago, number } = useFormats()
  const now = useNow()
  if (!data) return <span className="freshness" />
  const pin = (block: number | undefined) => change({ at: block }, { replace: block === undefined })
  if (at !== undefined)
    return (
      <span className="freshness pinned">
        {words.pinned(number(at))}{' '}
        <button type="button" className="link" onClick={() => pin(undefined)}>
          {words.unpin}
        </button>
      </span>
    )
  return (
    <span className="freshness">
      {words.asOf(number(data.block.number), ago(data.block.time, now))}{' '}
      <button type="button" className="link" onClick={() => pin(data.block.number)}>
        {words.pin}
      </button>
    </span>
  )
}

function Choices() {
  const { words, language, setLanguage, theme, setTheme } = useSettings()
  return (
    <div className="choices">
      <select aria-label={words.theme} value={theme} onChange={(event) => setTheme(event.target.value as ThemeName)}>
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {words.theme}: {words.themes[each]}
          </option>
        ))}
      </select>
      <select
        aria-label={words.language}
        value={language}
        onChange={(event) => setLanguage(event.target.value as Language)}
      >
        {Object.entries(LANGUAGES).map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </div>
  )
}

function Banners() {
  const { words } = useSettings()
  const { data, error, refetch } = useStatus()
  const { number } = useFormats()
  if (error) return <Failure error={error} retry={() => void refetch()} />
  if (data?.progress.nodeAway)
    return (
      <p className="notice" role="status">
        {words.nodeAway(number(data.block.number))}
      </p>
    )
  const behind = data ? data.progress.head - data.progress.block : 0
  if (behind <= USUAL) return null
  return (
    <p className="notice" role="status">
      {words.behind(number(behind))}
    </p>
  )
}
