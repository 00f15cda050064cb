import { useWords } from '../app/settings.tsx'
import { Title } from './parts.tsx'
import { plain } from './plain.ts'

/** A page in the place of something that the ledger does not have, and why that says nothing. */
export function NotHere({ id, text }: { id: string; text: string }) {
  const words = useWords()
  return (
    <section>
      <Title text={words.notFound.title} />
      <h1>{words.notFound.title}</h1>
      <p className="notice">{text}</p>
      <p className="uri">{plain(id, 100)}</p>
    </section>
  )
}
