import { USAGE_TABLES } from './tables/audit/usage.ts'
import { CHAIN_TABLES } from './tables/chain.ts'
import { CLAIM_TABLES } from './tables/claims/claims.ts'
import { REVIEW_TABLES } from './tables/gate/reviews.ts'
import { ACCESS_TABLES } from './tables/governance/access.ts'
import { CREDENTIAL_TABLES } from './tables/licensing/credentials.ts'
import { TERMS_TABLES } from './tables/licensing/terms.ts'
import { TIER_TABLES } from './tables/licensing/tiers.ts'
import { MODEL_TABLES } from './tables/registry/models.ts'
import { PUBLISHER_TABLES } from './tables/registry/publishers.ts'
import { RECALL_TABLES } from './tables/registry/recalls.ts'

/**
 * Every table, each after those that it points to. A zero digest, zero terms or the zero address is null. Times are Unix
 * seconds. `docs/indexer.md` explains them.
 */
export const TABLES = {
  ...CHAIN_TABLES,
  ...TERMS_TABLES,
  ...MODEL_TABLES,
  ...RECALL_TABLES,
  ...TIER_TABLES,
  ...CREDENTIAL_TABLES,
  ...PUBLISHER_TABLES,
  ...CLAIM_TABLES,
  ...REVIEW_TABLES,
  ...USAGE_TABLES,
  ...ACCESS_TABLES,
} as const

/** A name of {@link TABLES}. */
export type TableName = keyof typeof TABLES

/** The tables, each after those that it points to. */
export const TABLE_NAMES = Object.keys(TABLES) as TableName[]

/** Version of the schema. A database of another version is rebuilt. */
export const SCHEMA_VERSION = 6
