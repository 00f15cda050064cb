import { StemmaError } from '../core/errors.ts'
import type { Hex, ModelId, TermsId, TierId } from '../core/hex.ts'
import type { HeldCredential, Lineage } from '../core/lineage.ts'
import type { LedgerReader, TermsLabel } from '../core/ports.ts'
import { UNSTATED_BODY, type TermsBody } from '../core/termsBody.ts'
import type { Tier } from '../core/tier.ts'
import { rightsMask } from '../core/vocabulary.ts'

/** What a source shows of the terms in a lineage, beside the lineage itself. */
export type ProvedTerms = {
  labels: ReadonlyMap<TermsId, TermsLabel>
  /** The terms that the source did not show as they were published, and the tiers that it did not show as they were offered. */
  unproved: ReadonlySet<Hex>
}

/**
 * Reads terms and tiers of a lineage as they were published. Their ids are hashes of what was published, so a source that changes
 * what terms mean contradicts itself.
 *
 * @throws {@link TermsMismatchError} when what the lineage holds of terms or tiers is not what their ids prove
 */
export async function proveTerms(reader: LedgerReader, lineage: Lineage): Promise<ProvedTerms> {
  const ids = [...lineage.terms.keys()]
  const held = lineage.models.flatMap(({ model, credentials }) => credentials.map((each) => ({ ...each, model })))
  const tierIds = [...new Set(held.map(({ tier }) => tier))]
  const [terms, labels, tiers] = await Promise.all([
    reader.readTerms?.(ids),
    reader.readTerms ? undefined : reader.readTermsLabels(ids),
    tierIds.length > 0 ? reader.readTiers?.(tierIds) : undefined,
  ])
  const unproved = new Set<Hex>()
  for (const [id, body] of lineage.terms) {
    const isUnstated = BigInt(id) === 0n
    const proved = isUnstated ? UNSTATED_BODY : terms?.get(id)?.body
    if (proved && !isSameBody(body, proved)) throw new TermsMismatchError(`terms ${id}`)
    if (!proved && terms) unproved.add(id)
  }
  for (const each of tiers ? held : []) {
    const tier = tiers!.get(each.tier)
    if (tier && !isOfTier(each, tier)) throw new TermsMismatchError(`tier ${each.tier}`)
    if (!tier) unproved.add(each.tier)
  }
  return { labels: terms ?? labels ?? new Map(), unproved }
}

function isOfTier({ model, terms, passThrough }: HeldCredential & { model: ModelId }, tier: Tier): boolean {
  return model === tier.model && terms === tier.terms && passThrough === rightsMask(tier.passThrough)
}

/** Whether terms mean the same to an evaluation. */
export function isSameBody(one: TermsBody, other: TermsBody): boolean {
  return wordsOf(one).join() === wordsOf(other).join()
}

function wordsOf({ rights, unstated, flags, family, outbound, duties, thresholds }: TermsBody): (number | bigint)[] {
  const limits = thresholds.flatMap((each) => [
    each.metric,
    each.subject,
    each.limit,
    each.withdraws,
    each.adds,
    each.uses,
    each.param,
    each.flags,
  ])
  return [rights, unstated, flags, family, outbound, duties, ...limits]
}

/** Thrown when a source changes what terms or a tier mean, which their ids prove: it lies, or is broken. */
export class TermsMismatchError extends StemmaError {
  override name = 'TermsMismatchError'
  override readonly kind = 'undecided'
  constructor(what: `terms ${TermsId}` | `tier ${TierId}`) {
    super(
      'TERMS_MISMATCH',
      `What the source states of ${what} contradicts what was published under this id, which proves it. Do not trust this source; ask another node.`,
    )
  }
}
