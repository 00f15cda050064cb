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
  /** Entries of the memo that a copy of the machine takes along. */
  memoCopied: 65_536,
  /** How far behind a pickle another one is looked for, in bytes. */
  trailing: 1_048_576,
  /** Instructions after which bytes that begin with PROTO are a pickle, though they import nothing. */
  longEnough: 12,
  /** Bytes behind a short pickle that are too few for data. */
  short: 16,
  /** Texts of a pickle that are kept to find storages. */
  texts: 100_000,
  /** The longest text that is decoded, in bytes. Longer ones are skipped over. */
  textBytes: 4096,
  /** Bytes or items that a call may have its reader allocate. */
  allocated: 1_073_741_824,
} as const
