import { evaluate, type Question } from '../core/evaluate.ts'
import { UNSTATED_BODY } from '../core/termsBody.ts'
import { RIGHTS, rightsMask, rightsOf, type Right } from '../core/vocabulary.ts'
import { nameOf, termsOf, type EvaluatedUse } from './explain.ts'
import { makeFinding } from './makeFinding.ts'
import type { Finding } from '../core/report.ts'

const PURPOSES = rightsMask(['research', 'education', 'personal', 'commercial'])
const COMMERCIAL = 1 << RIGHTS.commercial
const COMMERCIAL_MODIFY = 1 << RIGHTS['commercial-modify']
/** Uses that a license grants for the purposes that it grants, and for no others. */
const FOLLOWING: readonly Right[] = ['modify', 'redistribute', 'redistribute-derivatives', 'distill', 'sublicense']

/**
 * Whose terms grant the use for some purposes only. The question is asked once more about the purposes that are not possible: what is
 * withheld then limits the use.
 */
export function purposeFindings(evaluated: EvaluatedUse, question: Question): Finding[] {
  const { evaluation, use, lineage, models, paths } = evaluated
  const missing = PURPOSES & ~evaluation.possible
  if (!FOLLOWING.includes(use) || (evaluation.possible & question.uses) === 0 || missing === 0) return []
  const withheld = evaluate(lineage, { ...question, uses: missing }).findings.filter(
    ({ code, rights }) => code === 'right-withheld' && rights & (PURPOSES | COMMERCIAL_MODIFY),
  )
  return [...new Set(withheld.map(({ model }) => model))].flatMap((model) => {
    const { rights } = lineage.terms.get(models.get(model)!.terms) ?? UNSTATED_BODY
    const granted = rights & PURPOSES
    // Without a purpose, the terms do not say what the use is for.
    if (granted === 0) return []
    return [
      makeFinding({ code: 'purpose-limited', severity: 'warning', right: use, model }, paths, () => ({
        reason: `The terms of ${nameOf(evaluated, model)} (${termsOf(evaluated, model)}) grant "${use}" ${purposesOf(granted)} only.`,
        remedy: `Keep to these purposes, or obtain a credential for others from the publisher of ${nameOf(evaluated, model)}.`,
      })),
    ]
  })
}

/** Purposes in words. Where all are granted, it is making derivatives for commerce that is not. */
function purposesOf(granted: number): string {
  if ((granted | COMMERCIAL) === PURPOSES) return 'for non-commercial purposes'
  return `for the purposes ${rightsOf(granted).join(', ')}`
}
