import { compareWithSketch, type Comparison } from './compareWithSketch.ts'
import type { Probe } from './probe.ts'
import type { Sketch } from './sketch.ts'

/** Pairs of layers above which only those of like depth are compared, when there are several sketches. */
const MANY_PAIRS = 1_024
/** Part of the whole depth that two such layers may lie apart. */
const BAND = 0.25

/**
 * Compares a suspect with many sketches, in their order. Of large models, layers are compared that are near in depth.
 *
 * @param probe that of the suspect, made for all of the sketches
 */
export function* compareWithSketches(probe: Probe, sketches: readonly Sketch[]): Generator<Comparison> {
  for (const sketch of sketches)
    yield compareWithSketch(probe, sketch, { band: bandOf(probe, sketch, sketches.length) })
}

/** How far apart in depth two layers may be to be compared, when a suspect is compared with so many sketches: see `compareWithSketch`. */
export function bandOf(probe: Probe, sketch: Sketch, sketches: number): number {
  return sketches > 1 && sketch.layers.length * probe.layers.length > MANY_PAIRS ? BAND : 1
}
