import { LINES, MIN_SHARED_ANCHORS, PAIRING_DRAWS, PLACE_DRAWS } from '../../fingerprint/lines.ts'
import { POOL_ROWS } from '../../fingerprint/probe.ts'
import type { Rule } from '../ports.ts'

/** Most sets of weights in a model that are compared. */
export const MOST_SETS = 32
/** Most times that a set of weights is read, for sketches with different anchors. */
export const MOST_PROBES = 16
/** Bytes of the projections that are held at a time. */
export const PROBE_BYTES = 256 * 1024 * 1024

/** The rules of the scanner of undeclared lineage, by their last words. */
export const RULES = {
  undeclared: {
    id: 'lineage.undeclared',
    level: 'fail',
    finds:
      'The weights are not independent of a registered model, and neither is declared to be an ancestor of the other.',
    remedy: 'Ask the publisher what the model was made from: the terms of an undeclared parent count too.',
  },
  related: {
    id: 'lineage.related',
    level: 'warn',
    finds:
      'The weights are not independent of a registered model that was registered after them (warn), or that has a declared ancestor in common with them (note).',
    remedy: 'Read both lineages. Whether one was made from the other, the weights do not tell.',
  },
  cannotTell: {
    id: 'lineage.cannot-tell',
    level: 'unknown',
    finds:
      'The weights could not be compared: they cannot be read (unknown), or the tests do not apply to such a model or to such a pair (note).',
    remedy: 'Use a format that is read, such as safetensors. Nothing follows for what was not compared.',
  },
  compared: {
    id: 'lineage.compared',
    level: 'note',
    finds: 'With how many sketches the weights were compared. Without this finding, nothing was compared.',
    remedy: 'Nothing needs to be done. No evidence is not the same as independent.',
  },
} as const satisfies Record<string, Rule>

/** What else decides what the scanner finds. */
export const SETTINGS = {
  lines: LINES,
  anchors: MIN_SHARED_ANCHORS,
  draws: { places: PLACE_DRAWS, pairing: PAIRING_DRAWS },
  pool: POOL_ROWS,
  most: { sets: MOST_SETS, probes: MOST_PROBES, probeBytes: PROBE_BYTES },
}
