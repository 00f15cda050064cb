import type { Command } from 'commander'

import { type Context } from '../../../console/context.ts'
import { withHelp } from '../../../console/options.ts'
import { wrap } from '../../../console/wrap.ts'
import { rulesetDigest, rulesetText } from '../../../scan/ruleset.ts'
import { SCANNERS } from '../../../scan/scanners.ts'

/** `stemma weights rules`: prints what scans look for. With `--json`, the document whose digest an attestation names. */
export function weightsRules(command: Command, context: Context): void {
  withHelp(command, {
    example: '$ stemma weights rules --json > rules.json',
    json: '{ version, rules, settings, scanners: [{ id, version, rules: [{ id, level, finds, remedy }], settings }] }: canonical JSON without a line feed, whose SHA-256 is the digest of the ruleset',
  }).action((options: { json?: boolean }) => {
    if (options.json) return context.stdout(rulesetText(SCANNERS))
    const lines = SCANNERS.flatMap(({ id, version, rules }) => [
      `${id} ${version}`,
      ...rules.map((rule) => wrap(`${rule.id} (${rule.level}): ${rule.finds}`, '  ', '    ')),
    ])
    context.stdout(`${[...lines, `ruleset ${rulesetDigest(SCANNERS)}`].join('\n')}\n`)
  })
}
