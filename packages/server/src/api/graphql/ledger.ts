import { type Facts, type TrustPolicy, verify } from 'stemma/verify'
import {
  type Address,
  type Hex,
  type Metric,
  type ModelId,
  type Right,
  type TermsId,
  ZERO_ADDRESS,
  ZERO_DIGEST,
} from 'stemma/core'
import { findBatch, listBatches } from '../batches.ts'
import { blastRadius, type Cause } from '../blastRadius.ts'
import { findClaim, listClaims, type ClaimFilter } from '../claims.ts'
import type { PageArguments } from '../cursor.ts'
import { gatherLineage, indexReader, ModelNotIndexedError } from '../evaluation.ts'
import { findPath, listCommonAncestors } from '../family.ts'
import type { LedgerView } from '../ledgerView.ts'
import { loadAll } from '../loaders.ts'
import {
  listEvents,
  listModels,
  listPublishers,
  listTerms,
  listTiers,
  type CredentialFilter,
  type EventFilter,
  type ModelFilter,
  type TierFilter,
} from '../lists.ts'
import { listReviews, type ReviewFilter } from '../reviews.ts'
import { search } from '../search.ts'
import { statisticsOf } from '../statistics.ts'
import { findUsageLog, listUsageLogs, type UsageFilter } from '../usage.ts'
import { batchNode, claimNode, reviewNode, usageLogNode } from './evidenceNodes.ts'
import {
  connection,
  credentialConnection,
  credentialNode,
  edgeNode,
  eventNode,
  keysOfModels,
  modelByKey,
  modelNode,
  publisherNode,
  termsNode,
  termsOrNull,
  tierNode,
} from './nodes.ts'

/** Most origins of a blast radius that are shown beside the list of all that is affected. */
const MAX_ORIGINS = 100

type WithPage<T> = PageArguments & T
type FindingsArguments = {
  model: ModelId
  use: Right
  licensee?: Address | null
  facts?: { [metric in Metric]?: bigint | boolean | null } | null
  policy?: { [field in keyof TrustPolicy]?: TrustPolicy[field] | null } | null
}

/** The root of the schema: the ledger as of one block. */
export function ledgerNode(view: LedgerView) {
  const { loaders, progress } = view
  const missing = (id: ModelId): Error => new ModelNotIndexedError(id, view)
  return {
    block: view.block,
    now: view.now,
    chainId: progress.chainId,
    contract: progress.ledger,
    progress: { block: progress.block, head: progress.head, finalized: progress.finalized },

    async model({ id }: { id: Hex }) {
      const record = await loaders.modelById.load(id)
      return record ? modelNode(view, record) : null
    },
    models: ({ filter, ...page }: WithPage<{ filter?: ModelFilter | null }>) =>
      connection(listModels(view, filter ?? {}, page), (record) => modelNode(view, record)),
    async search({ text, first }: { text: string; first: number }) {
      const { hits, publishers, terms, credential, tier } = await search(view, text, first)
      return {
        hits: hits.map(({ model, by }) => ({ model: modelNode(view, model), by })),
        publishers: publishers.map((address) => publisherNode(view, address)),
        terms: terms.map((record) => termsNode(view, record)),
        credential: credential && credentialNode(view, credential),
        tier: tier && tierNode(view, tier),
      }
    },
    publisher: ({ address }: { address: Address }) => publisherNode(view, address),
    publishers: (page: PageArguments) =>
      connection(listPublishers(view, page), ({ address }) => publisherNode(view, address)),
    async terms({ id }: { id: Hex }) {
      const record = await loaders.termsById.load(id)
      return record ? termsNode(view, record) : null
    },
    termsList: ({ name, ...page }: WithPage<{ name?: string | null }>) =>
      connection(listTerms(view, name, page), (record) => termsNode(view, record)),
    async tier({ id }: { id: Hex }) {
      const record = await loaders.tierById.load(id)
      return record ? tierNode(view, record) : null
    },
    tiers: ({ filter, ...page }: WithPage<{ filter?: TierFilter | null }>) =>
      connection(listTiers(view, filter ?? {}, page), (record) => tierNode(view, record)),
    async credential({ id }: { id: Hex }) {
      const record = await loaders.credentialById.load(id)
      return record ? credentialNode(view, record) : null
    },
    credentials: ({ filter, ...page }: WithPage<{ filter?: CredentialFilter | null }>) =>
      credentialConnection(view, filter ?? {}, page),

    async claim({ id }: { id: Hex }) {
      const record = await findClaim(view, id)
      return record ? claimNode(view, record) : null
    },
    claims: ({ filter, ...page }: WithPage<{ filter?: ClaimFilter | null }>) =>
      connection(listClaims(view, filter ?? {}, page), (record) => claimNode(view, record)),
    review: ({ subject }: { subject: Hex }) => reviewNode(view, subject),
    reviews: ({ filter, ...page }: WithPage<{ filter?: ReviewFilter | null }>) =>
      connection(listReviews(view, filter ?? {}, page), ({ subject }) => reviewNode(view, subject)),
    async usageLog({ id }: { id: Hex }) {
      const record = await findUsageLog(view, id)
      return record ? usageLogNode(view, record) : null
    },
    usageLogs: ({ filter, ...page }: WithPage<{ filter?: UsageFilter | null }>) =>
      connection(listUsageLogs(view, filter ?? {}, page), (record) => usageLogNode(view, record)),
    async batch({ publisher, root }: { publisher: Address; root: Hex }) {
      const record = await findBatch(view, publisher, root)
      return record ? batchNode(view, record) : null
    },
    batches: ({ publisher, ...page }: WithPage<{ publisher?: Address | null }>) =>
      connection(listBatches(view, publisher, page), (record) => batchNode(view, record)),

    async path({ from, to, maxDepth }: { from: ModelId; to: ModelId; maxDepth?: number | null }) {
      const [start, end] = await keysOfModels(view, [from, to], missing)
      const steps = await findPath(view, start!, end!, maxDepth)
      return (
        steps?.map(({ model, edge }) => ({
          model: () => modelByKey(view, model),
          edge: edge && edgeNode(view, edge),
        })) ?? null
      )
    },
    async commonAncestors({ models, ...page }: WithPage<{ models: ModelId[] }>) {
      const keys = await keysOfModels(view, models, missing)
      return connection(listCommonAncestors(view, keys, page), ({ model, depths, nearest }) => ({
        model: () => modelByKey(view, model),
        depths,
        nearest,
      }))
    },
    lineage: ({ model, licensee }: { model: ModelId; licensee?: Address | null }) =>
      lineageNode(view, model, licensee ?? ZERO_ADDRESS),
    async findings({ model, use, licensee, facts, policy }: FindingsArguments) {
      if (!(await loaders.modelById.load(model))) return null
      return verify(indexReader(view), {
        model,
        use,
        at: view.now,
        facts: factsOf(facts ?? {}),
        policy: { ...withoutNulls(policy ?? {}), ...(licensee && { licensee }) },
      })
    },
    async blastRadius({ cause }: { cause: Cause }) {
      const radius = await blastRadius(view, cause)
      return {
        origins: () => Promise.all(radius.origins.slice(0, MAX_ORIGINS).map((key) => modelByKey(view, key))),
        models: (page: PageArguments) =>
          connection(radius.models(page), ({ model, depth }) => ({ model: () => modelByKey(view, model), depth })),
        publishers: (page: PageArguments) =>
          connection(radius.publishers(page), ({ publisher, models }) => ({
            publisher: async () => publisherNode(view, (await loaders.account.load(publisher)).address),
            models,
          })),
        credentials: (page: PageArguments) =>
          connection(radius.credentials(page), (record) => credentialNode(view, record)),
      }
    },

    activity: ({ filter, ...page }: WithPage<{ filter?: EventFilter | null }>) =>
      connection(listEvents(view, filter ?? {}, page), (record) => eventNode(view, record)),
    statistics() {
      const statistics = statisticsOf(view)
      return {
        ...statistics,
        licenses: async () =>
          (await statistics.licenses()).map(({ terms, models }) => ({ terms: () => termsOrNull(view, terms), models })),
      }
    },
  }
}

