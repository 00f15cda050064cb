import { canonicalJson } from '../core/canonicalJson.ts'
import type { Digest } from '../core/hex.ts'
import { sha256Text } from '../core/sha256.ts'
import { DATA, ENGINE_LIMITS, ENGINE_RULES } from './engineRules.ts'
import type { Scanner } from './ports.ts'

/**
 * The document of some scanners' rules, as canonical JSON: all that decides what they find. The order of the scanners does not matter.
 *
 * @throws `NotCanonicalJsonError` when the settings of a scanner are not JSON
 */
export function rulesetText(scanners: readonly Scanner[]): string {
  const sorted = scanners.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return canonicalJson({
    version: 1,
    rules: ENGINE_RULES,
    settings: { limits: ENGINE_LIMITS, data: DATA.source },
    scanners: sorted.map(({ id, version, rules, settings }) => ({ id, version, rules, settings })),
  })
}

/** SHA-256 of {@link rulesetText}: the ruleset that an attestation names. */
export function rulesetDigest(scanners: readonly Scanner[]): Digest {
  return sha256Text(rulesetText(scanners))
}
