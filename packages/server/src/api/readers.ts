import { ServingReader } from './audit/serving.ts'
import { UsageReader } from './audit/usage.ts'
import { AccountReader } from './chain/accounts.ts'
import { BlockReader } from './chain/blocks.ts'
import { EventReader } from './chain/events.ts'
import { ClaimReader } from './claims/claims.ts'
import { LineageReader } from './compliance/lineages.ts'
import { ReviewReader } from './gate/reviews.ts'
import type { BlockRow, LedgerView } from './ledgerView.ts'
import { CredentialReader } from './licensing/credentials.ts'
import { TermsReader } from './licensing/terms.ts'
import { TierReader } from './licensing/tiers.ts'
import { BatchReader } from './registry/batches.ts'
import { EdgeReader } from './registry/edges.ts'
import { ExternalReader } from './registry/externals.ts'
import { FamilyReader } from './registry/family.ts'
import { ModelReader } from './registry/models.ts'
import { PublisherReader } from './registry/publishers.ts'

/** Everything that reads the ledger as of one view. Rows that several readers need are read once. */
export type Readers = {
  view: LedgerView
  accounts: AccountReader
  batches: BatchReader
  blocks: BlockReader
  claims: ClaimReader
  credentials: CredentialReader
  edges: EdgeReader
  events: EventReader
  externals: ExternalReader
  family: FamilyReader
  lineages: LineageReader
  models: ModelReader
  publishers: PublisherReader
  reviews: ReviewReader
  terms: TermsReader
  tiers: TierReader
  serving: ServingReader
  usage: UsageReader
}

/** Makes the readers of a view; `knownBlocks` need not be read again. */
export function createReaders(view: LedgerView, knownBlocks: readonly BlockRow[] = []): Readers {
  const accounts = new AccountReader(view)
  const blocks = new BlockReader(view, knownBlocks)
  const terms = new TermsReader(view)
  const models = new ModelReader(view, accounts, terms)
  const edges = new EdgeReader(view)
  const externals = new ExternalReader(view, accounts)
  const tiers = new TierReader(view, accounts, models, terms)
  const credentials = new CredentialReader(view, accounts, models, tiers)
  return {
    view,
    accounts,
    batches: new BatchReader(view, accounts),
    blocks,
    claims: new ClaimReader(view, accounts, models),
    credentials,
    edges,
    events: new EventReader(view, accounts, models),
    externals,
    family: new FamilyReader(view, edges),
    lineages: new LineageReader(view, { accounts, blocks, credentials, edges, externals, models, terms, tiers }),
    models,
    publishers: new PublisherReader(view, accounts),
    reviews: new ReviewReader(view, accounts, models),
    terms,
    tiers,
    serving: new ServingReader(view, accounts),
    usage: new UsageReader(view, accounts, credentials, tiers, models),
  }
}
