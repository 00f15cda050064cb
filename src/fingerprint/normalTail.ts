/** Smallest probability that is reported; a 64-bit float has hardly any below. */
const LEAST = 1e-300

/** The probability that a standard normal variable is above `z`, for z of 0 or more, to nine digits and at least 1e-300. */
export function normalTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  return Math.max(LEAST, z < 3 ? 0.5 - density * seriesOf(z) : density / fractionOf(z))
}

/** z + z^3/3 + z^5/15 + …, which times the density is the probability from 0 to z. */
function seriesOf(z: number): number {
  let [term, sum] = [z, z]
  for (let odd = 3; odd < 200; odd += 2) {
    term *= (z * z) / odd
    sum += term
  }
  return sum
}

/** The continued fraction z + 1/(z + 2/(z + 3/(z + …))), which converges fast where z is large. */
function fractionOf(z: number): number {
  let value = z
  for (let step = 60; step > 0; step--) value = z + step / value
  return value
}
