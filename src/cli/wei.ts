import { UsageError } from '../console/context.ts'
import { quoted } from '../core/text.ts'

/** A fee for a unit of gas out of an option: in gwei (`30`, `1.5gwei`), in wei (`5wei`), or in ether. @throws {@link UsageError} */
export function feeOf(option: string, text: string): bigint {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,9}))?(?:gwei)?$/i.exec(text) ?? []
  if (whole !== undefined) return BigInt(whole + fraction.padEnd(9, '0'))
  if (/(wei|ether)$/i.test(text) && !/gwei$/i.test(text)) {
    try {
      return weiOf(option, text.toLowerCase())
    } catch {
      // The message below names the units of fees.
    }
  }
  throw new UsageError(
    `Invalid ${option} ${quoted(text)}: use an amount in gwei, such as 30 or 1.5gwei, or in wei, such as 5wei.`,
  )
}

/** An amount of the chain's currency out of an option: in ether (`0.1`, `0.1ether`), or in wei (`5wei`). @throws {@link UsageError} */
export function weiOf(option: string, text: string): bigint {
  const [, wei] = /^(\d{1,30})wei$/.exec(text) ?? []
  if (wei !== undefined) return BigInt(wei)
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,18}))?(?:ether)?$/.exec(text) ?? []
  if (whole !== undefined) return BigInt(whole + fraction.padEnd(18, '0'))
  throw new UsageError(
    `Invalid ${option} ${quoted(text)}: use an amount in ether, such as 0.1, or in wei, such as 5wei.`,
  )
}
