/**
 * Prints the licenses of the library that have no digest of a text, and fails on each that does not cite: where a text was
 * read, every clause names its number, its paragraph or its sentence; where only a part or a summary was, it may name that.
 *
 *   node tools/check-licenses.ts [--json]   exit 1 when a clause cites nothing
 *
 * `--json` prints `{ "licenses": number, "withoutDigest": [{ "id", "checked", "where" }], "withoutClause": [{ "id", "field", "clause" }] }`.
 */
import { readOptions } from '../scripts/options.ts'
import { loadLicenses } from '../src/artifacts/licenseLibrary.ts'
import { RIGHT_NAMES } from '../src/core/vocabulary.ts'
import type { LicenseEntry } from '../src/documents/license.ts'

/** A number of a text, Roman ones too, or a paragraph or sentence of a text without numbers. */
const CITED = /\d|\b[IVX]+\b|\b(?:paragraph|sentence)s?\b/
/** What stands behind the heading of a clause of which only this was read. */
const SECOND_HAND = /\((?:summary|guide|readme|quoted|not read)\)$/

const { values } = readOptions({ json: { type: 'boolean' } })
const licenses = await loadLicenses()
const withoutDigest = licenses
  .filter(({ text }) => text === null)
  .map(({ id, read }) => ({ id, checked: read.checked, where: read.where }))
const withoutClause = licenses.flatMap((entry) =>
  clausesOf(entry)
    .filter(({ clause }) => !cites(entry, clause))
    .map((found) => ({ id: entry.id, ...found })),
)

if (values.json) {
  console.log(JSON.stringify({ licenses: licenses.length, withoutDigest, withoutClause }, null, 2))
} else {
  console.log(`${licenses.length} licenses, ${withoutDigest.length} of them without the digest of a text:`)
  for (const { id, checked, where } of withoutDigest) console.log(`  ${id} (${checked}): ${where}`)
  for (const { id, field, clause } of withoutClause)
    console.error(`${id}, ${field}: "${clause}" cites nothing. Begin it with the clause's number, or its paragraph.`)
}
if (withoutClause.length > 0) process.exitCode = 1

/** Every clause of an entry, and where it stands. */
function clausesOf(entry: LicenseEntry): { field: string; clause: string }[] {
  const { rights, outbound, flags, obligations, thresholds, reserved } = entry
  const lists = { flags, obligations, thresholds, reserved }
  return [
    ...RIGHT_NAMES.map((right) => ({ field: `rights.${right}`, clause: rights[right].clause })),
    ...(outbound ? [{ field: 'outbound', clause: outbound.clause }] : []),
    ...Object.entries(lists).flatMap(([name, list]) =>
      list.map(({ clause }, index) => ({ field: `${name}[${index}]`, clause })),
    ),
  ]
}

function cites({ read }: LicenseEntry, clause: string): boolean {
  const head = clause.slice(0, clause.indexOf(': '))
  if (read.checked === 'not-found') return true
  return CITED.test(head) || (read.checked === 'excerpt' && SECOND_HAND.test(head))
}
