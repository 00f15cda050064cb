import { Link } from '@tanstack/react-router'

import { Name } from './parts.tsx'
import { plain } from './plain.ts'

export function TermsLink({ id, name, at }: { id: string; name: string | null; at: number | undefined }) {
  return (
    <Link to="/l/$terms" params={{ terms: id }} search={{ at }}>
      <Name text={name ?? ''} id={id} />
    </Link>
  )
}

export function CredentialLink({ id, name, at }: { id: string; name: string; at: number | undefined }) {
  return (
    <Link to="/c/$credential" params={{ credential: id }} search={{ at }}>
      <Name text={name} id={id} />
    </Link>
  )
}

/** The address that somebody else wrote: a link when it is one of the web, else its words. */
export function ForeignLink({ address }: { address: string }) {
  const url = /^https?:\/\//i.test(address) && URL.canParse(address) ? new URL(address) : undefined
  const text = <bdi className="uri">{plain(address, 2000)}</bdi>
  if (!url) return text
  return (
    <a href={url.href} rel="noreferrer nofollow" target="_blank">
      {text}
    </a>
  )
}
