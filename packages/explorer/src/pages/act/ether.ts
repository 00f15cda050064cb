const DIGITS = 18

/** An amount in wei, written in ether without rounding. */
export function etherOf(wei: bigint): string {
  const digits = wei.toString().padStart(DIGITS + 1, '0')
  const fraction = digits.slice(-DIGITS).replace(/0+$/, '')
  return fraction === '' ? digits.slice(0, -DIGITS) : `${digits.slice(0, -DIGITS)}.${fraction}`
}

/** An amount in wei, written in ether with six digits behind the point, and more where it is smaller. */
export function aboutEther(wei: bigint): string {
  const [whole, fraction = ''] = etherOf(wei).split('.')
  const zeros = /^0*/.exec(fraction)![0].length
  const kept = fraction.slice(0, whole === '0' ? Math.max(6, zeros + 3) : 6).replace(/0+$/, '')
  return kept === '' ? whole! : `${whole}.${kept}`
}
