const DIGITS = 18

/** An amount in wei, written in ether without rounding. */
export function etherOf(wei: bigint): string {
  const digits = wei.toString().padStart(DIGITS + 1, '0')
  const fraction = digits.slice(-DIGITS).replace(/0+$/, '')
  return fraction === '' ? digits.slice(0, -DIGITS) : `${digits.slice(0, -DIGITS)}.${fraction}`
}
