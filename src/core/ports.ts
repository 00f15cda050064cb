import type { ChainId } from './chainId.ts'
import type { ClaimId, ClaimState, ClaimStatement } from './claim.ts'
import type { Deployment } from './deployment.ts'
import type { ExternalName } from './external.ts'
import type { Address, CredentialId, Digest, ModelId, TermsId, TierId } from './hex.ts'
import type { Lineage } from './lineage.ts'
import type { PublishedBody } from './publishedTerms.ts'
import type { Registration } from './registration.ts'
import type { TermsBody } from './termsBody.ts'
import type { Tier } from './tier.ts'
import type { AnchoredUsage, CredentialOf } from './usage.ts'

/** Where an answer was read. */
export type AnswerSource = 'node' | 'indexer' | 'bundle'

/** The block that an answer was read at. */
export type ReadBlock = {
  chainId: ChainId
  /** Number of the block. */
  block: number
  /** The block's time, in Unix seconds. */
  timestamp: number
}

/**
 * When accredited verifiers vouch for a publisher, in Unix seconds. A withdrawal, another profile and a hand-over clear it, also for what
 * was said before.
 */
export type Verification = {
  /** Since when. */
  from: number
  /** Until when, exclusive. */
  until: number
}

/** What a ledger keeps of a publisher. */
export type PublisherRecord = {
  /** SHA-256 of its profile document; zero where none was set. */
  profile: Digest
  /** The accredited account that vouches for the profile, since when and until when, also where that has ended; null without one. */
  verification: (Verification & { verifier: Address }) | null
}

/** A claim that is not decided yet. Nothing follows from it so far. */
export type PendingClaim = Pick<ClaimStatement, 'subject' | 'parent' | 'relation' | 'claimant'> & {
  claim: ClaimId
  state: Extract<ClaimState, 'filed' | 'contested'>
  /** An adjudicator has taken it up for ruling. */
  accepted: boolean
  /** The evidence, once it is disclosed: the document's SHA-256, and where it is. */
  evidence: { digest: Digest; uri: string } | null
}

/** What a recall can name of a model: the digests of its registration, each of its kind. */
export type RecallKeys = { model: ModelId } & Pick<Registration, 'weights' | 'tensors'>
/** What a source knows of an external parent. */
export type ExternalParent = {
  /** Its name, which gives its id. */
  name: ExternalName
  /** The models that are registered with its tensors, or under its name on the Hub, oldest first. */
  registered: readonly ModelId[]
}

/** What terms are called, and which text they stand for. A set has neither, but the parts that decide what it means for a model. */
export type TermsLabel = {
  /** Undefined for a set. */
  name: string | undefined
  /** Where its publisher says that the text is; empty for a set. */
  uri: string
  /** SHA-256 of the text, zero where none is stated. */
  text: Digest
  /** The terms of the weights and of the outputs of a set, each once; empty where a source does not know them. */
  parts: readonly TermsPart[]
}

/** Terms as they were published, as a part of a set. */
export type TermsPart = Omit<TermsLabel, 'parts'> & { id: TermsId; body: TermsBody }

/** What verification reads of a ledger, wherever the ledger is read from. */
export type LedgerReader = {
  readonly source: AnswerSource
  /** Whether it reads the ledger as it stood at a time of the past. Then a block may be of any age. */
  readonly past?: boolean
  /**
   * A model (the first) with all its ancestors, and the credentials that the licensee and the publishers among them hold, as of the
   * latest block or the one given.
   *
   * @throws `UnregisteredModelError` when the model is not registered
   */
  readLineage(model: ModelId, licensee: Address, block?: number): Promise<ReadBlock & { lineage: Lineage }>
  /** The registrations of some models. Those that were not found, or whose id does not match, are left out. */
  readRegistrations(models: readonly ModelId[]): Promise<Map<ModelId, Registration>>
  /**
   * Which of some models the authority has recalled, whether marked on chain or not. A source whose `readLineage` knows it leaves it
   * out.
   */
  readRecalled?(models: readonly RecallKeys[]): Promise<ReadonlySet<ModelId>>
  /**
   * Which models some publishers state that external parents are, by the ids of these. A source that cannot know leaves it out: then no
   * statement counts.
   */
  readStatedBindings?(
    externals: readonly ModelId[],
    publishers: readonly Address[],
    block: number,
  ): Promise<ReadonlyMap<ModelId, readonly ModelId[]>>
  /** What is known of some external parents, by their ids. Those without a known name are left out. */
  readExternals?(ids: readonly ModelId[]): Promise<Map<ModelId, ExternalParent>>
  /** What some terms are called. Those that were not found are left out. */
  readTermsLabels(terms: readonly TermsId[]): Promise<Map<TermsId, TermsLabel>>
  /**
   * Some terms as they were published, each checked against its id. Those that were not found are left out, and a set also where one of
   * its components was. A source whose `readLineage` checks the bodies itself leaves it out.
   */
  readTerms?(terms: readonly TermsId[]): Promise<Map<TermsId, TermsLabel & { body: TermsBody }>>
  /** Some tiers as they were offered, each checked against its id. A source that cannot know leaves it out. */
  readTiers?(tiers: readonly TierId[]): Promise<Map<TierId, Tier>>
  /** The models that were registered with these weights, oldest first. */
  findByWeights(weights: Digest): Promise<ModelId[]>
  /** The digests of the confidential terms that some credentials name. Those without are left out. A source that cannot know leaves it out. */
  readAgreements?(credentials: readonly CredentialId[]): Promise<ReadonlyMap<CredentialId, Digest>>
  /**
   * The accounts that some publishers let anchor usage logs now (scope `audit`), beside themselves. A publisher without any is left out. A
   * source that cannot know leaves it out.
   */
  readAuditors?(publishers: readonly Address[]): Promise<ReadonlyMap<Address, readonly Address[]>>
  /** What some operators have anchored of the calls under some credentials, in the logs of all epochs. A source that cannot know leaves it out. */
  readUsage?(credentials: readonly CredentialOf[], operators: readonly Address[]): Promise<AnchoredUsage[]>
  /** The verifications of publishers that hold, also those that have ended. A publisher without one is left out. A source that cannot know leaves it out. */
  readVerifications?(publishers: readonly Address[]): Promise<Map<Address, Verification>>
  /** The domains that profiles of some publishers state. Publishers without one are left out. A source that cannot know leaves it out. */
  readDomains?(publishers: readonly Address[]): Promise<ReadonlyMap<Address, string>>
  /** What is kept of some publishers, as of the block given. One without a record is left out. A source that cannot know leaves it out. */
  readPublishers?(publishers: readonly Address[], block: number): Promise<Map<Address, PublisherRecord>>
  /** The undecided claims about some models, or about digests of weights. A source that cannot know leaves it out. */
  readPendingClaims?(subjects: readonly (ModelId | Digest)[]): Promise<PendingClaim[]>
}

/** What offline bundles are collected from: a reader of a node, and the node's own proofs of its state. */
export type ProofSource = Required<
  Pick<LedgerReader, 'readLineage' | 'readRegistrations' | 'readTiers' | 'readExternals' | 'findByWeights'>
> & {
  readonly deployment: Deployment
  /** The latest block, as `eth_getBlockByNumber` answers. */
  readBlock(): Promise<unknown>
  /** Proofs of slots of an account as of a block, as `eth_getProof` answers. */
  readProof(account: Address, slots: readonly Digest[], block: number): Promise<unknown>
  /** Terms and sets of terms as they were published, each checked against its id. Those that were not found are left out. */
  readPublished(ids: readonly TermsId[]): Promise<PublishedBody[]>
}
