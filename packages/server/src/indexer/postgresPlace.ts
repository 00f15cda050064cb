import { InvalidDatabaseError } from './database.ts'

/** Where a PostgreSQL database is. */
export type PostgresPlace = {
  /** The URL for the driver. */
  url: string
  /** The schema that holds the tables; undefined for the first one of the search path. */
  schema: string | undefined
  /** The URL without user, password and settings, for messages. */
  name: string
}

/** Whether the name of a database is a PostgreSQL URL. */
export function isPostgresUrl(where: string): boolean {
  return /^postgres(ql)?:\/\//i.test(where)
}

/**
 * Reads a PostgreSQL URL. Its setting `schema` is ours: a search path among the startup parameters does not pass a pooler such as
 * pgbouncer.
 *
 * @throws {@link InvalidDatabaseError}
 */
export function postgresPlace(where: string): PostgresPlace {
  if (!URL.canParse(where))
    throw new InvalidDatabaseError('Invalid database: the text after "postgres://" is not an address.')
  const url = new URL(where)
  const [schema, ...others] = url.searchParams.getAll('schema')
  if (others.some((other) => other !== schema)) {
    throw new InvalidDatabaseError('Invalid database: its URL names two schemas.')
  }
  if (schema !== undefined) {
    checkSchema(schema)
    url.searchParams.delete('schema')
  }
  const name = `postgres://${url.host}${url.pathname}`
  return schema === undefined
    ? { url: where, schema, name }
    : { url: url.href, schema, name: `${name}?schema=${encodeURIComponent(schema)}` }
}

/** Names the schema in a PostgreSQL URL. @throws {@link InvalidDatabaseError} when the URL names another */
export function withSchema(where: string, schema: string): string {
  checkSchema(schema)
  const url = new URL(where)
  const named = postgresPlace(where).schema
  if (named !== undefined && named !== schema) {
    throw new InvalidDatabaseError(`Invalid database: its URL names the schema "${named}", not "${schema}".`)
  }
  url.searchParams.set('schema', schema)
  return url.href
}

/** A name in SQL, whatever its letters are. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** PostgreSQL cuts longer names off, and keeps some for itself. https://www.postgresql.org/docs/current/sql-createschema.html */
function checkSchema(schema: string): void {
  const size = Buffer.byteLength(schema)
  if (
    size >= 1 &&
    size <= 63 &&
    !/^pg_|^information_schema$|\p{Cc}/iu.test(schema) &&
    Buffer.from(schema).toString() === schema
  )
    return
  throw new InvalidDatabaseError(
    `Invalid schema ${JSON.stringify(schema.slice(0, 80))}: use a name of 1 to 63 bytes that does not begin with "pg_".`,
  )
}
