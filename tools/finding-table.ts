/**
 * Writes `docs/findings.md`: what each code of a finding means.
 * Usage: node tools/finding-table.ts [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { readOptions } from '../scripts/options.ts'
import { FINDING_RULES } from '../src/interop/findingRules.ts'

const path = join(import.meta.dirname, '../docs/findings.md')
const sections = Object.entries(FINDING_RULES).map(
  ([code, { title, meaning }]) => `<a id="${code}"></a>\n\n## ${title}\n\n\`${code}\`: ${meaning}\n`,
)
const page = `# Findings

What the codes of findings mean that \`stemma verify\` and \`stemma lock check\` report. The finding itself names the model, the reason and what to do. Match on the
code: words change. Made by \`tools/finding-table.ts\`.

${sections.join('\n')}`

const { values } = readOptions({ check: { type: 'boolean' } })
if (!values.check) writeFileSync(path, page)
else if (readFileSync(path, 'utf8') !== page) {
  console.log('docs/findings.md is not what the codes of findings make of it.')
  process.exitCode = 1
}
