/** Rows of a matrix, read as they are needed. */
export type Rows = {
  rows: number
  columns: number
  /** Reads whole rows as 32-bit floats, row after row. */
  read(first: number, count: number): Float32Array
}

/** One layer's gated feed-forward part. */
export type GatedLayer = {
  /** `gate_proj`: a row for each unit. */
  gate: Rows
  /** `up_proj`: a row for each unit. */
  up: Rows
  /** The gain of the norm before it, one for each column (Gemma: 1 + the stored one). */
  gain: Float32Array
}

/** What a sketch reads of a model, whatever the format of its files. */
export type SketchSource = {
  /** Token embeddings, a row for each token. */
  embedding: Rows
  /** The bytes of each token; null for one without bytes, such as a special token. */
  tokens: readonly (Uint8Array | null)[]
  layers: readonly GatedLayer[]
}

/** What two models have in common, as far as weights show. */
export type LineageVerdict = 'same-weights' | 'not-independent' | 'no-evidence' | 'cannot-tell'
