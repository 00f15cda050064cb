/** Largest sketch, in bytes. */
export const MAX_SKETCH_BYTES = 65_536

/** One layer of a sketch. */
export type SketchLayer = {
  /** Rows of the layer's gate. */
  rows: number
  /** The rows of largest length, that one first: twice as many as there are units, or all. */
  places: Uint32Array
  /** The cosines of each pair of those rows (1 with 0, 2 with 0, 2 with 1, …), scaled by the largest. */
  cosines: Int8Array
  /** The products of the first rows of `places` with the anchors' embeddings: a row for each unit. */
  gate: Signatures
  /** The same of the rows of `up_proj` at these places. */
  up: Signatures
}

/** Rows of 8-bit numbers, each with a scale. */
export type Signatures = { codes: Int8Array; scales: Float32Array }

/** Digests of eight bytes, as 16 hex digits, of what two models can have equal to the bit. Ascending, each once. */
export type ExactDigests = {
  /** Rows of embeddings, gates and ups that the sketch reads. */
  rows: readonly string[]
  /** Tensors: the first eight bytes of their leaves. Those that anybody computes are left out. */
  tensors: readonly string[]
  /** How many tensors there are in all; more than are listed when the sketch has no room. */
  tensorCount: number
  /** The sorted strings of the tokenizer; null where there are none. */
  vocabulary: string | null
  /** The merges of the tokenizer; null where there are none. */
  merges: string | null
}

/** What is published of a model, so that others can find its descendants without its weights. See `docs/fingerprint.md`. */
export type Sketch = {
  /** Whether a secret chose the anchors and the units. */
  isSecret: boolean
  /** Units that each layer has signatures of. */
  units: number
  /** Length of the rows that were read. */
  columns: number
  /** The first four bytes of the anchors' hashes. */
  anchors: Uint32Array
  /** The products of the anchors' embeddings with each other, a row for each anchor up to its own place. */
  gram: Signatures
  layers: readonly SketchLayer[]
  exact: ExactDigests
}
