import type { Address } from '../core/hex.ts'
import type { LineageModel } from '../core/lineage.ts'
import type { LedgerReader } from '../core/ports.ts'

/**
 * Why a publisher's word counts: accredited verifiers vouch for it on chain, or the reader trusts it. The word of an unverified one
 * can withhold a use, and cannot permit one.
 */
export type Standing = 'accredited' | 'trusted' | 'unverified'

/** Whose word counts: until when publishers are verified on chain (Unix seconds), and whom the reader trusts. */
export type Counted = { verifiedUntil: ReadonlyMap<Address, number>; trusted: ReadonlySet<Address> }

/** Reads until when publishers are verified, where the source can know. */
export async function readCounted(
  reader: LedgerReader,
  publishers: readonly Address[],
  trusted: readonly Address[],
): Promise<Counted> {
  const asked = [...new Set(publishers)]
  const verifiedUntil = (await reader.readVerifiedUntil?.(asked)) ?? new Map<Address, number>()
  return { verifiedUntil, trusted: new Set(trusted) }
}

/**
 * The standing of a publisher for what it said at a time. A verification that has ended since does not unsay it; one that was
 * withdrawn, or whose profile was replaced, does.
 */
export function standingOf(
  { publisher, registeredAt }: Pick<LineageModel, 'publisher' | 'registeredAt'>,
  { verifiedUntil, trusted }: Counted,
): Standing {
  if (trusted.has(publisher)) return 'trusted'
  return (verifiedUntil.get(publisher) ?? 0) > registeredAt ? 'accredited' : 'unverified'
}
