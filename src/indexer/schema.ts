import type { Dialect } from './database.ts'

/**
 * Type of a column. `key` is a number of ours that stands for an id, an account or terms; `block`, `time` and `log` are what
 * the chain counts; `small` is a code or a yes (1) or no (0); `mask` has up to 32 bits; `bytes` are an id, a digest or an
 * address; `text` is UTF-8.
 */
export type ColumnType = 'key' | 'block' | 'time' | 'log' | 'small' | 'mask' | 'bytes' | 'text'

/** A column: its type, and whether it may be null, which means "none" or "not stated". */
export type Column = { type: ColumnType; optional?: true }

/**
 * A table. Rows are only ever added, in the order of the chain, and taken away from the end when blocks are replaced; so
 * whatever is "current" is the last row of a thing, and what was true at a block is the last row up to it.
 */
export type Table = {
  columns: Readonly<Record<string, Column>>
  primaryKey: readonly string[]
  /** The column that holds the id, the account or the hash for which the key `n` stands. */
  natural?: string
  /** Columns by which rows are found; made when the first catching up is done, because that is several times as fast. */
  indexes?: readonly Index[]
  /** How rows of replaced blocks are found: by the key `n`, which grows with the blocks, by a primary key that begins with a block, or by an index. */
  undo: 'n' | 'block' | 'child' | 'number' | 'none'
}

/** An index; `where` leaves out rows of which it would say nothing. */
export type Index = { columns: readonly string[]; where?: string }

const KEY = { type: 'key' } as const
const OPTIONAL_KEY = { type: 'key', optional: true } as const
const SMALL = { type: 'small' } as const
const MASK = { type: 'mask' } as const
const TIME = { type: 'time' } as const
const BYTES = { type: 'bytes' } as const
const OPTIONAL_BYTES = { type: 'bytes', optional: true } as const
const TEXT = { type: 'text' } as const
/** Where on the chain a row comes from. */
const ORIGIN = { block: { type: 'block' }, log: { type: 'log' } } as const

const BY_BLOCK: Index = { columns: ['block'] }

