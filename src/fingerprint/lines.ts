/**
 * The lines above which two models count as not independent. They were set before the families that the bench reports were
 * made (`docs/fingerprint.md`); a change of any of them is a new version of the test.
 */
export const LINES = {
  /** Places test: its z, against random places in the same suspect. */
  placesZ: 5,
  /** Places test: its p-value. */
  placesP: 1e-6,
  /** Pairing test: its z. Independent models reach 8, so this is a calibrated line and not a p-value. */
  pairingZ: 11,
  /** Equal rows of weights. One can be an accident of rounding; two are not. */
  equalRows: 2,
  /** Equal tensors, those apart that anybody computes. */
  equalTensors: 1,
} as const

/** The pairs of independent models on which the lines were tried; none of them is above one (docs/testing.md). */
export const CALIBRATION = { independentPairs: 3_428, bases: 14 } as const

/** Fewest anchors that both models must have for the pairing test. */
export const MIN_SHARED_ANCHORS = 24
/** Random choices of places that the places test compares with, unless the caller asks for another number. */
export const PLACE_DRAWS = 999
/** Random assignments that the pairing test compares with. */
export const PAIRING_DRAWS = 64
