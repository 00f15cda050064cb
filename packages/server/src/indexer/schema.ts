import { ACCESS_TABLES } from './tables/governance/access.ts'
import { CHAIN_TABLES } from './tables/chain.ts'
import { CLAIM_TABLES } from './tables/claims/claims.ts'
import { CREDENTIAL_TABLES } from './tables/licensing/credentials.ts'
import { MODEL_TABLES } from './tables/registry/models.ts'
import { PUBLISHER_TABLES } from './tables/registry/publishers.ts'
import { REVIEW_TABLES } from './tables/gate/reviews.ts'
import { USAGE_TABLES } from './tables/audit/usage.ts'

/**
 * Every table, in an order in which each comes after those that it points to. A zero digest, zero terms or nobody is null. Times are Unix
 * seconds. `docs/indexer.md` explains them.
 */
export const TABLES = {
  ...CHAIN_TABLES,
  ...MODEL_TABLES,
  ...CREDENTIAL_TABLES,
  ...PUBLISHER_TABLES,
  ...CLAIM_TABLES,
  ...REVIEW_TABLES,
  ...USAGE_TABLES,
  ...ACCESS_TABLES,
} as const

/** A name of {@link TABLES}. */
export type TableName = keyof typeof TABLES

/** The tables in an order in which each comes after those that it points to. */
export const TABLE_NAMES = Object.keys(TABLES) as TableName[]

/** Version of the schema: a database of another version is built anew. */
export const SCHEMA_VERSION = 2
