/** Limits of the process that judges, beyond which a file is not judged; part of the digest of the ruleset. */
export const SCAN_LIMITS = {
  /** Megabytes of JavaScript's heap. */
  heapMegabytes: 256,
  /** Bytes of memory of the process as a whole, where the system shows them. */
  memory: 671_088_640,
  /** Milliseconds that a file may take, and one more for so many of its bytes. */
  fileMilliseconds: 60_000,
  bytesPerMillisecond: 20_000,
  /** Milliseconds more for each file, and for each sketch that the weights are compared with, when the model is judged as a whole. */
  wholeMilliseconds: { file: 100, sketch: 5_000 },
  /** Most processes that may end early before the files that are left are given up. */
  deaths: 100,
  /** Most findings that are kept of one rule at one level in one file; one more says that there are others. */
  findingsOfRule: 100,
} as const
