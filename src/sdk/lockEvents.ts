import type { EventSource } from './logs.ts'

/** What changed of something that a lock file relies on. */
export type LockChangeName =
  | 'binding-changed'
  | 'certification-changed'
  | 'claim-changed'
  | 'claim-filed'
  | 'claim-ruled'
  | 'control-changed'
  | 'credential-changed'
  | 'credential-expired'
  | 'credential-revoked'
  | 'lineage-changed'
  | 'quarantined'
  | 'recall-marked'
  | 'recall-undone'
  | 'recalled'
  | 'registered'
  | 'retired'
  | 'review-changed'
  | 'scan-attested'
  | 'superseded'
  | 'tier-changed'
  | 'verification-changed'
  | 'waiver-expired'

/** How an event is read: what it changes, and which arguments name what it is about. */
export type LockEvent = {
  change: LockChangeName
  /** One of these has to be relied on. */
  about: readonly string[]
  /** And this one too. */
  by?: string
  /** Whether other models may be in the lineage from here on, or other credentials. */
  moves?: true
  /** The argument that names a claim, which is relied on from here on. */
  claim?: string
}

const claim = (change: LockChangeName): LockEvent => ({ change, about: ['claim'] })
const edge: LockEvent = { change: 'lineage-changed', about: ['model'], moves: true }
const credential: LockEvent = { change: 'credential-changed', about: ['credential'], moves: true }
const review: LockEvent = { change: 'review-changed', about: ['subject'] }

/** The events that change something about models, their lineage, publishers and credentials. */
export const LOCK_EVENTS: Readonly<Record<string, LockEvent>> = {
  // Of what is relied on, only an external parent can be registered later.
  ModelRegistered: { change: 'registered', about: ['model'], moves: true },
  ModelRecalled: { change: 'recalled', about: ['model'] },
  Recalled: { change: 'recalled', about: ['digest'] },
  RecallUndone: { change: 'recall-undone', about: ['digest'] },
  RecallSynced: { change: 'recall-marked', about: ['model'] },
  ModelRetired: { change: 'retired', about: ['model'] },
  ModelSuperseded: { change: 'superseded', about: ['model'] },
  PublisherVerified: { change: 'verification-changed', about: ['publisher'] },
  ProfileSet: { change: 'verification-changed', about: ['publisher'] },
  ControllerChanged: { change: 'control-changed', about: ['publisher'] },
  ControllerProposed: { change: 'control-changed', about: ['publisher'] },
  TierReleased: { change: 'tier-changed', about: ['tier'], moves: true },
  TierWithdrawn: { change: 'tier-changed', about: ['tier'] },
  CredentialIssued: { ...credential, about: ['model'], by: 'holder' },
  CredentialReinstated: credential,
  CredentialRenewed: credential,
  CredentialSuspended: credential,
  CredentialRenounced: { ...credential, change: 'credential-revoked' },
  CredentialRevoked: { ...credential, change: 'credential-revoked' },
  ExternalBound: { change: 'binding-changed', about: ['externalModel'], moves: true },
  ExternalUnbound: { change: 'binding-changed', about: ['externalModel'], moves: true },
  BindingStated: { change: 'binding-changed', about: ['externalModel'], by: 'publisher' },
  ParentAttested: edge,
  ParentCountersigned: edge,
  ParentDetached: edge,
  ExternalReplaced: edge,
  ClaimInherited: edge,
  ClaimFiled: { change: 'claim-filed', about: ['subject'], claim: 'claim' },
  ClaimAccepted: claim('claim-changed'),
  ClaimAcknowledged: claim('claim-ruled'),
  ClaimContested: claim('claim-changed'),
  ClaimExtended: { change: 'claim-changed', about: ['claim', 'tensors'], claim: 'claim' },
  ClaimRuled: claim('claim-ruled'),
  ClaimWithdrawn: claim('claim-ruled'),
  EvidenceDisclosed: claim('claim-changed'),
  InheritanceOpened: { change: 'claim-filed', about: ['model'], claim: 'claim' },
  InheritanceContested: { change: 'claim-changed', about: ['model'] },
  InheritanceRuled: { change: 'claim-ruled', about: ['model'] },
  ReviewRequested: { change: 'review-changed', about: ['subject', 'weights'] },
  ReviewCleared: review,
  ReviewFrozenAgain: review,
  ReviewQuarantined: { change: 'quarantined', about: ['subject'] },
  SubjectCertified: { change: 'certification-changed', about: ['subject', 'weights'] },
  CertificationWithdrawn: { change: 'certification-changed', about: ['subject'] },
  ScanAttested: { change: 'scan-attested', about: ['weights', 'tensors'] },
}

/** The events that change nothing about a model that is registered, by contract. A test holds that every event is in one list. */
export const OTHER_EVENTS: Readonly<Record<EventSource, readonly string[]>> = {
  ledger: [
    'AuthorityUpdated',
    'BatchAnchored',
    'BatchRevoked',
    'EIP712DomainChanged',
    'ModelMaterialized',
    'OperatorSet',
    'ParentDeclared',
    'TensorsStated',
    'TermsPublished',
    'TermsSetPublished',
    'TierOffered',
    'WritesPaused',
    'WritesResumed',
  ],
  recalls: ['AuthorityUpdated', 'ExternalNamed'],
  licenseCredential: [
    'Approval',
    'ApprovalForAll',
    'AuthorityUpdated',
    'CredentialRequested',
    'EIP712DomainChanged',
    'Locked',
    'OfferCanceled',
    'Transfer',
    'Unlocked',
    'WritesPaused',
    'WritesResumed',
  ],
  lineageClaims: [
    'AuthorityUpdated',
    'DepositCredited',
    'DepositWithdrawn',
    'EvidenceUriSet',
    'WritesPaused',
    'WritesResumed',
  ],
  usageAudit: [
    'AuthorityUpdated',
    'CheckpointAnchored',
    'EIP712DomainChanged',
    'LogReopened',
    'ServingRevoked',
    'ServingStated',
    'WritesPaused',
    'WritesResumed',
  ],
  reviewGate: [
    'AuthorityUpdated',
    'EIP712DomainChanged',
    'MarginSet',
    'MinBlocksSet',
    'OrganizationSet',
    'QuorumSet',
    'ReviewPeriodSet',
    'ReviewUriSet',
    'WritesPaused',
    'WritesResumed',
  ],
}
