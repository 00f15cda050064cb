import type { Comparison } from '../fingerprint/compareWithSketch.ts'
import { equalWords, pairingWords, placesWords, verdictWords } from '../fingerprint/comparisonWords.ts'
import { fields } from './format.ts'

/** What a comparison found, for people. */
export function formatComparison(
  comparison: Comparison & { name: string; sketch: string; claim: string | null },
): string {
  const { verdict, name, claim } = comparison
  return fields(verdictWords(verdict, name), [
    ['sketch', comparison.sketch],
    ['equal', equalWords(comparison)],
    ['places', placesWords(comparison)],
    ['pairing', pairingWords(comparison)],
    ...(claim === null ? [] : [['claim', claim] as const]),
  ])
}
