import { StemmaError } from 'stemma/core'
import { overviewOf } from '../chain/overview.ts'
import { statisticsOf } from '../chain/statistics.ts'
import { lastKey } from '../paging.ts'
import type { Readers } from '../readers.ts'
import { findDigests } from '../findDigests.ts'
import { search } from '../search.ts'
import { connection } from './connection.ts'
import { createNodes } from './createNodes.ts'
import type { Nodes } from './nodes.ts'
import { complianceFields } from './nodes/compliance.ts'
import type { LedgerNode } from './schemaTypes.ts'

/** The root of the schema: the ledger as of one block. */
export function ledgerNode(readers: Readers): LedgerNode {
  const { progress, block, now } = readers.view
  const nodes = createNodes(readers)
  return {
    block,
    now,
    chainId: progress.chainId,
    contract: progress.ledger,
    progress: {
      block: progress.block,
      head: progress.head,
      finalized: progress.finalized,
      nodeAway: progress.state === 'waiting',
    },
    ...registryFields(readers, nodes),
    ...licensingFields(readers, nodes),
    ...evidenceFields(readers, nodes),
    ...complianceFields(readers, nodes),
    ...chainFields(readers, nodes),
  }
}

/** Most models that are read by their places at once. */
const MAX_PLACES = 300

type RegistryField = 'batch' | 'batches' | 'commonAncestors' | 'model' | 'models' | 'path' | 'publisher' | 'publishers'

function registryFields(readers: Readers, nodes: Nodes): Pick<LedgerNode, RegistryField> {
  const { batches, family, models, publishers } = readers
  return {
    async model({ id }) {
      const row = await models.byId.load(id)
      return row && nodes.model(row)
    },
    models: ({ filter, order, ...page }) =>
      connection(models.list(filter ?? {}, page, order ?? 'newest'), (row) => nodes.model(row)),
    publisher: ({ address }) => nodes.publisher(address),
    publishers: (page) => connection(publishers.list(page), ({ address }) => nodes.publisher(address)),
    async batch({ publisher, root }) {
      const row = await batches.find(publisher, root)
      return row && nodes.batch(row)
    },
    batches: ({ publisher, ...page }) => connection(batches.list(publisher, page), (row) => nodes.batch(row)),
    async path({ from, to, maxDepth }) {
      const [start, end] = await models.keysOf([from, to])
      const steps = await family.path(start!, end!, maxDepth)
      return steps?.map(({ model, edge }) => ({
        model: () => nodes.modelByKey(model),
        edge: edge && nodes.edge(edge),
      }))
    },
    async commonAncestors({ models: ids, ...page }) {
      const keys = await models.keysOf(ids)
      return connection(family.commonAncestors(keys, page), ({ model, depths, nearest }) => ({
        model: () => nodes.modelByKey(model),
        depths,
        nearest,
      }))
    },
  }
}

type LicensingField = 'credential' | 'credentialRequests' | 'credentials' | 'terms' | 'termsList' | 'tier' | 'tiers'

function licensingFields({ credentials, terms, tiers }: Readers, nodes: Nodes): Pick<LedgerNode, LicensingField> {
  return {
    async terms({ id }) {
      const row = await terms.byId.load(id)
      return row && nodes.terms(row)
    },
    termsList: ({ name, startsWith, ...page }) =>
      connection(terms.list({ name, startsWith }, page), (row) => nodes.terms(row)),
    async tier({ id }) {
      const row = await tiers.byId.load(id)
      return row && nodes.tier(row)
    },
    tiers: ({ filter, ...page }) => connection(tiers.list(filter ?? {}, page), (row) => nodes.tier(row)),
    async credential({ id }) {
      const row = await credentials.byId.load(id)
      return row && nodes.credential(row)
    },
    credentials: ({ filter, ...page }) => nodes.credentials(filter ?? {}, page),
    credentialRequests: ({ filter, ...page }) =>
      connection(credentials.requests(filter ?? {}, page), (row) => nodes.credentialRequest(row)),
  }
}

