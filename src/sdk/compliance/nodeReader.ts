import type { Address, ModelId, TermsId, TierId } from '../../core/hex.ts'
import { mapConcurrent } from '../../core/mapConcurrent.ts'
import type { LedgerReader, PublisherRecord, TermsLabel } from '../../core/ports.ts'
import { componentsOf, provedBody, termsLabelOf, type PublishedBody } from '../../core/publishedTerms.ts'
import type { Registration } from '../../core/registration.ts'
import type { TermsBody } from '../../core/termsBody.ts'
import type { Tier } from '../../core/tier.ts'
import type { Ledger } from '../connect.ts'
import { listBodies } from '../licensing/listTerms.ts'
import { readTiers } from '../licensing/listTiers.ts'
import { readStatedBindings } from '../claims/readStatedBindings.ts'
import { readExternals } from '../registry/readExternals.ts'
import { readLineage } from '../registry/readLineage.ts'
import { readPublisher } from '../registry/readPublisher.ts'
import { readRecalled } from '../registry/readRecalled.ts'
import { readVerifications } from '../registry/readVerifications.ts'
import { readRegistrations } from '../registry/readRegistrations.ts'
import { readAgreements } from '../licensing/readAgreements.ts'

/** Most registrations, terms and tiers that a reader remembers. */
const MOST_REMEMBERED = 10_000
/** Most calls at a time. */
const MOST_CALLS = 8

/**
 * Reads a ledger from a node alone. The state takes one call to the lens; registrations and terms come from events, and those not
 * known yet take one round trip.
 *
 * A reader remembers the registrations and the terms that it has read, because their ids prove them at any time. What was not
 * found is asked for again. Keep a reader to pay for a lineage's registrations once: from then on, a verification takes only the
 * call to the lens, and the recalls since.
 */
export function nodeReader(ledger: Ledger): LedgerReader {
  const registrations = new Map<ModelId, Registration>()
  const published = new Map<TermsId, PublishedBody>()
  const tiers = new Map<TierId, Tier>()
  const publish = async (ids: readonly TermsId[]): Promise<void> => {
    const missing = ids.filter((id) => !published.has(id) && BigInt(id) !== 0n)
    const found = missing.length > 0 ? await listBodies(ledger, missing) : []
    for (const entry of found) published.set(entry.id, entry)
  }
  const publishWhole = async (ids: readonly TermsId[]): Promise<void> => {
    await publish(ids)
    await publish(ids.flatMap((id) => componentsOf(published.get(id))))
  }
  return {
    source: 'node',
    past: ledger.asOf?.past !== undefined,
    readLineage: (model, licensee, block) =>
      readLineage(ledger, { model, licensee, ...(block !== undefined && { block }) }),
    async readRegistrations(models): Promise<Map<ModelId, Registration>> {
      const missing = models.filter((model) => !registrations.has(model))
      const read = missing.length > 0 ? await readRegistrations(ledger, { models: missing }) : []
      const found = new Map(read.map(({ model, registration }) => [model, registration]))
      const known = models.flatMap((model) => entryOf(model, found.get(model) ?? registrations.get(model)))
      for (const [model, registration] of found) registrations.set(model, registration)
      forgetOldest(registrations)
      return new Map(known)
    },
    readRecalled: (models) => readRecalled(ledger, { models }),
    readExternals: (ids) => readExternals(ledger, { ids }),
    readStatedBindings: (externals, publishers, block) => readStatedBindings(ledger, { externals, publishers, block }),
    async readTermsLabels(ids): Promise<Map<TermsId, TermsLabel>> {
      await publishWhole(ids)
      return new Map(ids.flatMap((id) => entryOf(id, termsLabelOf(id, published))))
    },
    async readTerms(ids): Promise<Map<TermsId, TermsLabel & { body: TermsBody }>> {
      await publishWhole(ids)
      const known = new Map(
        ids.flatMap((id) => {
          const [label, body] = [termsLabelOf(id, published), provedBody(id, published)]
          return label && body ? [[id, { ...label, body }] as const] : []
        }),
      )
      forgetOldest(published)
      return known
    },
    async readTiers(ids): Promise<Map<TierId, Tier>> {
      const missing = ids.filter((id) => !tiers.has(id))
      const found = missing.length > 0 ? await readTiers(ledger, { tier: missing }) : []
      for (const { id, tier } of found) tiers.set(id, tier)
      const known = new Map(ids.flatMap((id) => entryOf(id, tiers.get(id))))
      forgetOldest(tiers)
      return known
    },
    readAgreements: (credentials) => readAgreements(ledger, { credentials }),
    readAuditors: async (publishers) => (await import('../audit/readAuditors.ts')).readAuditors(ledger, { publishers }),
    readUsage: async (credentials, operators) =>
      (await import('../audit/readUsage.ts')).listUsage(ledger, { credentials, operators }),
    readVerifications: (publishers) => readVerifications(ledger, publishers),
    async readPublishers(publishers, block): Promise<Map<Address, PublisherRecord>> {
      const records = await mapConcurrent(publishers, MOST_CALLS, (publisher) =>
        readPublisher(ledger, { publisher, block }),
      )
      return new Map(records.map((record) => [record.publisher, recordOf(record)]))
    },
    async findByWeights(weights): Promise<ModelId[]> {
      return (await readRegistrations(ledger, { weights })).map(({ model }) => model)
    },
  }
}

function recordOf({ profile, verifier, verifiedFrom, verifiedUntil }: readPublisher.ReturnType): PublisherRecord {
  return { profile, verification: verifiedUntil > 0 ? { verifier, from: verifiedFrom, until: verifiedUntil } : null }
}

function entryOf<K, V>(key: K, value: V | undefined): [K, V][] {
  return value === undefined ? [] : [[key, value]]
}

/** A map gives its keys in the order in which they were set. */
function forgetOldest(map: Map<unknown, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= MOST_REMEMBERED) return
    map.delete(key)
  }
}
