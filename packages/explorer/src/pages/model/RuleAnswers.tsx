import type { RuleAnswer } from 'stemma/core'

import { useWordsOf } from '../../app/settings.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { plain } from '../../ui/plain.ts'
import { modelWords } from './words.ts'

const TONES = { kept: 'good', broken: 'bad', unknown: 'open' } as const

/** What the reader's rules on the lineage came to. */
export function RuleAnswers({ rules }: { rules: readonly RuleAnswer[] }) {
  const { policy: own } = useWordsOf(modelWords)
  if (rules.length === 0) return null
  return (
    <details open>
      <summary>{own.answers}</summary>
      <ul className="rule-answers">
        {rules.map(({ rule, text, why, answer }) => (
          <li key={rule} data-rule={answer}>
            <Mark tone={TONES[answer]}>{own.answer[answer]}</Mark> <span lang="en">{plain(text, 300)}</span>
            {why !== undefined && <span className="muted"> · {plain(why, 200)}</span>}
          </li>
        ))}
      </ul>
    </details>
  )
}
