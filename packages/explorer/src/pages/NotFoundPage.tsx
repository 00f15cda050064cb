import { useWords } from '../app/settings.tsx'
import { Title } from '../ui/parts.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'

export function NotFoundPage() {
  const words = useWords()
  return (
    <section>
      <Title text={words.notFound.title} />
      <h1>{words.notFound.title}</h1>
      <p>{words.notFound.text}</p>
      <SearchBox at={undefined} />
    </section>
  )
}
