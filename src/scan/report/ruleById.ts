import type { Rule } from '../ports.ts'
import { SCAN_RULES } from '../scanRules.ts'
import { SCANNERS } from '../scanners.ts'

const RULES: ReadonlyMap<string, Rule> = new Map(
  [...SCAN_RULES, ...SCANNERS.flatMap(({ rules }) => rules)].map((rule) => [rule.id, rule]),
)

/** A rule by its id. A report of another version may name one that is not known here, which stands for itself. */
export function ruleById(id: string): Rule {
  return (
    RULES.get(id) ?? {
      id,
      level: 'unknown',
      finds: `What the rule ${id} of another version finds.`,
      remedy: 'Read the report with the version of Stemma that wrote it.',
    }
  )
}

/** Whether this version has a rule of that id. */
export function isKnownRule(id: string): boolean {
  return RULES.has(id)
}
