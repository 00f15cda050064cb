/** Units of computing work, in floating-point operations. A day has 86,400 seconds. */
export const COMPUTE_UNITS = {
  FLOP: 1n,
  GFLOP: 10n ** 9n,
  TFLOP: 10n ** 12n,
  PFLOP: 10n ** 15n,
  EFLOP: 10n ** 18n,
  ZFLOP: 10n ** 21n,
  YFLOP: 10n ** 24n,
  'PFLOP-day': 10n ** 15n * 86_400n,
} as const

/** A name of {@link COMPUTE_UNITS}. */
export type ComputeUnit = keyof typeof COMPUTE_UNITS
/** Every unit, the smallest first. */
export const COMPUTE_UNIT_NAMES = Object.keys(COMPUTE_UNITS) as ComputeUnit[]

/**
 * How much was computed: a decimal text with or without a unit (`"3.1e24"`, `"36 PFLOP-day"`; FLOP without one), a number with its unit,
 * or the word `unknown`, by which somebody states that it is not known.
 */
export type Compute = 'unknown' | (string & {}) | { readonly value: string | number; readonly unit: ComputeUnit }

/** Most floating-point operations that are taken for an amount of training. */
export const MAX_FLOP = 10n ** 40n

const AMOUNT = /^(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]\+?(\d{1,2}))?$/

/**
 * The floating-point operations of a stated amount, exactly; `unknown` where that is stated; undefined for what states no amount: no
 * decimal number above zero, another unit, a part of an operation, or more than {@link MAX_FLOP}.
 */
export function flopOf(value: unknown): bigint | 'unknown' | undefined {
  if (value === 'unknown') return 'unknown'
  if (typeof value === 'string') {
    const [amount = '', unit = 'FLOP', ...more] = value.split(' ')
    return more.length > 0 ? undefined : product(amount, unit)
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { value: amount, unit } = value as { value?: unknown; unit?: unknown }
  if (typeof amount !== 'string' && typeof amount !== 'number') return undefined
  return product(String(amount), unit)
}

function product(amount: string, unit: unknown): bigint | undefined {
  const name = COMPUTE_UNIT_NAMES.find((known) => known === unit)
  const [, whole, fraction = '', exponent = '0'] = AMOUNT.exec(amount) ?? []
  if (name === undefined || whole === undefined) return undefined
  const scaled = BigInt(whole + fraction) * COMPUTE_UNITS[name] * 10n ** BigInt(exponent)
  const divisor = 10n ** BigInt(fraction.length)
  const flop = scaled / divisor
  return scaled % divisor === 0n && flop > 0n && flop <= MAX_FLOP ? flop : undefined
}

/** An amount for people, with three significant digits: `3.10e24 FLOP`. */
export function formatFlop(flop: bigint): string {
  const digits = flop.toString()
  if (digits.length <= 3) return `${digits} FLOP`
  return `${digits[0]}.${digits.slice(1, 3)}e${digits.length - 1} FLOP`
}
