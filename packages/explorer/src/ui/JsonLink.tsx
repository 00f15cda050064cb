import { useWords } from '../app/settings.tsx'

/** A way to what the page shows as JSON, as of the block of the page. */
export function JsonLink({ path, at }: { path: string; at: number | undefined }) {
  const words = useWords()
  return (
    <a className="button" href={`${path}${at === undefined ? '' : `?block=${at}`}`}>
      {words.json}
    </a>
  )
}
