import { parseEvidence, type Evidence, type EvidenceItem } from '../core/evidence.ts'
import { parseDigest } from '../core/hex.ts'
import type { Comparison } from '../fingerprint/compareWithSketch.ts'
import { equalWords, pairingWords, placesWords, verdictWords } from '../fingerprint/comparisonWords.ts'
import { CALIBRATION, LINES } from '../fingerprint/lines.ts'
import { packageVersion } from './version.ts'

/** A comparison with the name and the digest of its sketch. */
export type NamedComparison = Comparison & { name: string; sketch: string }

/** The evidence document of what comparisons found, for `stemma claim file`; null when they found nothing. */
export function comparisonEvidence(weights: string, comparisons: readonly NamedComparison[]): Evidence | null {
  const items = comparisons.flatMap((comparison) => itemOf(weights, comparison) ?? [])
  if (items.length === 0) return null
  const summary = `The weights ${weights} are not independent of those of which the sketches below were made.`
  return parseEvidence({ version: 1, summary, items })
}

function itemOf(weights: string, compared: NamedComparison): EvidenceItem | null {
  const { verdict, name, sketch, places, pairing, exact } = compared
  if (verdict !== 'same-weights' && verdict !== 'not-independent') return null
  const { rows, listedRows, tensors, listedTensors } = exact
  return {
    kind: 'weights',
    text: `${verdictWords(verdict, name)}. Places: ${placesWords(compared)}. Pairing: ${pairingWords(compared)}. Equal: ${equalWords(compared)}.`,
    comparison: {
      weights: parseDigest(weights),
      sketch: parseDigest(sketch),
      verdict,
      places: places && { z: places.z, p: places.p, draws: places.draws, layers: places.path },
      pairing: pairing && {
        z: pairing.z,
        anchors: pairing.anchors,
        placeHits: pairing.placeHits,
        units: pairing.units,
        layers: pairing.path,
      },
      exact: { rows, listedRows, tensors, listedTensors },
      lines: { ...LINES },
      calibration: { ...CALIBRATION },
      program: `stemma ${packageVersion()}`,
      commands: [
        'stemma weights sketch <registered model> --verify <sketch>',
        'stemma weights compare <suspect> <sketch>',
      ],
    },
  }
}
