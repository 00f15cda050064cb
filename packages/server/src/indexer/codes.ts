/**
 * The events that are indexed. The value is the code in `events.kind`. Its hundreds tell the table of which `events.subject` is a
 * key; {@link SUBJECTS} lists them. Events that only repeat another (`TensorsStated`, `ParentDeclared`, ERC-721's `Transfer`, ERC-5192's `Locked`)
 * are skipped.
 */
export const EVENT_KINDS = {
  ModelRegistered: 100,
  ModelSuperseded: 101,
  ModelRetired: 102,
  ModelRecalled: 103,
  ModelMaterialized: 104,
  ParentAttested: 105,
  ParentCountersigned: 106,
  TermsPublished: 200,
  TermsSetPublished: 201,
  TierOffered: 300,
  TierWithdrawn: 301,
  CredentialIssued: 400,
  CredentialRenewed: 401,
  CredentialSuspended: 402,
  CredentialReinstated: 403,
  CredentialRevoked: 404,
  ProfileSet: 500,
  PublisherVerified: 501,
  OperatorSet: 502,
  ControllerProposed: 503,
  ControllerChanged: 504,
  BatchAnchored: 505,
  WritesPaused: 506,
  WritesResumed: 507,
  DepositWithdrawn: 508,
  BatchRevoked: 509,
  ClaimFiled: 600,
  EvidenceDisclosed: 601,
  ClaimContested: 602,
  ClaimAccepted: 603,
  ClaimAcknowledged: 604,
  ClaimRuled: 605,
  ClaimWithdrawn: 606,
  DepositCredited: 607,
  ReviewRequested: 700,
  ReviewCleared: 701,
  ReviewQuarantined: 702,
  SubjectRecalled: 703,
  SubjectCertified: 704,
  CertificationWithdrawn: 705,
  ScanAttested: 706,
  ReviewPeriodSet: 707,
  QuorumSet: 708,
  OrganizationSet: 709,
  CheckpointAnchored: 800,
  RoleGranted: 900,
  RoleRevoked: 901,
  RoleLabel: 902,
  RoleAdminChanged: 903,
  RoleGuardianChanged: 904,
  RoleGrantDelayChanged: 905,
  TargetFunctionRoleUpdated: 906,
  TargetClosed: 907,
  TargetAdminDelayUpdated: 908,
  AuthorityUpdated: 909,
  OperationScheduled: 910,
  OperationExecuted: 911,
  OperationCanceled: 912,
} as const
/** A name of {@link EVENT_KINDS}. */
export type EventKind = keyof typeof EVENT_KINDS

/** The table of which `events.subject` is a key, by the hundreds of the event's kind. Events of reviews (7) and of roles (9) have none. */
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
