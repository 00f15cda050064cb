import { Link } from '@tanstack/react-router'

import { useWordsOf } from '../../app/settings.tsx'
import { UsageLogs } from '../usage/UsageLogs.tsx'
import { usageWords } from '../usage/words.ts'
import type { Model } from './ModelPage.tsx'

const GAP_HOURS = 3

export function UsageTab({ model, at }: { model: Model; at: number | undefined }) {
  const own = useWordsOf(usageWords)
  return (
    <>
      <p>
        <Link to="/usage" search={{ at, model: model.id }}>
          {own.title}
        </Link>
      </p>
      <UsageLogs filter={{ model: model.id }} gap={GAP_HOURS} at={at} level="h3" />
    </>
  )
}
