/** What a recalled digest is of: a registration's id, the digest of a folder, or that of a tensor list. In the order of the chain. */
export const RECALL_KINDS = ['model', 'weights', 'tensors'] as const
/** A name of {@link RECALL_KINDS}. */
export type RecallKind = (typeof RECALL_KINDS)[number]

/** Where the recall of a digest stands, in the order in which it advances. An undone one counts as never made. */
export const RECALL_STATES = ['none', 'recalled', 'undone', 'final'] as const
/** A name of {@link RECALL_STATES}. */
export type RecallState = (typeof RECALL_STATES)[number]
