import type { LicenseEntry } from '../documents/license.ts'
import { conjunctionOf, type Conjunction } from '../documents/licenseConjunction.ts'
import { cardLibrary, licenseOfPart } from './cardLibrary.ts'
import { readLicenseExpression } from './licenseExpression.ts'

/**
 * The terms of an expression of licenses that all apply (`A AND B`).
 *
 * @returns null for anything else: one license, a choice, or a name that is not in the library
 */
export function readConjunction(expression: string, licenses: readonly LicenseEntry[]): Conjunction | null {
  if (!/\sAND\s/i.test(expression)) return null
  const alternatives = readLicenseExpression(expression)
  if (alternatives?.length !== 1) return null
  const library = cardLibrary({ licenses })
  const entries = alternatives[0]!.map((part) => library.find({ license: licenseOfPart(part, library) }))
  const known = entries.filter((entry) => entry !== undefined)
  return known.length === entries.length && new Set(known).size > 1 ? conjunctionOf(known) : null
}
