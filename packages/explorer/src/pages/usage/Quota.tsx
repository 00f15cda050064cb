import { useWordsOf } from '../../app/settings.tsx'
import { useFormats } from '../../ui/formats.ts'
import { Mark } from '../../ui/Mark.tsx'
import { usageWords } from './words.ts'

/** What was used of a quota, as numbers, a bar and a word. */
export function Quota({ used, quota }: { used: bigint; quota: bigint }) {
  const own = useWordsOf(usageWords)
  const { number } = useFormats()
  if (quota === 0n) return <>{own.noQuota(number(used))}</>
  const isExceeded = used > quota
  // A whole part of a thousand, because counts may be larger than a number can be.
  const share = isExceeded ? 1000 : Number((used * 1000n) / quota)
  return (
    <span className="quota" data-exceeded={isExceeded}>
      <span>{own.of(number(used), number(quota))}</span>
      <svg viewBox="0 0 1000 60" preserveAspectRatio="none" aria-hidden="true" className={isExceeded ? 'bad' : ''}>
        <rect width="1000" height="60" className="all" />
        <rect width={share} height="60" className="part" />
      </svg>
      {isExceeded && <Mark tone="bad">{own.exceeded}</Mark>}
    </span>
  )
}
