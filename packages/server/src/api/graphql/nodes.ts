import type { Address, Hex } from 'stemma/core'
import type { CredentialFilter } from 'stemma/query'
import type { ServingRow } from '../audit/serving.ts'
import type { StatementRow } from '../registry/externals.ts'
import type { UsageLogRow } from '../audit/usage.ts'
import type { EventRow } from '../chain/events.ts'
import type { ClaimRow, InheritanceRow } from '../claims/claims.ts'
import type { PageArguments } from '../cursor.ts'
import type { CredentialRequestRow, CredentialRow } from '../licensing/credentials.ts'
import type { TermsRow } from '../licensing/terms.ts'
import type { TierRow } from '../licensing/tiers.ts'
import type { BatchRow } from '../registry/batches.ts'
import type { EdgeRow } from '../registry/edges.ts'
import type { ModelRow } from '../registry/models.ts'
import type {
  BatchNode,
  BindingStatementNode,
  BlockNode,
  ClaimNode,
  CredentialConnectionNode,
  CredentialNode,
  CredentialRequestNode,
  EdgeNode,
  EventNode,
  InheritanceNode,
  ModelNode,
  PublisherNode,
  ReviewNode,
  TermsNode,
  TierNode,
  ServingStatementNode,
  UsageLogNode,
} from './schemaTypes.ts'

/** Objects of the schema, made from rows. Their fields are values, or functions that read when a query asks for the field. */
export type Nodes = {
  batch(row: BatchRow): BatchNode
  block(number: number): Promise<BlockNode>
  bindingStatement(row: StatementRow): BindingStatementNode
  claim(row: ClaimRow): ClaimNode
  credential(row: CredentialRow): CredentialNode
  credentialRequest(row: CredentialRequestRow): CredentialRequestNode
  credentials(filter: CredentialFilter, page: PageArguments): CredentialConnectionNode
  edge(row: EdgeRow): EdgeNode
  event(row: EventRow): EventNode
  inheritance(row: InheritanceRow): InheritanceNode
  model(row: ModelRow): ModelNode
  modelByKey(key: number): Promise<ModelNode>
  publisher(address: Address): PublisherNode
  /** The review of a subject; null when nothing is known of it. */
  review(subject: Hex): Promise<ReviewNode | null>
  terms(row: TermsRow): TermsNode
  /** Terms by their key; null when none are stated. */
  termsByKey(key: number | null): Promise<TermsNode | null>
  tier(row: TierRow): TierNode
  serving(row: ServingRow): ServingStatementNode
  usageLog(row: UsageLogRow): UsageLogNode
}
