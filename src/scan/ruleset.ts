import { canonicalJson } from '../core/canonicalJson.ts'
import type { Digest } from '../core/hex.ts'
import { sha256Text } from '../core/sha256.ts'
import { DATA_NAMES } from './dataNames.ts'
import type { Rule, Scanner } from './ports.ts'
import { SCAN_LIMITS } from './scanLimits.ts'
import { SCAN_RULES } from './scanRules.ts'

/** Scanners whose rules are about what files and registrations state, not about what the bytes do. */
const OF_STATEMENTS: readonly string[] = ['license', 'provenance', 'undeclared-lineage']

/** Whether a rule of a scanner finds what harms who loads the model. */
export function isHostileRule({ id }: Pick<Scanner, 'id'>, { level }: Pick<Rule, 'level'>): boolean {
  return level === 'fail' && !OF_STATEMENTS.includes(id)
}

/**
 * The document of some scanners' rules, as canonical JSON: all that decides what they find. The order of the scanners does not matter.
 *
 * @throws `NotCanonicalJsonError` when the settings of a scanner are not JSON
 */
export function rulesetText(scanners: readonly Scanner[]): string {
  const sorted = scanners.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return canonicalJson({
    version: 1,
    rules: SCAN_RULES,
    settings: { limits: SCAN_LIMITS, data: DATA_NAMES.source },
    scanners: sorted.map(({ id, version, rules, settings }) => ({
      id,
      version,
      rules: rules.map((rule) => ({ ...rule, hostile: isHostileRule({ id }, rule) })),
      settings,
    })),
  })
}

/** By the list of scanners, which never changes: the text is long, and every report and the cache name its digest. */
const digests = new WeakMap<readonly Scanner[], Digest>()

/** SHA-256 of {@link rulesetText}: the ruleset that an attestation names. */
export function rulesetDigest(scanners: readonly Scanner[]): Digest {
  const known = digests.get(scanners)
  if (known !== undefined) return known
  const digest = sha256Text(rulesetText(scanners))
  digests.set(scanners, digest)
  return digest
}
