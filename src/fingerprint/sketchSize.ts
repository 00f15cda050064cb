import type { Sketch } from './sketch.ts'

/** The first bytes of a sketch. */
export const SKETCH_MAGIC = 'stemma-sketch-1\n'
/** Flags, units, columns, and the counts of anchors, layers, rows and tensors, of which there are two. */
const NUMBERS_BYTES = 1 + 1 + 4 + 2 + 2 + 2 + 2 + 4
/** Two digests of the tokenizer; zero for none. */
const TOKENIZER_BYTES = 16

/** Bytes of a sketch before its layers. */
export function startBytes(anchors: number): number {
  return SKETCH_MAGIC.length + NUMBERS_BYTES + TOKENIZER_BYTES + anchors * 8 + (anchors * (anchors + 1)) / 2
}

/** Bytes of a layer: rows, places, cosines, and two signatures a unit. */
export function layerBytes(anchors: number, units: number, places: number): number {
  return 4 + 1 + 3 * places + (places * (places - 1)) / 2 + 2 * units * (anchors + 4)
}

/** Bytes of a sketch without its lists of digests. */
export function coreBytes({ anchors, layers }: Pick<Sketch, 'anchors' | 'layers'>): number {
  const { length } = anchors
  return layers.reduce(
    (sum, { places, gate }) => sum + layerBytes(length, gate.scales.length, places.length),
    startBytes(length),
  )
}