type EvidenceField =
  | 'bindingStatements'
  | 'claim'
  | 'claims'
  | 'review'
  | 'reviews'
  | 'servingStatements'
  | 'usageLog'
  | 'usageLogs'

/** Claims, reviews, usage logs, and statements about endpoints and external parents. */
function evidenceFields(readers: Readers, nodes: Nodes): Pick<LedgerNode, EvidenceField> {
  const { claims, externals, reviews, serving, usage } = readers
  return {
    bindingStatements: ({ filter, ...page }) =>
      connection(externals.statements(filter ?? {}, page), (row) => nodes.bindingStatement(row)),
    async claim({ id }) {
      const row = await claims.find(id)
      return row && nodes.claim(row)
    },
    claims: ({ filter, ...page }) => connection(claims.list(filter ?? {}, page), (row) => nodes.claim(row)),
    review: ({ subject }) => nodes.review(subject),
    reviews: ({ filter, order, ...page }) =>
      connection(
        reviews.list(filter ?? {}, page, order ?? 'newest'),
        async ({ subject }) => (await nodes.review(subject))!,
      ),
    async usageLog({ id }) {
      const row = await usage.find(id)
      return row && nodes.usageLog(row)
    },
    servingStatements: ({ filter, ...page }) =>
      connection(serving.list(filter ?? {}, page), (row) => nodes.serving(row)),
    usageLogs: ({ filter, ...page }) => connection(usage.list(filter ?? {}, page), (row) => nodes.usageLog(row)),
  }
}

function chainFields(
  readers: Readers,
  nodes: Nodes,
): Pick<LedgerNode, 'activity' | 'digests' | 'modelsAt' | 'overview' | 'search' | 'statistics'> {
  return {
    async search({ text, first }) {
      const { hits, suggestions, publishers, terms, credential, tier, transaction } = await search(readers, text, first)
      return {
        hits: hits.map(({ model, by }) => ({ model: nodes.model(model), by })),
        suggestions,
        publishers: publishers.map((address) => nodes.publisher(address)),
        terms: terms.map((row) => nodes.terms(row)),
        credential: credential && nodes.credential(credential),
        tier: tier && nodes.tier(tier),
        transaction: transaction && { hash: transaction.hash, block: () => readers.blocks.load(transaction.block) },
      }
    },
    async digests({ digests }) {
      const { models, terms } = await findDigests(readers, digests)
      return {
        models: models.map(({ model, ...hit }) => ({ ...hit, model: nodes.model(model) })),
        terms: terms.map((row) => nodes.terms(row)),
      }
    },
    activity: ({ filter, ...page }) => connection(readers.events.list(filter ?? {}, page), (row) => nodes.event(row)),
    async modelsAt({ places }) {
      if (places.length > MAX_PLACES) throw new TooManyPlacesError(places.length)
      const known = await lastKey(readers.view, 'models')
      return places.filter((place) => place >= 0 && place < known).map((place) => nodes.modelByKey(place + 1))
    },
    async overview() {
      const { licenseCounts, publisherCounts, ...packed } = await overviewOf(readers)
      return {
        ...packed,
        licenseCounts: licenseCounts.map(([terms, models]) => ({ terms: () => nodes.termsByKey(terms), models })),
        publisherCounts: publisherCounts.map(([publisher, models]) => ({
          publisher: async () => nodes.publisher(await readers.accounts.addressOf(publisher)),
          models,
        })),
      }
    },
    statistics() {
      const statistics = statisticsOf(readers.view)
      return {
        ...statistics,
        licenses: async () =>
          (await statistics.licenses()).map(({ terms, models }) => ({ terms: () => nodes.termsByKey(terms), models })),
      }
    },
  }
}

/** Thrown when more models are wanted by their places than one answer has. */
export class TooManyPlacesError extends StemmaError {
  override name = 'TooManyPlacesError'
  constructor(count: number) {
    super('TOO_MANY_PLACES', `${count} places are more than one answer has. Ask for at most ${MAX_PLACES} at once.`)
  }
}
