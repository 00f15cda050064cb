import { useWords } from '../app/settings.tsx'
import { useFormats } from './formats.ts'

/** How much of a list is read, and a button for more of it. */
export function More({
  of,
}: {
  of: {
    data: { nodes: readonly unknown[]; total: number | undefined } | undefined
    hasMore: boolean
    isReading: boolean
    readMore: () => void
  }
}) {
  const words = useWords()
  const { number } = useFormats()
  if (!of.data || !of.hasMore) return null
  const { nodes, total } = of.data
  return (
    <p className="more-row">
      <button type="button" disabled={of.isReading} onClick={of.readMore}>
        {of.isReading ? words.loading : words.more}
      </button>{' '}
      <span className="muted">
        {number(nodes.length)}
        {total !== undefined && ` / ${number(total)}`}
      </span>
    </p>
  )
}
