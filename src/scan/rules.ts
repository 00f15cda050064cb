import { ENGINE_RULES } from './engineRules.ts'
import type { Rule } from './ports.ts'
import { isHostileRule } from './ruleset.ts'
import { SCANNERS } from './scanners.ts'
import { SCAN_RULES } from './scanRules.ts'

const RULES: ReadonlyMap<string, Rule> = new Map(
  [...SCAN_RULES, ...SCANNERS.flatMap(({ rules }) => rules), ...ENGINE_RULES].map((rule) => [rule.id, rule]),
)
const HOSTILE: ReadonlySet<string> = new Set([
  ...SCANNERS.flatMap((scanner) => scanner.rules.filter((rule) => isHostileRule(scanner, rule)).map(({ id }) => id)),
  ...ENGINE_RULES.map(({ id }) => id),
])

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

/** Whether a rule finds what harms who loads the model. Only a policy that names the rule lets its findings be passed over. */
export function isHostile(id: string): boolean {
  return HOSTILE.has(id)
}
