import { StemmaError } from 'stemma/core'

import { quotedName } from '../indexer/postgresPlace.ts'

/** The schema of a database in which gateways keep what they share, unless its URL names another. */
export const DEFAULT_SCHEMA = 'stemma_gateway'
/**
 * What is used of a client of pg. Its declarations are named in none of ours: they are a package of their own, which is not
 * installed with this one.
 */
type Client = { query(sql: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }> }
/** The version of the tables and the function. */
const VERSION = 1

/**
 * Makes what is missing in the schema. Instances that begin at once do so one after the other.
 *
 * @throws {@link NewerQuotasError} when a later release made it
 */
export async function prepareLeases(client: Client, schema: string, name: string): Promise<void> {
  const quoted = quotedName(schema)
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
  try {
    await client.query("SET LOCAL lock_timeout = '10s'")
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('stemma gateway ' || $1::text, 0))", [schema])
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoted}`)
    await client.query(`CREATE TABLE IF NOT EXISTS ${quoted}.version (number int NOT NULL)`)
    const { rows } = await client.query(`SELECT max(number) AS number FROM ${quoted}.version`)
    const version = rows[0]!.number as number | null
    if (version !== null && version > VERSION) throw new NewerQuotasError(name, version, VERSION)
    if (version === null) for (const statement of statements(quoted)) await client.query(statement)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/**
 * `quotas` has a row for each credential, whose lock orders all that changes its counts. `shares` has one for each operator under it:
 * what it has used, and up to which counts it may go until its share ends. No sum of the larger of the two is ever more than the quota.
 * A bound that is null does not bound.
 */
function statements(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.quotas (
      credential bytea PRIMARY KEY,
      calls int8 NOT NULL CHECK (calls >= 0),
      tokens int8 NOT NULL CHECK (tokens >= 0)
    )`,
    `CREATE TABLE ${schema}.shares (
      credential bytea NOT NULL REFERENCES ${schema}.quotas,
      operator bytea NOT NULL,
      calls int8 NOT NULL CHECK (calls >= 0),
      tokens int8 NOT NULL CHECK (tokens >= 0),
      most_calls int8 NOT NULL DEFAULT 0,
      most_tokens int8 NOT NULL DEFAULT 0,
      until timestamptz NOT NULL DEFAULT '-infinity',
      PRIMARY KEY (credential, operator)
    )`,
    // A function takes a snapshot for each of its statements, so what is summed is what stands after the locks were had.
    `CREATE FUNCTION ${schema}.exchange(
      me bytea, ids bytea[], used_calls int8[], used_tokens int8[], more_calls int8[], more_tokens int8[], seconds float8
    ) RETURNS TABLE (id bytea, most_calls int8, most_tokens int8, left_calls int8, left_tokens int8)
    LANGUAGE plpgsql VOLATILE AS $$
    DECLARE
      quota record;
      others record;
      at int;
      grant_calls int8;
      grant_tokens int8;
    BEGIN
      PERFORM 1 FROM ${schema}.quotas q WHERE q.credential = ANY(ids) ORDER BY q.credential FOR UPDATE;
      FOR at IN SELECT * FROM generate_subscripts(ids, 1) LOOP
        SELECT * INTO quota FROM ${schema}.quotas q WHERE q.credential = ids[at];
        CONTINUE WHEN NOT FOUND;
        SELECT coalesce(sum(s.calls), 0)::int8 AS calls, coalesce(sum(s.tokens), 0)::int8 AS tokens,
          coalesce(sum(CASE WHEN s.until > clock_timestamp() THEN greatest(s.calls, s.most_calls) ELSE s.calls END), 0)::int8
            AS held_calls,
          coalesce(sum(CASE WHEN s.until > clock_timestamp() THEN greatest(s.tokens, s.most_tokens) ELSE s.tokens END), 0)::int8
            AS held_tokens
          INTO others FROM ${schema}.shares s WHERE s.credential = ids[at] AND s.operator <> me;
        grant_calls := CASE WHEN quota.calls = 0 THEN more_calls[at]
          ELSE greatest(0, least(more_calls[at], quota.calls - others.held_calls - used_calls[at])) END;
        grant_tokens := CASE WHEN quota.tokens = 0 THEN more_tokens[at]
          ELSE greatest(0, least(more_tokens[at], quota.tokens - others.held_tokens - used_tokens[at])) END;
        INSERT INTO ${schema}.shares AS s (credential, operator, calls, tokens, most_calls, most_tokens, until)
          VALUES (ids[at], me, used_calls[at], used_tokens[at], used_calls[at] + grant_calls, used_tokens[at] + grant_tokens,
            clock_timestamp() + make_interval(secs => seconds))
          ON CONFLICT ON CONSTRAINT shares_pkey DO UPDATE SET calls = excluded.calls, tokens = excluded.tokens,
            most_calls = excluded.most_calls, most_tokens = excluded.most_tokens, until = excluded.until;
        id := ids[at];
        most_calls := CASE WHEN quota.calls > 0 THEN used_calls[at] + grant_calls END;
        most_tokens := CASE WHEN quota.tokens > 0 THEN used_tokens[at] + grant_tokens END;
        left_calls := CASE WHEN quota.calls > 0 THEN quota.calls - others.calls - used_calls[at] END;
        left_tokens := CASE WHEN quota.tokens > 0 THEN quota.tokens - others.tokens - used_tokens[at] END;
        RETURN NEXT;
      END LOOP;
    END $$`,
    // The quota of a tier never changes, and what others have used never falls below what was known of it.
    `CREATE FUNCTION ${schema}.open_quota(
      id bytea, quota_calls int8, quota_tokens int8, operators bytea[], used_calls int8[], used_tokens int8[]
    ) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
    BEGIN
      INSERT INTO ${schema}.quotas VALUES (id, quota_calls, quota_tokens) ON CONFLICT DO NOTHING;
      PERFORM 1 FROM ${schema}.quotas q WHERE q.credential = id FOR UPDATE;
      INSERT INTO ${schema}.shares AS s (credential, operator, calls, tokens)
        SELECT id, u.operator, u.calls, u.tokens FROM unnest(operators, used_calls, used_tokens) AS u(operator, calls, tokens)
        ON CONFLICT ON CONSTRAINT shares_pkey
          DO UPDATE SET calls = greatest(s.calls, excluded.calls), tokens = greatest(s.tokens, excluded.tokens);
    END $$`,
    `INSERT INTO ${schema}.version VALUES (${VERSION})`,
  ]
}

/** Thrown when a later release made the tables of the shared quotas. */
export class NewerQuotasError extends StemmaError {
  override name = 'NewerQuotasError'
  constructor(database: string, version: number, known: number) {
    super(
      'NEWER_QUOTAS',
      `The shared quotas in ${database} have version ${version}, and this release knows ${known}. Update @stemma/server, or name another schema (?schema=…).`,
    )
  }
}
