import * as abi from '../../abi/ledger.ts'
import { parseModelId, parseTermsId, parseTierId, type ModelId, type TierId } from '../../core/hex.ts'
import { tierIdOf, type Tier } from '../../core/tier.ts'
import { rightsOf } from '../../core/vocabulary.ts'
import type { Ledger } from '../connect.ts'
import { readEvents } from '../logs.ts'

/** A tier as it was offered, checked against its id, and what became of it. */
export type OfferedTier = {
  id: TierId
  tier: Tier
  withdrawn: boolean
  /** Whether it lost its place, so that evaluations no longer read its credentials. */
  released: boolean
}

/** Lists the tiers that were ever offered for a model, oldest first. */
export async function listTiers(ledger: Ledger, parameters: { model: ModelId }): Promise<OfferedTier[]> {
  const [offered, withdrawn, released] = await Promise.all([
    readTiers(ledger, { model: parameters.model }),
    readEvents(ledger, 'ledger', abi.TierWithdrawn, { model: parameters.model }),
    readEvents(ledger, 'ledger', abi.TierReleased, { model: parameters.model }),
  ])
  const [ended, freed] = [withdrawn, released].map((events) => new Set(events.map(({ args }) => args.tier)))
  return offered.map(({ id, tier }) => ({ id, tier, withdrawn: ended!.has(id), released: freed!.has(id) }))
}

/** Reads tiers of a model or by id as they were offered, oldest first. Each is checked against its id. @internal */
export async function readTiers(
  ledger: Ledger,
  topics: { model: ModelId } | { tier: readonly TierId[] },
): Promise<Pick<OfferedTier, 'id' | 'tier'>[]> {
  const offered = await readEvents(ledger, 'ledger', abi.TierOffered, topics)
  return offered.flatMap(({ args }) => {
    const tier: Tier = {
      model: parseModelId(args.model as string),
      terms: parseTermsId(args.terms as string),
      passThrough: rightsOf(Number(args.passThrough)),
      open: args.open as boolean,
      subCredentials: args.subCredentials as boolean,
      maxDuration: Number(args.maxDuration),
      callQuota: args.callQuota as bigint,
      tokenQuota: args.tokenQuota as bigint,
      name: args.name as string,
      uri: args.uri as string,
    }
    const id = parseTierId(args.tier as string)
    return tierIdOf(tier) === id ? [{ id, tier }] : []
  })
}