/** Every table. A zero digest, zero terms or nobody is null. Times are Unix seconds. `docs/indexer.md` explains them. */
export const TABLES = {
  /** One row: how far the database is, of which ledger it is, and which version of this schema it has. */
  checkpoint: {
    columns: {
      n: KEY,
      version: KEY,
      chain_id: { type: 'block' },
      ledger: BYTES,
      /** The last block whose events are all in. */
      block: { type: 'block' },
      hash: BYTES,
      time: TIME,
      /** Newest block that will not be undone any more. */
      finalized: { type: 'block' },
      /** Newest block that the node had when this was written. */
      head: { type: 'block' },
      /** 1 when the indexes are made. */
      indexed: SMALL,
    },
    primaryKey: ['n'],
    undo: 'none',
  },
  /** Blocks that hold events. */
  blocks: {
    columns: { number: { type: 'block' }, hash: BYTES, parent_hash: BYTES, time: TIME },
    primaryKey: ['number'],
    indexes: [{ columns: ['time'] }],
    undo: 'number',
  },
  /** Every block that may still be undone, by which a reorganisation is recognised. */
  heads: {
    columns: { number: { type: 'block' }, hash: BYTES },
    primaryKey: ['number'],
    undo: 'number',
  },
  /** Every event, with what it is about: `subject` is a key of the table that the kind is of. */
  events: {
    columns: {
      ...ORIGIN,
      /** A code of `EVENT_KINDS`. */
      kind: SMALL,
      transaction_hash: BYTES,
      subject: OPTIONAL_KEY,
      model: OPTIONAL_KEY,
      /** Who did it: the publisher of a registration, the issuer of a credential, or the account that the event names. */
      account: OPTIONAL_KEY,
    },
    primaryKey: ['block', 'log'],
    indexes: [
      { columns: ['model', 'block', 'log'], where: 'model IS NOT NULL' },
      { columns: ['account', 'block', 'log'], where: 'account IS NOT NULL' },
      { columns: ['kind', 'block', 'log'] },
    ],
    undo: 'block',
  },
  /** Accounts in the order in which they were first named. A publisher is an account. */
  accounts: {
    columns: { n: KEY, address: BYTES, block: { type: 'block' } },
    primaryKey: ['n'],
    natural: 'address',
    undo: 'n',
  },
  /** Templates, which have a name, and sets of terms, which have components instead. */
  terms: {
    columns: {
      n: KEY,
      id: BYTES,
      name: { type: 'text', optional: true },
      uri: { type: 'text', optional: true },
      text: OPTIONAL_BYTES,
      /** What an evaluation reads: of a set, what `bodyOfSet` makes of its components. */
      rights: MASK,
      unstated: MASK,
      obligations: MASK,
      weights_terms: OPTIONAL_KEY,
      code_terms: OPTIONAL_KEY,
      outputs_terms: OPTIONAL_KEY,
      account: KEY,
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['name'] }],
    undo: 'n',
  },
  /** Thresholds of terms, of sets too; `amount` is the limit as a decimal number below 2^128. */
  thresholds: {
    columns: {
      terms: KEY,
      position: SMALL,
      metric: SMALL,
      amount: TEXT,
      withdraws: MASK,
      adds: MASK,
      block: ORIGIN.block,
    },
    primaryKey: ['terms', 'position'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Registrations, whole: with its edges of grade `declared` in the order of `position`, each gives the model's id. */
  models: {
    columns: {
      n: KEY,
      id: BYTES,
      publisher: KEY,
      weights: BYTES,
      datasets: OPTIONAL_BYTES,
      method: OPTIONAL_BYTES,
      terms: OPTIONAL_KEY,
      uri: TEXT,
      /** What people call it: the last part of the uri's path, in lower case. */
      name: TEXT,
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [
      { columns: ['weights'] },
      { columns: ['datasets'], where: 'datasets IS NOT NULL' },
      { columns: ['name'] },
      { columns: ['publisher', 'n'] },
      { columns: ['terms', 'n'], where: 'terms IS NOT NULL' },
    ],
    undo: 'n',
  },
  /** Which model was made from which, each pair once: the first evidence of it. */
  edges: {
    columns: {
      child: KEY,
      parent: KEY,
      /** A code of `RELATIONS`. */
      relation: SMALL,
      /** A code of `GRADES`. */
      grade: SMALL,
      /** 1 when a claim had to bring it out; 0 when the publisher named the parent, at once or later. */
      undisclosed: SMALL,
      /** Place among the parents of the registration; -1 when it does not name the parent. */
      position: SMALL,
      /** The claim that brought it to light. */
      claim: OPTIONAL_KEY,
      ...ORIGIN,
    },
    primaryKey: ['child', 'parent'],
    indexes: [{ columns: ['parent', 'child'] }, { columns: ['block'], where: 'position = -1' }],
    undo: 'child',
  },
  /** What became of a model after its registration; a model without a row is active. */
  model_statuses: {
    columns: {
      model: KEY,
      ...ORIGIN,
      /** A place in `MODEL_STATUSES`. */
      status: SMALL,
      successor: OPTIONAL_KEY,
      account: KEY,
      reason: { type: 'text', optional: true },
    },
    primaryKey: ['model', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['successor'], where: 'successor IS NOT NULL' }],
    undo: 'block',
  },
  /** Batches of registrations that a publisher has anchored by the root of their Merkle tree. */
  batches: {
    columns: { publisher: KEY, root: BYTES, count: MASK, uri: TEXT, ...ORIGIN },
    primaryKey: ['publisher', 'root'],
    indexes: [BY_BLOCK, { columns: ['root'] }],
    undo: 'block',
  },
  /** Models that came out of a batch of their publisher's: they count as registered at `anchored_at`. */
  materializations: {
    columns: { model: KEY, root: BYTES, anchored_at: TIME, ...ORIGIN },
    primaryKey: ['model'],
    indexes: [BY_BLOCK, { columns: ['root', 'model'] }],
    undo: 'block',
  },
  /** Terms that a publisher offers for a model. */
  tiers: {
    columns: {
      n: KEY,
      id: BYTES,
      model: KEY,
      publisher: KEY,
      terms: KEY,
      pass_through: MASK,
      open: SMALL,
      /** Seconds, 0 for no bound. */
      max_duration: TIME,
      /** Decimal numbers below 2^64: calls and tokens under one credential, 0 for no bound. */
      call_quota: TEXT,
      token_quota: TEXT,
      name: TEXT,
      uri: TEXT,
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['model', 'n'] }, { columns: ['terms', 'n'] }],
    undo: 'n',
  },
  /** Tiers that are no longer offered. */
  tier_withdrawals: {
    columns: { tier: KEY, account: KEY, ...ORIGIN },
    primaryKey: ['tier'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Credentials as they were issued: active, without a gap. */
  credentials: {
    columns: {
      n: KEY,
      id: BYTES,
      model: KEY,
      tier: KEY,
      holder: KEY,
      publisher: KEY,
      valid_from: TIME,
      valid_until: TIME,
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['model', 'holder'] }, { columns: ['holder', 'n'] }, { columns: ['tier', 'n'] }],
    undo: 'n',
  },
  /** The whole of a credential after each later event of it, as the chain keeps it. */
  credential_states: {
    columns: {
      credential: KEY,
      ...ORIGIN,
      /** A place in `CREDENTIAL_STATES`. */
      state: SMALL,
      valid_from: TIME,
      valid_until: TIME,
      gap_from: TIME,
      gap_until: TIME,
      account: KEY,
      reason: { type: 'text', optional: true },
    },
    primaryKey: ['credential', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** What publishers say of themselves; the last row counts. */
  profiles: {
    columns: { publisher: KEY, ...ORIGIN, profile: OPTIONAL_BYTES, domain: TEXT },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['domain'] }],
    undo: 'block',
  },
  /** Words of verifiers that a profile is true until a time; 0 withdraws it, and a new profile ends it. */
  verifications: {
    columns: { publisher: KEY, ...ORIGIN, verifier: KEY, profile: OPTIONAL_BYTES, until: TIME },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Who may act for a publisher until a time; 0 removes it, and a change of controller ends all. */
  operators: {
    columns: { publisher: KEY, ...ORIGIN, operator: KEY, until: TIME },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['operator'] }],
    undo: 'block',
  },
  /** Hand-overs of a publisher's control: proposed (`accepted` 0; no controller withdraws it), or done (`accepted` 1). */
  controllers: {
    columns: { publisher: KEY, ...ORIGIN, controller: OPTIONAL_KEY, previous: OPTIONAL_KEY, accepted: SMALL },
    primaryKey: ['publisher', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['controller'], where: 'controller IS NOT NULL' }],
    undo: 'block',
  },
  /** Pauses of new writes, by contract (a place in `CONTRACT_NAMES`); `until` 0 ends one early. */
  pauses: {
    columns: { contract: SMALL, ...ORIGIN, account: KEY, until: TIME },
    primaryKey: ['contract', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Claims that a model, or a product that nobody registered, derives from a model and did not say so. */
  claims: {
    columns: {
      n: KEY,
      id: BYTES,
      /** Id of the model, or digest that stands for the product. */
      subject: BYTES,
      /** The model; nothing when the subject is a product. */
      model: OPTIONAL_KEY,
      product: SMALL,
      parent: KEY,
      /** A code of `RELATIONS`. */
      relation: SMALL,
      claimant: KEY,
      commitment: BYTES,
      contest_until: TIME,
      /** Wei, as a decimal number. */
      deposit: TEXT,
      ...ORIGIN,
    },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['subject', 'n'] }, { columns: ['parent', 'n'] }, { columns: ['claimant', 'n'] }],
    undo: 'n',
  },
  /** Where a claim stands after each later event of it; one without a row is filed. */
  claim_states: {
    columns: {
      claim: KEY,
      ...ORIGIN,
      /** A place in `CLAIM_STATES`. */
      state: SMALL,
      /** 1 when the evidence has been shown. */
      disclosed: SMALL,
      /** 1 when an adjudicator has taken it up for ruling. */
      accepted: SMALL,
      contest_until: TIME,
      /** Who did it; nothing for a disclosure and a withdrawal. */
      account: OPTIONAL_KEY,
      /** SHA-256 of the document, and the salt, in the row of the disclosure. */
      evidence: OPTIONAL_BYTES,
      salt: OPTIONAL_BYTES,
      uri: { type: 'text', optional: true },
    },
    primaryKey: ['claim', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** What came to be known of an edge after its row in `edges`, and with it: the last row has its grade. A declared edge without a row is declared. */
  edge_grades: {
    columns: {
      child: KEY,
      parent: KEY,
      ...ORIGIN,
      /** A code of `GRADES`. */
      grade: SMALL,
      /** What is said of the relation with it; nothing when it is only countersigned. */
      relation: { type: 'small', optional: true },
      undisclosed: { type: 'small', optional: true },
      claim: OPTIONAL_KEY,
      account: OPTIONAL_KEY,
    },
    primaryKey: ['child', 'parent', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Deposits of claims: credited to an account (of a claim), or taken back by it (to a recipient). */
  deposits: {
    columns: {
      account: KEY,
      ...ORIGIN,
      claim: OPTIONAL_KEY,
      recipient: OPTIONAL_KEY,
      /** Wei, as a decimal number. */
      amount: TEXT,
    },
    primaryKey: ['account', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Reviews as they were requested. The subject is a model's id, or the digest of weights that nobody registered. */
  reviews: {
    columns: {
      subject: BYTES,
      weights: BYTES,
      /** The model; nothing when the subject is an artefact. */
      model: OPTIONAL_KEY,
      requester: KEY,
      ready_at: TIME,
      ready_block: { type: 'block' },
      quorum: SMALL,
      uri: TEXT,
      ...ORIGIN,
    },
    primaryKey: ['subject'],
    indexes: [BY_BLOCK, { columns: ['weights'] }, { columns: ['model'], where: 'model IS NOT NULL' }],
    undo: 'block',
  },
  /** Where the review of a subject stands after each event, the request included; a recall needs no review before. */
  review_states: {
    columns: {
      subject: BYTES,
      ...ORIGIN,
      /** A place in `REVIEW_STATES`. */
      state: SMALL,
      /** Mask of the rights for which it is cleared. */
      uses: MASK,
      account: KEY,
      reason: { type: 'text', optional: true },
    },
    primaryKey: ['subject', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Words of certifiers, and their ends (`until` 0, with a reason); the last row counts. */
  certifications: {
    columns: {
      subject: BYTES,
      ...ORIGIN,
      weights: OPTIONAL_BYTES,
      /** The certifier, or who took it back. */
      account: KEY,
      uses: MASK,
      until: TIME,
      reason: { type: 'text', optional: true },
    },
    primaryKey: ['subject', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Scan reports. */
  scans: {
    columns: {
      weights: BYTES,
      scanner: KEY,
      ...ORIGIN,
      report: BYTES,
      ruleset: BYTES,
      scanned_at: TIME,
      /** A place in `SCAN_VERDICTS`. */
      verdict: SMALL,
      uri: TEXT,
    },
    primaryKey: ['weights', 'scanner', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** To which organization a scanner belongs; nothing when to itself. */
  organizations: {
    columns: { scanner: KEY, ...ORIGIN, organization: OPTIONAL_BYTES },
    primaryKey: ['scanner', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** What holds for later reviews: a period in seconds, or a quorum. */
  gate_settings: {
    columns: { ...ORIGIN, period: { type: 'time', optional: true }, quorum: { type: 'small', optional: true } },
    primaryKey: ['block', 'log'],
    undo: 'block',
  },
  /** Logs of the calls under a credential, one for each operator that keeps one. */
  usage_logs: {
    columns: { n: KEY, id: BYTES, operator: KEY, credential: KEY, ...ORIGIN },
    primaryKey: ['n'],
    natural: 'id',
    indexes: [{ columns: ['credential', 'n'] }, { columns: ['operator', 'n'] }],
    undo: 'n',
  },
  /** How far a usage log had come. Counts are decimal numbers, and totals since the log began. */
  usage_checkpoints: {
    columns: { usage_log: KEY, ...ORIGIN, size: TEXT, root: BYTES, calls: TEXT, tokens: TEXT },
    primaryKey: ['usage_log', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Who has a role of the ledger's AccessManager (its number there, as a decimal number) from `since` on; the last row counts. */
  role_members: {
    columns: {
      role: TEXT,
      account: KEY,
      ...ORIGIN,
      /** 1 when the role was granted or its delay changed, 0 when it was taken away. */
      granted: SMALL,
      /** Seconds between the announcement and the execution of what the role allows, and when that holds; 0 when taken away. */
      delay: TIME,
      since: TIME,
    },
    primaryKey: ['role', 'account', 'block', 'log'],
    indexes: [BY_BLOCK, { columns: ['account'] }],
    undo: 'block',
  },
  /** What is said of a role, one thing a row: its label, the role that grants it, the one that cancels, or how long a grant waits. */
  role_settings: {
    columns: {
      role: TEXT,
      ...ORIGIN,
      label: { type: 'text', optional: true },
      /** Numbers of roles, as decimal numbers. */
      admin: { type: 'text', optional: true },
      guardian: { type: 'text', optional: true },
      /** Seconds until a grant holds, and from when on. */
      grant_delay: { type: 'time', optional: true },
      since: { type: 'time', optional: true },
    },
    primaryKey: ['role', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Which role a function of a contract takes; the last row counts, and without one it is the administrator's. */
  function_roles: {
    columns: { target: KEY, selector: BYTES, ...ORIGIN, role: TEXT },
    primaryKey: ['target', 'selector', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** What is said of a contract, one thing a row: whether every restricted function is closed, or how long its administration waits. */
  target_settings: {
    columns: {
      target: KEY,
      ...ORIGIN,
      closed: { type: 'small', optional: true },
      /** Seconds, and from when on. */
      admin_delay: { type: 'time', optional: true },
      since: { type: 'time', optional: true },
    },
    primaryKey: ['target', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** The AccessManager that a contract (a place in `CONTRACT_NAMES`) asks. */
  authorities: {
    columns: { contract: SMALL, ...ORIGIN, authority: KEY },
    primaryKey: ['contract', 'block', 'log'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
  /** Calls that were announced: whoever has a role with a delay may make them from `ready_at` on. */
  operations: {
    columns: { id: BYTES, nonce: MASK, ...ORIGIN, ready_at: TIME, caller: KEY, target: KEY, data: BYTES },
    primaryKey: ['id', 'nonce'],
    indexes: [BY_BLOCK, { columns: ['target'] }],
    undo: 'block',
  },
  /** Announced calls that were made (`executed` 1) or taken back (0). */
  operation_ends: {
    columns: { id: BYTES, nonce: MASK, ...ORIGIN, executed: SMALL },
    primaryKey: ['id', 'nonce'],
    indexes: [BY_BLOCK],
    undo: 'block',
  },
} as const satisfies Record<string, Table>

/** A name of {@link TABLES}. */
export type TableName = keyof typeof TABLES

/** The tables in an order in which each comes after those that it points to. */
export const TABLE_NAMES = Object.keys(TABLES) as TableName[]

/** Version of the schema: a database of another version is built anew. */
export const SCHEMA_VERSION = 2

/** How well an edge is known (DESIGN, section 4). The value is the code in `edges.grade`. */
export const GRADES = { declared: 0, acknowledged: 1, countersigned: 2, adjudicated: 3 } as const
/** A name of {@link GRADES}. */
export type Grade = keyof typeof GRADES

/**
 * The events that are kept. The value is the code in `events.kind`: the tens say of which table `events.subject` is a key, which
 * {@link SUBJECTS} lists. Events that only repeat another (`ParentDeclared`, ERC-721's `Transfer`, ERC-5192's `Locked`) are not read.
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

/** The contracts that are read, in the order of their codes. */
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

const SQL_TYPES: Record<Dialect, Record<ColumnType, string>> = {
  sqlite: {
    key: 'INTEGER',
    block: 'INTEGER',
    time: 'INTEGER',
    log: 'INTEGER',
    small: 'INTEGER',
    mask: 'INTEGER',
    bytes: 'BLOB',
    text: 'TEXT',
  },
  postgres: {
    key: 'INTEGER',
    block: 'BIGINT',
    time: 'BIGINT',
    log: 'INTEGER',
    small: 'SMALLINT',
    mask: 'BIGINT',
    bytes: 'BYTEA',
    // Prefixes are searched by the order of bytes, as SQLite does.
    text: 'TEXT COLLATE "C"',
  },
}

/** The statements that make the tables, without what {@link indexStatements} makes. Running them twice does no harm. */
export function tableStatements(dialect: Dialect): string[] {
  return TABLE_NAMES.map((name) => {
    const table: Table = TABLES[name]
    const columns = Object.entries(table.columns).map(
      ([column, { type, optional }]) => `${column} ${SQL_TYPES[dialect][type]}${optional ? '' : ' NOT NULL'}`,
    )
    // A single integer is SQLite's own key of a row; what is found by several columns is kept in their order, once.
    const isRowId = table.primaryKey.length === 1 && table.columns[table.primaryKey[0]!]!.type !== 'bytes'
    const keys = [
      `PRIMARY KEY (${table.primaryKey.join(', ')})`,
      ...(table.natural ? [`UNIQUE (${table.natural})`] : []),
    ]
    const tail = dialect === 'sqlite' && !isRowId ? ' WITHOUT ROWID' : ''
    return `CREATE TABLE IF NOT EXISTS ${name} (${[...columns, ...keys].join(', ')})${tail}`
  })
}

/** The statements that make the indexes. Running them twice does no harm. */
export function indexStatements(): string[] {
  return TABLE_NAMES.flatMap((name) => {
    const { indexes = [] }: Table = TABLES[name]
    return indexes.map(({ columns, where }) => {
      const index = `${name}_by_${columns.join('_')}`
      return `CREATE INDEX IF NOT EXISTS ${index} ON ${name} (${columns.join(', ')})${where ? ` WHERE ${where}` : ''}`
    })
  })
}

/**
 * The statements that take away all that is later than a block (`$1`), in an order in which they may run. A key grows with the
 * blocks, so its rows are looked at from the end.
 */
export function undoStatements(): string[] {
  const lastOf = (table: string): string =>
    `coalesce((SELECT n FROM ${table} WHERE block <= $1 ORDER BY n DESC LIMIT 1), 0)`
  return TABLE_NAMES.toReversed().flatMap((name) => {
    const { undo }: Table = TABLES[name]
    if (undo === 'none') return []
    if (undo === 'number' || undo === 'block') return [`DELETE FROM ${name} WHERE ${undo} > $1`]
    if (undo === 'n') return [`DELETE FROM ${name} WHERE n > ${lastOf(name)}`]
    return [
      `DELETE FROM ${name} WHERE position = -1 AND block > $1`,
      `DELETE FROM ${name} WHERE child > ${lastOf('models')}`,
    ]
  })
}
