/** Limits of what is kept while a pickle is judged. */
export const LIMITS = {
  /** Values on the stack. */
  stack: 4_000_000,
  /** Values in the memo. */
  memo: 8_000_000,
  /** Objects that are kept to judge calls: tuples, tensors. */
  kept: 1_000_000,
  /** Imports of different names. */
  imports: 10_000,
  /** Different findings. */
  findings: 1_000,
  /** Items of a tuple that are kept. */
  items: 16,
  /** Tuples in tuples that are kept. */
  depth: 4,
  /** Pickles that may be inside arrays of a pickle. */
  nested: 32,
  /** Pickles of a file. */
  pickles: 10_000,
  /** By how many entries an index of the memo may be ahead of the memo's size. */
  memoGap: 1_000_000,
} as const
