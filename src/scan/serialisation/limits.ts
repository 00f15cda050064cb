/** Limits of what is judged inside one file. Over one of them the file is refused, not read on. */
export const LIMITS = {
  /** Archives inside one another. */
  depth: 3,
  /** Members of all archives in one file. */
  members: 10_000,
  /** Bytes that inflating gives for each byte that it takes. */
  ratio: 100,
  /** All inflated bytes, as a multiple of the file. */
  total: 4,
  /** All inflated bytes, however small the file is below this. */
  floor: 1_048_576,
  /** All inflated bytes, however large the file is. */
  bytes: 268_435_456,
  steps: 200_000_000,
  /** Findings of one file. */
  findings: 1000,
} as const

/** Ends the judging of a file that is over a limit. The scanner catches it; it never leaves the scanner. */
export class LimitReached extends Error {
  override name = 'LimitReached'
}
