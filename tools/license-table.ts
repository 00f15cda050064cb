/**
 * Writes the tables of docs/licenses.md from the license library.
 *
 *   node tools/license-table.ts          writes the page
 *   node tools/license-table.ts --check  writes nothing; exit 1 when the page is not up to date
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { format, resolveConfig } from 'prettier'

import { loadLicenses } from '../src/artifacts/licenseLibrary.ts'
import { RIGHT_NAMES, type Right } from '../src/core/vocabulary.ts'
import type { LicenseEntry } from '../src/documents/license.ts'

const PAGE = fileURLToPath(new URL('../docs/licenses.md', import.meta.url))
const BEGIN = '<!-- table: written by tools/license-table.ts -->'
const END = '<!-- end of table -->'

const LETTERS: Record<Right, string> = {
  research: 'r',
  education: 'e',
  personal: 'p',
  commercial: 'c',
  host: 'h',
  modify: 'm',
  'commercial-modify': 'M',
  redistribute: 'd',
  'redistribute-derivatives': 'D',
  distill: 't',
  sublicense: 's',
}

const CHECKED = { text: 'text', excerpt: 'excerpt', 'not-found': 'no text' } as const

const page = await readFile(PAGE, 'utf8')
const wanted = await rendered(page, await loadLicenses())
if (!process.argv.includes('--check')) {
  await writeFile(PAGE, wanted)
} else if (page !== wanted) {
  console.error('docs/licenses.md is not up to date. Run: node tools/license-table.ts')
  process.exitCode = 1
}

async function rendered(text: string, licenses: readonly LicenseEntry[]): Promise<string> {
  const [before, marked] = text.split(BEGIN)
  const after = marked?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`docs/licenses.md has no "${BEGIN}" and "${END}"`)
  const middle = [summary(licenses), table(licenses), '## Where each was read', ...licenses.map(source)].join('\n\n')
  return await format(`${before}${BEGIN}\n\n${middle}\n\n${END}${after}`, {
    ...(await resolveConfig(PAGE)),
    parser: 'markdown',
  })
}

function summary(licenses: readonly LicenseEntry[]): string {
  const real = licenses.filter(({ kind, read }) => kind !== 'tier' && read.checked !== 'not-found')
  const whole = real.filter(({ read }) => read.checked === 'text').length
  const unread = licenses.filter(({ unknown }) => unknown).length
  return `${licenses.length} entries: ${real.length} real licenses, of which ${whole} were checked against their whole text and ${
    real.length - whole
  } against a part or a summary; ${licenses.filter(({ kind }) => kind === 'tier').length} tiers of ours; ${unread} that are unknown; the rest generic.`
}

function table(licenses: readonly LicenseEntry[]): string {
  const rows = licenses.map((entry) => [
    `\`${entry.id}\``,
    entry.family ?? 'unknown',
    `\`${RIGHT_NAMES.map((right) => (entry.rights[right].grant ? LETTERS[right] : '-')).join('')}\``,
    entry.obligations.map(({ obligation }) => obligation).join(', '),
    entry.thresholds.map((threshold) => limitOf(entry, threshold)).join('; '),
    outboundOf(entry),
    CHECKED[entry.read.checked],
  ])
  const head = ['id', 'family', 'rights', 'duties', 'thresholds', 'derivatives under', 'checked']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function limitOf(entry: LicenseEntry, threshold: LicenseEntry['thresholds'][number]): string {
  const { measure, limit, withdraws, adds, doubtful } = threshold
  const granted = RIGHT_NAMES.filter((right) => entry.rights[right].grant)
  const lost = withdraws.length === granted.length ? 'all' : withdraws.join(', ')
  const effects = [
    ...(withdraws.length ? [`${doubtful ? 'may withdraw' : 'withdraws'} ${lost}`] : []),
    ...(adds.length ? [`adds ${adds.join(', ')}`] : []),
  ]
  return `${measure} > ${limit.toLocaleString('en')}: ${effects.join(', ')}`
}

function outboundOf({ outbound }: LicenseEntry): string {
  if (!outbound) return ''
  return 'only' in outbound ? outbound.only.join(', ') : `all but ${outbound.except.join(', ')}`
}

function source({ id, name, uri, read, corrections, notes }: LicenseEntry): string {
  const link = uri.startsWith('docs/') ? uri.slice('docs/'.length) : uri
  return [
    `### ${id}`,
    [`[${name}](${link}). Read on ${read.on}: ${read.where}.`, ...(notes ? [notes] : [])].map(escaped).join(' '),
    ...(corrections.length ? [corrections.map((line) => `- ${escaped(line)}`).join('\n')] : []),
  ].join('\n\n')
}

/** Keeps angle brackets of paths from being read as markup. */
function escaped(text: string): string {
  return text.replaceAll('<', String.raw`\<`)
}
