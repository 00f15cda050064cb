import { Link, useSearch } from '@tanstack/react-router'

import { useDeployment } from '../../api/deployment.ts'
import { useWordsOf } from '../../app/settings.tsx'
import { ACT_TITLES } from '../../ui/actTitles.ts'
import { PageHead } from '../../ui/PageHead.tsx'
import { FORM_NAMES } from './form.ts'
import { useSession } from './session.ts'
import { WalletPanel } from './WalletPanel.tsx'
import { words } from './words.ts'
import './act.css'

/** Everything that a wallet can do here. */
export function ActPage() {
  const act = useWordsOf(words)
  const titles = useWordsOf(ACT_TITLES)
  const search = useSearch({ from: '/act' })
  const session = useSession()
  const { data: deployment } = useDeployment()
  return (
    <>
      <PageHead title={act.title} lead={act.lead} />
      <ul className="cards actions-list">
        {FORM_NAMES.map((name) => (
          <li key={name}>
            <Link to="/act/$form" params={{ form: name }} search={search}>
              {titles[name]}
            </Link>
            <p className="muted">{act.leads[name]}</p>
          </li>
        ))}
      </ul>
      <WalletPanel session={session} deployment={deployment} />
    </>
  )
}
