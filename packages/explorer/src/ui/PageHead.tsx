import type { ReactNode } from 'react'

import { Title } from './parts.tsx'

/** How a page that is about no single thing begins: its name, and what it shows. */
export function PageHead({ title, lead, children }: { title: string; lead?: ReactNode; children?: ReactNode }) {
  return (
    <header className="page-head">
      <Title text={title} />
      <h1>{title}</h1>
      {lead !== undefined && <p className="muted">{lead}</p>}
      {children}
    </header>
  )
}
