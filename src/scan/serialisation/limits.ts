/** Limits of what is judged inside one file. What is beyond them is unknown, or refused where it is far beyond. */
export const LIMITS = {
  /** Archives inside one another. */
  depth: 3,
  /** Members of all archives in one file. */
  members: 10_000,
  /** Bytes that inflating gives for each byte that it takes. More of them are an attack. */
  ratio: 100,
  /** Inflated bytes that are never an attack: zeros and texts of this size are usual. */
  harmless: 8_388_608,
  /** All inflated bytes, as a multiple of the file. */
  total: 4,
  /** All inflated bytes that even a small file may have. */
  floor: 67_108_864,
  /** All inflated bytes, however large the file is. */
  bytes: 268_435_456,
  /** Bytes that are held in memory for one member. */
  memory: 67_108_864,
  /** Bytes between members in which others are looked for. */
  searched: 268_435_456,
  /** Broken streams are read up to the break only where it is in so many of their first bytes. */
  broken: 1_048_576,
  /** Bytes of the code of a TorchScript archive that are read of each file. */
  code: 4_194_304,
  steps: 200_000_000,
  /** Findings of one rule at one level in one file. */
  findings: 1000,
} as const

/** Ends the judging of a file that is over a limit. The scanner catches it; it never leaves the scanner. */
export class LimitReached extends Error {
  override name = 'LimitReached'
}
