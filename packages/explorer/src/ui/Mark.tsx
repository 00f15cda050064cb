import type { ReactNode } from 'react'

import { VerdictIcon } from './VerdictIcon.tsx'

const VERDICTS = { good: 'permitted', care: 'conditional', bad: 'not-permitted', open: 'unknown' } as const
/** How something stands: each has an icon of its own, and the words say the same. */
export type Tone = keyof typeof VERDICTS

export function Mark({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={`verdict ${VERDICTS[tone]}`}>
      <VerdictIcon verdict={VERDICTS[tone]} />
      {children}
    </span>
  )
}
