import { productSubject } from '../core/evidence.ts'
import { parseDigest, type Hex } from '../core/hex.ts'

/** The subject of a product that an argument names: the digest of its weights, or that of its URL. */
export function productOf(text: string): Hex {
  return text.startsWith('0x') ? parseDigest(text) : productSubject(text)
}
