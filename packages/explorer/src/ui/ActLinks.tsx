import { Link } from '@tanstack/react-router'

import { useWordsOf } from '../app/settings.tsx'
import { ACT_TITLES, type ActName } from './actTitles.ts'

/** Ways to the forms of what a wallet may do, with their subjects filled in. */
export function ActLinks({ links }: { links: readonly (readonly [form: ActName, search: Record<string, string>])[] }) {
  const titles = useWordsOf(ACT_TITLES)
  return (
    <p className="actions act-links">
      {links.map(([form, search]) => (
        <Link key={form} to="/act/$form" params={{ form }} search={search}>
          {titles[form]}
        </Link>
      ))}
    </p>
  )
}
