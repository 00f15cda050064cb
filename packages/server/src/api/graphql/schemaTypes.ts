// Generated from schema.graphql by tools/generate-query.ts. Do not edit.
import type {
  Address,
  ChainId,
  ClaimState,
  CredentialState,
  Hex,
  InheritanceState,
  ModelStatus,
  Obligation,
  Part,
  Relation,
  ReviewState,
  Right,
  ScanScope,
  ScanVerdict,
  Scope,
  ServingGrade,
  TermsFlag,
  Verdict,
} from 'stemma/core'
import type {
  Moment,
  ClaimFilter,
  ReviewFilter,
  UsageFilter,
  ServingFilter,
  BindingFilter,
  ModelFilter,
  TierFilter,
  CredentialFilter,
  RequestFilter,
  EventFilter,
  FactInput,
  TrustPolicy,
  Cause,
} from 'stemma/query'

/** A field: its value, or a function that reads the value when a query asks for it. */
export type Field<T> = T | Promise<T> | (() => T | Promise<T>)
/** A field with arguments. */
export type FieldWith<A, T> = (args: A) => T | Promise<T>
/** Lists of objects may hold promises of them. */
type List<T> = readonly (T | Promise<T>)[]

/** What resolves the fields of Query. */
export type QueryNode = { ledger: FieldWith<{ at?: Moment | null }, LedgerNode> }
/** What resolves the fields of Subscription. */
export type SubscriptionNode = {
  activity: FieldWith<{ filter?: EventFilter | null; after?: string | null }, SightingNode>
}
/** A block, and the ledger after it. */
export type LedgerNode = {
  block: Field<BlockNode>
  now: Field<number>
  chainId: Field<ChainId>
  contract: Field<Address>
  progress: Field<ProgressNode>
  model: FieldWith<{ id: Hex }, ModelNode | null | undefined>
  models: FieldWith<
    {
      filter?: ModelFilter | null
      order: 'newest' | 'oldest' | 'name' | 'name-descending'
      first: number
      after?: string | null
    },
    ModelConnectionNode
  >
  search: FieldWith<{ text: string; first: number }, SearchResultNode>
  digests: FieldWith<{ digests: readonly Hex[] }, KnownDigestsNode>
  publisher: FieldWith<{ address: Address }, PublisherNode>
  publishers: FieldWith<{ first: number; after?: string | null }, PublisherConnectionNode>
  terms: FieldWith<{ id: Hex }, TermsNode | null | undefined>
  termsList: FieldWith<
    { name?: string | null; startsWith?: string | null; first: number; after?: string | null },
    TermsConnectionNode
  >
  tier: FieldWith<{ id: Hex }, TierNode | null | undefined>
  tiers: FieldWith<{ filter?: TierFilter | null; first: number; after?: string | null }, TierConnectionNode>
  credential: FieldWith<{ id: Hex }, CredentialNode | null | undefined>
  credentials: FieldWith<
    { filter?: CredentialFilter | null; first: number; after?: string | null },
    CredentialConnectionNode
  >
  credentialRequests: FieldWith<
    { filter?: RequestFilter | null; first: number; after?: string | null },
    CredentialRequestConnectionNode
  >
  claim: FieldWith<{ id: Hex }, ClaimNode | null | undefined>
  claims: FieldWith<{ filter?: ClaimFilter | null; first: number; after?: string | null }, ClaimConnectionNode>
  review: FieldWith<{ subject: Hex }, ReviewNode | null | undefined>
  reviews: FieldWith<
    { filter?: ReviewFilter | null; order: 'newest' | 'deadline'; first: number; after?: string | null },
    ReviewConnectionNode
  >
  usageLog: FieldWith<{ id: Hex }, UsageLogNode | null | undefined>
  usageLogs: FieldWith<{ filter?: UsageFilter | null; first: number; after?: string | null }, UsageLogConnectionNode>
  bindingStatements: FieldWith<
    { filter?: BindingFilter | null; first: number; after?: string | null },
    BindingStatementConnectionNode
  >
  servingStatements: FieldWith<
    { filter?: ServingFilter | null; first: number; after?: string | null },
    ServingStatementConnectionNode
  >
  batch: FieldWith<{ publisher: Address; root: Hex }, BatchNode | null | undefined>
  batches: FieldWith<{ publisher?: Address | null; first: number; after?: string | null }, BatchConnectionNode>
  path: FieldWith<{ from: Hex; to: Hex; maxDepth?: number | null }, List<StepNode> | null | undefined>
  commonAncestors: FieldWith<{ models: readonly Hex[]; first: number; after?: string | null }, CommonConnectionNode>
  lineage: FieldWith<{ model: Hex; licensee?: Address | null }, LineageNode | null | undefined>
  findings: FieldWith<
    {
      model: Hex
      use: Right
      licensee?: Address | null
      facts?: readonly FactInput[] | null
      policy?: TrustPolicy | null
    },
    ReportNode | null | undefined
  >
  map: FieldWith<
    {
      model: Hex
      use?: Right | null
      licensee?: Address | null
      facts?: readonly FactInput[] | null
      policy?: TrustPolicy | null
      up?: number | null
      down: number
      cap: number
      open?: readonly Hex[] | null
    },
    LineageMapNode | null | undefined
  >
  blastRadius: FieldWith<{ cause: Cause }, BlastRadiusNode>
  blastRadiusMap: FieldWith<
    { cause: Cause; down: number; cap: number; open?: readonly Hex[] | null },
    BlastRadiusMapNode
  >
  activity: FieldWith<{ filter?: EventFilter | null; first: number; after?: string | null }, EventConnectionNode>
  statistics: Field<StatisticsNode>
  overview: Field<OverviewNode>
  modelsAt: FieldWith<{ places: readonly number[] }, List<ModelNode>>
}
/** What resolves the fields of Block. */
export type BlockNode = { number: Field<number>; hash: Field<Hex>; time: Field<number> }
/** What resolves the fields of Progress. */
export type ProgressNode = {
  block: Field<number>
  head: Field<number>
  finalized: Field<number>
  nodeAway: Field<boolean>
}
/** What resolves the fields of PageInfo. */
export type PageInfoNode = { hasNextPage: Field<boolean>; endCursor: Field<string | null | undefined> }
/** A registered model. Its id is the EIP-712 hash of publisher, weights, tensors, annex, datasets, method, terms, parents and uri. */
export type ModelNode = {
  id: Field<Hex>
  publisher: Field<PublisherNode>
  weights: Field<Hex>
  tensors: Field<Hex | null | undefined>
  annex: Field<Hex | null | undefined>
  datasets: Field<Hex | null | undefined>
  method: Field<Hex | null | undefined>
  terms: Field<TermsNode | null | undefined>
  declared: Field<List<RegistrationParentNode>>
  externals: Field<List<ExternalParentNode>>
  replaced: Field<List<ReplacedParentNode>>
  uri: Field<string>
  name: Field<string>
  registered: Field<BlockNode>
  registeredAt: Field<number>
  batch: Field<Hex | null | undefined>
  status: Field<ModelStatus>
  recalled: Field<boolean>
  lookAlikes: Field<List<ModelNode>>
  history: Field<List<StatusChangeNode>>
  parents: Field<List<EdgeNode>>
  children: FieldWith<{ first: number; after?: string | null }, EdgeConnectionNode>
  ancestors: FieldWith<{ first: number; after?: string | null; maxDepth?: number | null }, RelativeConnectionNode>
  descendants: FieldWith<{ first: number; after?: string | null; maxDepth?: number | null }, RelativeConnectionNode>
  family: FieldWith<{ first: number; after?: string | null; maxDepth?: number | null }, RelativeConnectionNode>
  claims: FieldWith<{ first: number; after?: string | null }, ClaimConnectionNode>
  inheritances: FieldWith<{ first: number; after?: string | null }, InheritanceConnectionNode>
  review: Field<ReviewNode | null | undefined>
  tiers: Field<List<TierNode>>
  credentials: FieldWith<{ first: number; after?: string | null }, CredentialConnectionNode>
  activity: FieldWith<{ first: number; after?: string | null }, EventConnectionNode>
}
/** What resolves the fields of StatusChange. */
export type StatusChangeNode = {
  status: Field<ModelStatus>
  block: Field<BlockNode>
  account: Field<Address>
  reason: Field<string | null | undefined>
  successor: Field<ModelNode | null | undefined>
}
/** A model was made from another. */
export type EdgeNode = {
  child: Field<ModelNode>
  parent: Field<ModelNode>
  relation: Field<Relation>
  part: Field<Part | null | undefined>
  grade: Field<'declared' | 'acknowledged' | 'countersigned' | 'adjudicated' | 'bound'>
  undisclosed: Field<boolean>
  block: Field<number>
  through: Field<readonly Hex[]>
}
/** A model that edges connect with another. */
export type RelativeNode = { model: Field<ModelNode>; depth: Field<number>; edges: Field<List<EdgeNode>> }
/** A model on a path, and the edge that leads to it from the model before (null for the first). */
export type StepNode = { model: Field<ModelNode>; edge: Field<EdgeNode | null | undefined> }
/** What resolves the fields of CommonAncestor. */
export type CommonAncestorNode = { model: Field<ModelNode>; depths: Field<readonly number[]>; nearest: Field<boolean> }
/** What resolves the fields of Publisher. */
export type PublisherNode = {
  address: Field<Address>
  profile: Field<Hex | null | undefined>
  domain: Field<string | null | undefined>
  verifiedFrom: Field<number | null | undefined>
  verifiedUntil: Field<number | null | undefined>
  verifier: Field<Address | null | undefined>
  controller: Field<Address>
  operators: Field<List<OperatorNode>>
  models: FieldWith<{ first: number; after?: string | null }, ModelConnectionNode>
  held: FieldWith<{ first: number; after?: string | null }, CredentialConnectionNode>
  granted: FieldWith<{ first: number; after?: string | null }, CredentialConnectionNode>
}
/** What resolves the fields of Operator. */
export type OperatorNode = { account: Field<Address>; scopes: Field<readonly Scope[]>; until: Field<number> }
/** A license in machine-readable form, or a set of terms by component. */
export type TermsNode = {
  id: Field<Hex>
  name: Field<string | null | undefined>
  uri: Field<string | null | undefined>
  text: Field<Hex | null | undefined>
  rights: Field<readonly Right[]>
  unstated: Field<readonly Right[]>
  flags: Field<readonly TermsFlag[]>
  family: Field<string | null | undefined>
  outbound: Field<OutboundNode | null | undefined>
  duties: Field<List<DutyNode>>
  thresholds: Field<List<ThresholdNode>>
  components: Field<TermsComponentsNode | null | undefined>
  account: Field<Address>
  published: Field<BlockNode>
}
/** What resolves the fields of TermsComponents. */
export type TermsComponentsNode = {
  weights: Field<TermsNode | null | undefined>
  code: Field<TermsNode | null | undefined>
  outputs: Field<TermsNode | null | undefined>
}
/** The families of licenses under which a derivative may be passed on: `only` these, or all `except` these. The other list is null. */
export type OutboundNode = {
  only: Field<readonly string[] | null | undefined>
  except: Field<readonly string[] | null | undefined>
}
/** What resolves the fields of Duty. */
export type DutyNode = { obligation: Field<Obligation>; uses: Field<readonly Right[]> }
/** What resolves the fields of Threshold. */
export type ThresholdNode = {
  fact: Field<string>
  limit: Field<bigint>
  withdraws: Field<readonly Right[]>
  adds: Field<readonly Obligation[]>
  uses: Field<readonly Right[]>
  doubtful: Field<boolean>
}
/** Terms that a publisher offers for a model. */
export type TierNode = {
  id: Field<Hex>
  model: Field<ModelNode>
  terms: Field<TermsNode>
  passThrough: Field<readonly Right[]>
  open: Field<boolean>
  subCredentials: Field<boolean>
  maxDuration: Field<number>
  callQuota: Field<bigint>
  tokenQuota: Field<bigint>
  name: Field<string>
  uri: Field<string>
  offered: Field<BlockNode>
  withdrawn: Field<BlockNode | null | undefined>
  released: Field<BlockNode | null | undefined>
}
/** One account's grant of one tier of one model. Valid while validFrom <= now < validUntil, except while gapFrom <= now < gapUntil. Of a sub-credential, what its parent leaves. */
export type CredentialNode = {
  id: Field<Hex>
  model: Field<ModelNode>
  tier: Field<TierNode>
  holder: Field<Address>
  publisher: Field<Address>
  validFrom: Field<number>
  validUntil: Field<number>
  gapFrom: Field<number>
  gapUntil: Field<number>
  state: Field<CredentialState>
  parent: Field<CredentialNode | null | undefined>
  payment: Field<Hex | null | undefined>
  agreement: Field<Hex | null | undefined>
  lifts: Field<readonly Right[]>
  valid: Field<boolean>
  issued: Field<BlockNode>
  logs: FieldWith<{ first: number; after?: string | null }, UsageLogConnectionNode>
  history: Field<List<CredentialChangeNode>>
}
/** What an account asked a publisher for. Nothing follows from it. */
export type CredentialRequestNode = {
  model: Field<ModelNode>
  tier: Field<TierNode>
  holder: Field<Address>
  details: Field<Hex | null | undefined>
  uri: Field<string>
  requested: Field<BlockNode>
}
/** What resolves the fields of CredentialChange. */
export type CredentialChangeNode = {
  state: Field<CredentialState>
  validUntil: Field<number>
  block: Field<BlockNode>
  account: Field<Address>
  reason: Field<string | null | undefined>
}
/** A third party's statement, with evidence, that a model or a product derives from a model without saying so. */
export type ClaimNode = {
  id: Field<Hex>
  subject: Field<Hex>
  model: Field<ModelNode | null | undefined>
  product: Field<boolean>
  parent: Field<ModelNode>
  relation: Field<Relation>
  replaces: Field<Hex | null | undefined>
  claimant: Field<Address>
  state: Field<ClaimState>
  disclosed: Field<boolean>
  accepted: Field<boolean>
  contestUntil: Field<number>
  deposit: Field<bigint>
  evidence: Field<Hex | null | undefined>
  evidenceUri: Field<string | null | undefined>
  filed: Field<BlockNode>
  history: Field<List<ClaimChangeNode>>
  extensions: Field<List<ClaimExtensionNode>>
  inheritances: FieldWith<{ first: number; after?: string | null }, InheritanceConnectionNode>
}
/** What resolves the fields of ClaimExtension. */
export type ClaimExtensionNode = { tensors: Field<Hex>; adjudicator: Field<Address>; block: Field<BlockNode> }
/** An upheld claim about a product, or one that was extended to tensors, and a model with that product's weights or those tensors. */
export type InheritanceNode = {
  claim: Field<ClaimNode>
  model: Field<ModelNode>
  state: Field<InheritanceState>
  contestUntil: Field<number>
  asked: Field<BlockNode>
  history: Field<List<InheritanceChangeNode>>
}
/** What resolves the fields of InheritanceChange. */
export type InheritanceChangeNode = {
  state: Field<InheritanceState>
  account: Field<Address | null | undefined>
  uri: Field<string | null | undefined>
  block: Field<BlockNode>
}
/** What resolves the fields of ClaimChange. */
export type ClaimChangeNode = {
  state: Field<ClaimState>
  disclosed: Field<boolean>
  accepted: Field<boolean>
  account: Field<Address | null | undefined>
  uri: Field<string | null | undefined>
  block: Field<BlockNode>
}
/** The gate that an unverified model passes before it may be loaded. */
export type ReviewNode = {
  subject: Field<Hex>
  model: Field<ModelNode | null | undefined>
  state: Field<ReviewState>
  request: Field<ReviewRequestNode | null | undefined>
  certification: Field<CertificationNode | null | undefined>
  scans: Field<List<ScanNode>>
  history: Field<List<ReviewChangeNode>>
}
/** What resolves the fields of ReviewRequest. */
export type ReviewRequestNode = {
  weights: Field<Hex>
  requester: Field<Address>
  readyAt: Field<number>
  readyBlock: Field<number>
  quorum: Field<number>
  uri: Field<string>
  block: Field<BlockNode>
}
/** What resolves the fields of Certification. */
export type CertificationNode = {
  certifier: Field<Address>
  uses: Field<readonly Right[]>
  until: Field<number>
  weights: Field<Hex | null | undefined>
}
/** What resolves the fields of Scan. */
export type ScanNode = {
  scanner: Field<Address>
  tensors: Field<Hex | null | undefined>
  scope: Field<ScanScope>
  report: Field<Hex>
  ruleset: Field<Hex>
  scannedAt: Field<number>
  verdict: Field<ScanVerdict>
  uri: Field<string>
  block: Field<BlockNode>
}
/** What resolves the fields of ReviewChange. */
export type ReviewChangeNode = { state: Field<ReviewState>; account: Field<Address>; block: Field<BlockNode> }
/** A publisher's statement which model an external parent is. It counts only for readers who trust the publisher. */
export type BindingStatementNode = {
  external: Field<Hex>
  model: Field<ModelNode>
  publisher: Field<Address>
  account: Field<Address>
  bound: Field<boolean>
  evidence: Field<Hex | null | undefined>
  stated: Field<BlockNode>
}
/** A publisher's statement which model answers to a name at an origin. */
export type ServingStatementNode = {
  statement: Field<Hex>
  publisher: Field<Address>
  modelId: Field<Hex>
  model: Field<ModelNode | null | undefined>
  endpoint: Field<Hex>
  origin: Field<string>
  name: Field<string>
  from: Field<number>
  until: Field<number>
  grade: Field<ServingGrade>
  evidence: Field<Hex | null | undefined>
  revision: Field<number>
  stated: Field<BlockNode>
  revoked: Field<BlockNode | null | undefined>
}
/** A log of the calls under a credential, kept by one operator and anchored on chain. */
export type UsageLogNode = {
  id: Field<Hex>
  operator: Field<Address>
  credential: Field<CredentialNode>
  epoch: Field<number>
  began: Field<BlockNode>
  latest: Field<UsageCheckpointNode | null | undefined>
  checkpoints: FieldWith<{ first: number; after?: string | null }, UsageCheckpointConnectionNode>
}
/** A checkpoint of a usage log. Counts are totals since the log began. */
export type UsageCheckpointNode = {
  size: Field<bigint>
  root: Field<Hex>
  calls: Field<bigint>
  tokens: Field<bigint>
  block: Field<BlockNode>
}
/** Registrations that a publisher anchored together, by the root of their Merkle tree. */
export type BatchNode = {
  publisher: Field<Address>
  root: Field<Hex>
  count: Field<number>
  uri: Field<string>
  anchored: Field<BlockNode>
  materialized: Field<number>
  revoked: Field<BlockNode | null | undefined>
}
/** What resolves the fields of SearchResult. */
export type SearchResultNode = {
  hits: Field<List<ModelHitNode>>
  suggestions: Field<readonly string[]>
  publishers: Field<List<PublisherNode>>
  terms: Field<List<TermsNode>>
  credential: Field<CredentialNode | null | undefined>
  tier: Field<TierNode | null | undefined>
  transaction: Field<TransactionNode | null | undefined>
}
/** A transaction with events of the ledger, which `activity` lists. */
export type TransactionNode = { hash: Field<Hex>; block: Field<BlockNode> }
/** What resolves the fields of KnownDigests. */
export type KnownDigestsNode = { models: Field<List<DigestHitNode>>; terms: Field<List<TermsNode>> }
/** A model with a digest, and what it is the digest of: weights, tensors or datasets. */
export type DigestHitNode = { digest: Field<Hex>; by: Field<string>; model: Field<ModelNode> }
/** A model that was found, and by what: id, weights, tensors, datasets, name, uri, license or publisher. */
export type ModelHitNode = { model: Field<ModelNode>; by: Field<string> }
/** A lineage as an evaluation reads it. Rights and obligations are masks. */
export type LineageNode = {
  models: Field<List<LineageModelNode>>
  externals: Field<List<ExternalParentNode>>
  terms: Field<List<LineageTermsNode>>
}
/** What resolves the fields of LineageModel. */
export type LineageModelNode = {
  registration: Field<RegistrationNode>
  registeredAt: Field<number>
  verifiedFrom: Field<number>
  verifiedUntil: Field<number>
  status: Field<ModelStatus>
  recalled: Field<boolean>
  parents: Field<List<LineageParentNode>>
  credentials: Field<List<HeldCredentialNode>>
}
/** What resolves the fields of Registration. */
export type RegistrationNode = {
  id: Field<Hex>
  publisher: Field<Address>
  weights: Field<Hex>
  tensors: Field<Hex>
  annex: Field<Hex>
  datasets: Field<Hex>
  method: Field<Hex>
  terms: Field<Hex>
  parents: Field<List<RegistrationParentNode>>
  uri: Field<string>
}
/** What resolves the fields of RegistrationParent. */
export type RegistrationParentNode = {
  model: Field<Hex>
  relation: Field<Relation>
  part: Field<Part>
  external: Field<boolean>
}
/** A parent that nobody had registered when a registration named it. */
export type ExternalParentNode = {
  id: Field<Hex>
  name: Field<string | null | undefined>
  registered: Field<readonly Hex[]>
  bindings: Field<List<ExternalBindingNode>>
  boundTo: Field<readonly Hex[]>
}
/** What resolves the fields of ExternalBinding. */
export type ExternalBindingNode = {
  model: Field<Hex>
  account: Field<Address>
  evidence: Field<Hex | null | undefined>
  block: Field<BlockNode>
}
/** An external parent of a model that a ruling replaced by the parent of a claim. */
export type ReplacedParentNode = { external: Field<Hex>; claim: Field<ClaimNode> }
/** What resolves the fields of LineageParent. */
export type LineageParentNode = {
  model: Field<Hex>
  relation: Field<Relation>
  grade: Field<'declared' | 'acknowledged' | 'countersigned' | 'adjudicated' | 'bound'>
  undisclosed: Field<boolean>
}
/** What resolves the fields of HeldCredential. */
export type HeldCredentialNode = {
  tier: Field<Hex>
  holder: Field<Address>
  terms: Field<Hex>
  passThrough: Field<number>
  publisher: Field<Address>
  validFrom: Field<number>
  validUntil: Field<number>
  gapFrom: Field<number>
  gapUntil: Field<number>
  state: Field<CredentialState>
  lifts: Field<number>
}
/** Terms as their id commits to them; for a set, the combination of its components. The components of sets are in the list too. */
export type LineageTermsNode = {
  id: Field<Hex>
  name: Field<string | null | undefined>
  uri: Field<string | null | undefined>
  text: Field<Hex>
  components: Field<LineageComponentsNode | null | undefined>
  rights: Field<number>
  unstated: Field<number>
  flags: Field<number>
  family: Field<number>
  outbound: Field<bigint>
  duties: Field<bigint>
  thresholds: Field<List<LineageThresholdNode>>
}
/** Ids of the terms by component; zero when not stated. */
export type LineageComponentsNode = { weights: Field<Hex>; code: Field<Hex>; outputs: Field<Hex> }
/** What resolves the fields of LineageThreshold. */
export type LineageThresholdNode = {
  metric: Field<number>
  subject: Field<number>
  limit: Field<bigint>
  withdraws: Field<number>
  adds: Field<number>
  uses: Field<number>
  param: Field<bigint>
  flags: Field<number>
}
/** The answer to "may we use it so?". */
export type ReportNode = {
  verdict: Field<Verdict>
  use: Field<Right>
  model: Field<Hex>
  licensee: Field<Address>
  at: Field<number>
  findings: Field<List<FindingNode>>
  obligations: Field<List<ReportedObligationNode>>
}
/** What resolves the fields of Finding. */
export type FindingNode = {
  code: Field<string>
  severity: Field<string>
  right: Field<Right | null | undefined>
  obligation: Field<Obligation | null | undefined>
  fact: Field<string | null | undefined>
  model: Field<Hex>
  path: Field<readonly Hex[]>
  reason: Field<string>
  remedy: Field<string>
}
/** What resolves the fields of ReportedObligation. */
export type ReportedObligationNode = {
  obligation: Field<Obligation>
  model: Field<Hex>
  path: Field<readonly Hex[]>
  certain: Field<boolean>
  fulfilled: Field<boolean>
}
/** A model among those that it was made from and those that were made from it. What is not on the map is counted in `more`, each model once, at the one through which it is reached first: the nodes above and what `more` counts above are `ancestors` and `externals`; the nodes below and what it counts below are `descendants` without `inCycle`. What is `claimed` counts in neither. */
export type LineageMapNode = {
  model: Field<Hex>
  use: Field<Right | null | undefined>
  licensee: Field<Address>
  nodes: Field<List<MapNodeNode>>
  edges: Field<List<MapEdgeNode>>
  more: Field<List<MapMoreNode>>
  causes: Field<List<MapCauseNode>>
  ancestors: Field<number>
  externals: Field<number>
  descendants: Field<number>
  inCycle: Field<number>
  truncated: Field<boolean>
  unevaluated: Field<number>
  svg: FieldWith<{ theme?: 'auto' | 'light' | 'dark' | null }, string>
}
/** A model on a map, or an external parent. */
export type MapNodeNode = {
  id: Field<Hex>
  model: Field<ModelNode | null | undefined>
  name: Field<string>
  external: Field<boolean>
  claimed: Field<boolean>
  level: Field<number>
  publisher: Field<Address | null | undefined>
  license: Field<string | null | undefined>
  status: Field<ModelStatus>
  recalled: Field<boolean>
  verdict: Field<Verdict | null | undefined>
  cause: Field<MapCauseNode | null | undefined>
  descendants: Field<number | null | undefined>
  otherParents: Field<number>
}
/** An edge between two nodes of a map. */
export type MapEdgeNode = {
  child: Field<Hex>
  parent: Field<Hex>
  relation: Field<Relation>
  part: Field<Part | null | undefined>
  grade: Field<'declared' | 'acknowledged' | 'countersigned' | 'adjudicated' | 'bound' | null | undefined>
  undisclosed: Field<boolean>
  through: Field<readonly Hex[]>
  claim: Field<Hex | null | undefined>
}
/** What is not on a map beyond one of its nodes. */
export type MapMoreNode = {
  of: Field<Hex | null | undefined>
  up: Field<boolean>
  next: Field<number>
  models: Field<number>
  externals: Field<number>
}
/** Why a use is not permitted, or why that is open. */
export type MapCauseNode = {
  code: Field<string>
  severity: Field<string>
  right: Field<Right | null | undefined>
  model: Field<Hex>
  path: Field<readonly Hex[]>
}
/** What a change affects. A recalled model affects itself and its descendants. A revoked credential affects the models that its holder, or a holder of a sub-credential under it, made from the credential's model, and their descendants. Withdrawn datasets affect the models that state this root, and their descendants. What leads over an external parent that is bound to a model counts as made from this. */
export type BlastRadiusNode = {
  origins: Field<List<ModelNode>>
  models: FieldWith<{ first: number; after?: string | null }, AffectedConnectionNode>
  publishers: FieldWith<{ first: number; after?: string | null }, AffectedPublisherConnectionNode>
  credentials: FieldWith<{ first: number; after?: string | null }, CredentialConnectionNode>
}
/** What a change affects, as a map. What is not on it is counted in `more`, each model once, so the nodes and what `more` counts are `models`. A model that the change affects directly has level 0, also where it was made from another such model. */
export type BlastRadiusMapNode = {
  change: Field<MapChangeNode>
  nodes: Field<List<MapNodeNode>>
  edges: Field<List<MapEdgeNode>>
  more: Field<List<MapMoreNode>>
  origins: Field<number>
  models: Field<number>
  truncated: Field<boolean>
  svg: FieldWith<{ theme?: 'auto' | 'light' | 'dark' | null }, string>
}
/** A change that a map is about. */
export type MapChangeNode = { kind: Field<'credential' | 'model' | 'datasets'>; id: Field<Hex> }
/** What resolves the fields of AffectedModel. */
export type AffectedModelNode = { model: Field<ModelNode>; depth: Field<number> }
/** What resolves the fields of AffectedPublisher. */
export type AffectedPublisherNode = { publisher: Field<PublisherNode>; models: Field<number> }
/** An event of the ledger. */
export type EventNode = {
  id: Field<string>
  name: Field<string>
  block: Field<BlockNode>
  log: Field<number>
  transaction: Field<Hex>
  model: Field<ModelNode | null | undefined>
  account: Field<Address | null | undefined>
  actor: Field<PublisherNode | null | undefined>
  terms: Field<TermsNode | null | undefined>
  tier: Field<TierNode | null | undefined>
  credential: Field<CredentialNode | null | undefined>
  claim: Field<ClaimNode | null | undefined>
  parent: Field<ModelNode | null | undefined>
}
/** What a watcher receives: an event, or the first block that the chain replaced. Events of that block and later ones are void. */
export type SightingNode = {
  event: Field<EventNode | null | undefined>
  replaced: Field<number | null | undefined>
  block: Field<BlockNode>
}
/** The first 200,000 models, in the order of the chain. Each array is base64: `parents` of 32-bit integers with the lowest byte first, the others of bytes. A model hangs from the parent that became known first; edges that would close a circle are left out. */
export type OverviewNode = {
  models: Field<number>
  truncated: Field<boolean>
  parents: Field<string>
  states: Field<string>
  licenses: Field<string>
  publishers: Field<string>
  licenseCounts: Field<List<LicenseCountNode>>
  publisherCounts: Field<List<PublisherCountNode>>
}
/** What resolves the fields of PublisherCount. */
export type PublisherCountNode = { publisher: Field<PublisherNode>; models: Field<number> }
/** What resolves the fields of Statistics. */
export type StatisticsNode = {
  models: Field<number>
  edges: Field<number>
  publishers: Field<number>
  accounts: Field<number>
  terms: Field<number>
  tiers: Field<number>
  credentials: Field<number>
  events: Field<number>
  relations: Field<List<RelationCountNode>>
  licenses: Field<List<LicenseCountNode>>
}
/** What resolves the fields of RelationCount. */
export type RelationCountNode = { relation: Field<Relation>; edges: Field<number> }
/** What resolves the fields of LicenseCount. */
export type LicenseCountNode = { terms: Field<TermsNode | null | undefined>; models: Field<number> }
/** What resolves the fields of ModelConnection. */
export type ModelConnectionNode = {
  nodes: Field<List<ModelNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of EdgeConnection. */
export type EdgeConnectionNode = {
  nodes: Field<List<EdgeNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of RelativeConnection. */
export type RelativeConnectionNode = {
  nodes: Field<List<RelativeNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of CommonConnection. */
export type CommonConnectionNode = {
  nodes: Field<List<CommonAncestorNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of PublisherConnection. */
export type PublisherConnectionNode = {
  nodes: Field<List<PublisherNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of TermsConnection. */
export type TermsConnectionNode = {
  nodes: Field<List<TermsNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of TierConnection. */
export type TierConnectionNode = {
  nodes: Field<List<TierNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of CredentialConnection. */
export type CredentialConnectionNode = {
  nodes: Field<List<CredentialNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of CredentialRequestConnection. */
export type CredentialRequestConnectionNode = {
  nodes: Field<List<CredentialRequestNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of AffectedConnection. */
export type AffectedConnectionNode = {
  nodes: Field<List<AffectedModelNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of AffectedPublisherConnection. */
export type AffectedPublisherConnectionNode = {
  nodes: Field<List<AffectedPublisherNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of EventConnection. */
export type EventConnectionNode = {
  nodes: Field<List<EventNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of ClaimConnection. */
export type ClaimConnectionNode = {
  nodes: Field<List<ClaimNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of InheritanceConnection. */
export type InheritanceConnectionNode = {
  nodes: Field<List<InheritanceNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of ReviewConnection. */
export type ReviewConnectionNode = {
  nodes: Field<List<ReviewNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of BindingStatementConnection. */
export type BindingStatementConnectionNode = {
  nodes: Field<List<BindingStatementNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of ServingStatementConnection. */
export type ServingStatementConnectionNode = {
  nodes: Field<List<ServingStatementNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of UsageLogConnection. */
export type UsageLogConnectionNode = {
  nodes: Field<List<UsageLogNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of UsageCheckpointConnection. */
export type UsageCheckpointConnectionNode = {
  nodes: Field<List<UsageCheckpointNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
/** What resolves the fields of BatchConnection. */
export type BatchConnectionNode = {
  nodes: Field<List<BatchNode>>
  totalCount: Field<number>
  pageInfo: Field<PageInfoNode>
}