/** A lineage for a reader that evaluates it itself, with the registrations, so that it can check the ids. */
async function lineageNode(view: LedgerView, model: ModelId, licensee: Address) {
  if (!(await view.loaders.modelById.load(model))) return null
  const lineage = await gatherLineage(view, model, licensee)
  const registrations = await indexReader(view).readRegistrations(lineage.models.map((entry) => entry.model))
  return {
    models: lineage.models.map(({ model: id, registeredAt, status, parents, credentials }) => ({
      registration: { id, ...registrations.get(id)! },
      registeredAt,
      status,
      parents,
      credentials: credentials.map(({ credential, ...held }) => ({ ...held, ...credential })),
    })),
    terms: await lineageTerms(view, [...lineage.terms.keys()]),
  }
}

/** Terms of a lineage whole, with the components of sets, so that a reader can check their ids. */
async function lineageTerms(view: LedgerView, ids: readonly TermsId[]) {
  const { loaders } = view
  const found = (await loadAll(loaders.termsById, ids as readonly Hex[])).filter((record) => record !== undefined)
  const parts = found.flatMap(({ weightsTerms, codeTerms, outputsTerms }) => [weightsTerms, codeTerms, outputsTerms])
  const records = await loadAll(
    loaders.terms,
    new Set([...found.map(({ n }) => n), ...parts.filter((key) => key !== null)]),
  )
  const idOf = async (key: number | null) => (key === null ? ZERO_DIGEST : (await loaders.terms.load(key)).id)
  return records.map(({ text, weightsTerms, codeTerms, outputsTerms, ...record }) => ({
    ...record,
    text: text ?? ZERO_DIGEST,
    thresholds: () => loaders.thresholds.load(record.n),
    components:
      record.name === null
        ? { weights: () => idOf(weightsTerms), code: () => idOf(codeTerms), outputs: () => idOf(outputsTerms) }
        : null,
  }))
}

function factsOf(facts: NonNullable<FindingsArguments['facts']>): Facts {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([metric, value]) => (value == null ? [] : [[metric, BigInt(value)]])),
  )
}

function withoutNulls<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry != null)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
}
