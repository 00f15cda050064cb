import { normalTail } from '../../src/fingerprint/normalTail.ts'

/** How numbers are spread. */
export type Spread = { count: number; mean: number; deviation: number; largest: number }

/** How numbers compare with a standard normal distribution. */
export type Normality = Spread & {
  /** Share above 1.645, where 0.05 is expected. */
  above1645: number
  /** Share above 3.09, where 0.001 is expected. */
  above309: number
  /** The largest distance between the two distribution functions (Kolmogorov and Smirnov). */
  distance: number
  /** The probability of such a distance for as many independent draws. */
  p: number
}

/** The mean, deviation and largest of numbers. */
export function spreadOf(values: readonly number[]): Spread {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, count - 1)
  return { count, mean, deviation: Math.sqrt(variance), largest: values.reduce((a, b) => Math.max(a, b), -Infinity) }
}

/** Tests numbers against the standard normal distribution. */
export function normalityOf(values: readonly number[]): Normality {
  const sorted = values.toSorted((a, b) => a - b)
  const count = sorted.length
  let distance = 0
  for (const [index, value] of sorted.entries()) {
    const expected = value >= 0 ? 1 - normalTail(value) : normalTail(-value)
    distance = Math.max(distance, expected - index / count, (index + 1) / count - expected)
  }
  const above = (line: number) => values.filter((value) => value > line).length / count
  return {
    ...spreadOf(values),
    above1645: above(1.645),
    above309: above(3.09),
    distance,
    p: kolmogorovTail(distance, count),
  }
}

/** The probability that the distance of so many draws is larger, by Kolmogorov's series with Stephens' correction. */
export function kolmogorovTail(distance: number, count: number): number {
  const scaled = (Math.sqrt(count) + 0.12 + 0.11 / Math.sqrt(count)) * distance
  // The series does not converge near 0, where the probability is 1.
  if (scaled < 0.3) return 1
  let sum = 0
  for (let term = 1; term <= 100; term++)
    sum += (term % 2 === 1 ? 2 : -2) * Math.exp(-2 * term * term * scaled * scaled)
  return Math.min(1, Math.max(0, sum))
}

/** The largest rate, at 95 %, of what did not happen in so many independent trials: the rule of three. */
export function ruleOfThree(trials: number): number {
  return Math.min(1, 3 / trials)
}
