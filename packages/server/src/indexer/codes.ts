/**
 * The events that are indexed. The value is the code in `events.kind`. Its tens tell the table of which `events.subject` is a
 * key; {@link SUBJECTS} lists them. Events that only repeat another (`ParentDeclared`, ERC-721's `Transfer`, ERC-5192's `Locked`)
 * are skipped.
 */
export const EVENT_KINDS = {
  ModelRegistered: 10,
  ModelSuperseded: 11,
  ModelRetired: 12,
  ModelRecalled: 13,
  ModelMaterialized: 14,
  ParentAttested: 15,
  ParentCountersigned: 16,
  TermsPublished: 20,
  TermsSetPublished: 21,
  TierOffered: 30,
  TierWithdrawn: 31,
  CredentialIssued: 40,
  CredentialRenewed: 41,
  CredentialSuspended: 42,
  CredentialReinstated: 43,
  CredentialRevoked: 44,
  ProfileSet: 50,
  PublisherVerified: 51,
  OperatorSet: 52,
  ControllerProposed: 53,
  ControllerChanged: 54,
  BatchAnchored: 55,
  WritesPaused: 56,
  WritesResumed: 57,
  DepositWithdrawn: 58,
  ClaimFiled: 60,
  EvidenceDisclosed: 61,
  ClaimContested: 62,
  ClaimAccepted: 63,
  ClaimAcknowledged: 64,
  ClaimRuled: 65,
  ClaimWithdrawn: 66,
  DepositCredited: 67,
  ReviewRequested: 70,
  ReviewCleared: 71,
  ReviewQuarantined: 72,
  SubjectRecalled: 73,
  SubjectCertified: 74,
  CertificationWithdrawn: 75,
  ScanAttested: 76,
  ReviewPeriodSet: 77,
  QuorumSet: 78,
  OrganizationSet: 79,
  CheckpointAnchored: 80,
  RoleGranted: 90,
  RoleRevoked: 91,
  RoleLabel: 92,
  RoleAdminChanged: 93,
  RoleGuardianChanged: 94,
  RoleGrantDelayChanged: 95,
  TargetFunctionRoleUpdated: 96,
  TargetClosed: 97,
  TargetAdminDelayUpdated: 98,
  AuthorityUpdated: 99,
  OperationScheduled: 100,
  OperationExecuted: 101,
  OperationCanceled: 102,
} as const
/** A name of {@link EVENT_KINDS}. */
export type EventKind = keyof typeof EVENT_KINDS

/** The table of which `events.subject` is a key, by the tens of the event's kind. Events of reviews (7) and of roles (9 and 10) have none. */
export const SUBJECTS = {
  1: 'models',
  2: 'terms',
  3: 'tiers',
  4: 'credentials',
  5: 'accounts',
  6: 'claims',
  8: 'usage_logs',
} as const

/** The contracts whose events are indexed, in the order of their codes. */
export const CONTRACT_NAMES = [
  'ledger',
  'licenseCredential',
  'lineageClaims',
  'reviewGate',
  'usageAudit',
  'manager',
] as const
/** A name of {@link CONTRACT_NAMES}. */
export type ContractName = (typeof CONTRACT_NAMES)[number]
