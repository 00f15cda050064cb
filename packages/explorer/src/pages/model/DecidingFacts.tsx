import type { DecidingFact, Report } from 'stemma/core'
import { factWords } from 'stemma/verify'

import { useSettings } from '../../app/settings.tsx'
import { VerdictMark } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'

/** What the answer becomes by each missing fact on which it depends. */
export function DecidingFacts({ deciding }: Pick<Report, 'deciding'>) {
  const { words } = useSettings()
  if (deciding.length === 0) return null
  return (
    <div className="deciding">
      <p>
        {words.model.dependsOn}
        {deciding.length > 1 && ` ${words.model.othersZero}`}
      </p>
      <ul>
        {deciding.map((each) => (
          <li key={each.fact}>
            <Steps {...each} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Steps({ fact, steps }: DecidingFact) {
  const { words, language } = useSettings()
  const { words: measured, isYesOrNo } = factWords(fact)
  const { yesNo, atMost, above } = words.model
  const count = (digits: string): string => BigInt(digits).toLocaleString(language)
  return (
    <>
      <span lang="en">{plain(measured, 200)}</span>
      {steps.map((step, index) => (
        <span key={index} className="step">
          {isYesOrNo
            ? yesNo[step.atMost === null ? 'yes' : 'no']
            : step.atMost === null
              ? above(count(steps[index - 1]?.atMost ?? '0'))
              : atMost(count(step.atMost))}{' '}
          <VerdictMark verdict={step.verdict} />
        </span>
      ))}
    </>
  )
}
