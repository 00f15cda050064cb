/**
 * Writes `src/core/storageLayout.ts`: where the contracts store what verification reads, for proofs of storage. The compiler says
 * where; {@link READ} says which variables.
 * Usage: node tools/generate-layout.ts [--check]   (`--check` writes nothing and fails when the file is stale)
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { format, resolveConfig } from 'prettier'

import { readOptions } from '../scripts/options.ts'
import { storageLayouts, type Place, type StorageLayout } from './storage-layouts.ts'

/** The variables that are read, by the contract's name in a deployment. What a page loads grows with each. */
const READ: Readonly<Record<string, { source: string; variables: readonly string[] }>> = {
  ledger: {
    source: 'contracts/Ledger.sol',
    variables: ['_accounts', '_tiers', '_tierIds', '_records', '_parents'],
  },
  recalls: { source: 'contracts/registry/Recalls.sol', variables: ['_recalls', '_bindings'] },
  licenseCredential: {
    source: 'contracts/licensing/LicenseCredential.sol',
    variables: ['_records', '_details', '_parents'],
  },
  lineageClaims: {
    source: 'contracts/claims/LineageClaims.sol',
    variables: ['_accepted', '_attested', '_countersigned'],
  },
  reviewGate: { source: 'contracts/gate/ReviewGate.sol', variables: ['_reviews', '_certifications'] },
  usageAudit: { source: 'contracts/audit/UsageAudit.sol', variables: ['_epochs', '_heads', '_roots'] },
}

const { values } = readOptions({ check: { type: 'boolean', default: false } })
const file = join(import.meta.dirname, '../src/core/storageLayout.ts')
const text = await format(moduleText(), { ...(await resolveConfig(file)), parser: 'typescript' })
if (!values.check) writeFileSync(file, text)
else if (readFileSync(file, 'utf8') !== text) {
  console.log('src/core/storageLayout.ts is stale.')
  process.exitCode = 1
}

function moduleText(): string {
  const names = Object.entries(READ).map(([, { source }]) => [source, source.match(/(\w+)\.sol$/)![1]!] as const)
  const layouts = storageLayouts(names)
  const contracts = Object.entries(READ).map(([name, { variables }], i) => {
    const layout = layouts[i]!
    const places = variables.map((label) => {
      const place = layout.storage.find((each) => each.label === label)
      if (place === undefined) throw new Error(`${name} does not store ${label}. Correct the list in this tool.`)
      return fieldOf(layout, { ...place, label: label.replace(/^_/, '') })
    })
    return `${name}: { fields: { ${places.join(', ')} } }`
  })
  return [
    '// Generated from the contracts by tools/generate-layout.ts. Do not edit.',
    '/**',
    ' * Where the contracts store what verification reads. A field is a slot, a byte of it counted from the lowest, and a type: a number is a',
    ' * value of so many bytes, `of` is what a mapping maps to, `each` is how many bytes each of the `count` values of an array has.',
    ' */',
    `export const STORAGE_LAYOUT = { ${contracts.join(', ')} } as const`,
  ].join('\n')
}

function fieldOf(layout: StorageLayout, { label, slot, offset, type }: Place): string {
  return `${label}: [${slot}, ${offset}, ${typeOf(layout, type)}]`
}

function typeOf(layout: StorageLayout, id: string): string {
  const { encoding, label, numberOfBytes, members, key, value, base } = layout.types![id]!
  if (value !== undefined) {
    // Bytes of fewer than 32 are padded on the right, strings are not padded at all: core/storagePlace.ts does neither.
    const { encoding: keyEncoding, label: keyLabel } = layout.types![key!]!
    if (keyEncoding !== 'inplace' || /^bytes([12]?\d|3[01])$/.test(keyLabel))
      throw new Error(`The key of ${label} is not handled.`)
    return `{ of: ${typeOf(layout, value)} }`
  }
  if (base !== undefined) {
    const element = typeOf(layout, base)
    if (encoding === 'dynamic_array' || !/^\d+$/.test(element)) throw new Error(`The array ${label} is not handled.`)
    return `{ each: ${element}, count: ${label.match(/\[(\d+)\]$/)![1]} }`
  }
  if (encoding !== 'inplace') throw new Error(`${label} is not handled.`)
  if (members === undefined) return numberOfBytes
  return `{ fields: { ${members.map((member) => fieldOf(layout, member)).join(', ')} } }`
}
