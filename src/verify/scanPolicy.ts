import type { Address } from '../core/hex.ts'
import type { FieldReader } from '../documents/fields.ts'

/** The part of a policy that `stemma weights scan` reads. */
export type ScanPolicy = {
  /** Hostile rules that may be passed over all the same, and whose signatures count; without signers, that of the user's own key. */
  overrides?: { rules?: readonly string[]; signers?: readonly Address[] }
}

const MOST_ITEMS = 64
const RULE = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/

/** Reads the field `scan` of a policy. */
export function readScanPolicy(read: FieldReader, value: unknown): ScanPolicy {
  const { overrides } = read.object(value, 'scan', ['overrides'])
  if (overrides === undefined) return {}
  const { rules, signers } = read.object(overrides, 'scan.overrides', ['rules', 'signers'])
  return {
    overrides: {
      ...(rules !== undefined && { rules: rulesOf(read, rules) }),
      ...(signers !== undefined && { signers: signersOf(read, signers) }),
    },
  }
}

function rulesOf(read: FieldReader, value: unknown): string[] {
  const list = read.list(value, 'scan.overrides.rules', MOST_ITEMS)
  if (list.length === 0) return read.fail('scan.overrides.rules', value, 'at least one')
  return list.map((item, index) => {
    if (typeof item === 'string' && RULE.test(item)) return item
    return read.fail(`scan.overrides.rules[${index}]`, item, 'the id of a rule, such as code.auto-map')
  })
}

function signersOf(read: FieldReader, value: unknown): Address[] {
  const list = read.list(value, 'scan.overrides.signers', MOST_ITEMS)
  return list.map((item, index) => read.account(item, `scan.overrides.signers[${index}]`))
}
