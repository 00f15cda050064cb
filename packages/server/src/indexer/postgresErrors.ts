import pg from 'pg'

import { StemmaError } from 'stemma/core'
import { DatabaseError } from './database.ts'

/** What an error of PostgreSQL means: whether waiting may mend it, and what a person can do. */
type Meaning = { isTransient: boolean; remedy?: string }

const PASSES: Meaning = { isTransient: true }
const STAYS: Meaning = { isTransient: false }
const LOGIN: Meaning = { isTransient: false, remedy: 'Check the user and the password in the URL' }
const NO_INDEX: Meaning = {
  isTransient: false,
  remedy:
    'It holds no index that this release can read: run stemma-server index on it, or name its schema with --schema',
}
const REPLICA: Meaning = {
  isTransient: true,
  remedy: 'It is a read-only replica: name the primary, or wait for its return',
}

/** By SQLSTATE, or by its first two characters. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '08': PASSES,
  '0A000': STAYS,
  '25006': REPLICA,
  '25P02': PASSES,
  '25P03': PASSES,
  '25P04': PASSES,
  // A statement that a pooler kept on another connection.
  '26000': PASSES,
  '42P05': PASSES,
  '28': LOGIN,
  '3D000': { isTransient: false, remedy: 'Create the database, or name another with --database' },
  '3F000': { isTransient: false, remedy: 'Create the schema, or name one with --schema' },
  '40': PASSES,
  '42501': { isTransient: false, remedy: "Grant the URL's user what is missing" },
  '42P01': NO_INDEX,
  '42703': NO_INDEX,
  '53': PASSES,
  '53100': { isTransient: true, remedy: "Free some space on the server's disk" },
  '53300': { isTransient: true, remedy: 'Close connections, raise max_connections, or put a pooler before the server' },
  '55006': PASSES,
  '55P03': PASSES,
  '57': PASSES,
  '58': PASSES,
}

/**
 * SQLSTATEs of tables that were dropped or made again since a connection planned its statements: a cached plan of other columns
 * (feature not supported), no such table, column, schema or statement, and an internal error for a relation that is gone.
 */
const REPLACED = /^(0A000|42P01|42703|3F000|26000|XX000)$/

/** Words of poolers that use one code for everything, and of the driver, which has none. The first that fits counts. */
const WORDS: readonly [RegExp, Meaning][] = [
  // https://github.com/pgbouncer/pgbouncer/blob/master/src/client.c
  [
    /unsupported (options )?startup parameter/i,
    {
      isTransient: false,
      remedy: 'The pooler refuses settings in the URL. Leave them out; name a schema with ?schema=…',
    },
  ],
  [/authentication failed|no such user|login rejected|password pkt|empty password/i, LOGIN],
  [/no such database|database ".*" does not exist/i, { isTransient: false, remedy: 'Name another with --database' }],
  [/SSL required|does not support SSL|SSL connection/i, { isTransient: false, remedy: 'Set sslmode in the URL' }],
  // node-postgres: src/crypto/sasl.js
  [/^SASL: .*password must be/i, { isTransient: false, remedy: 'The server asks for a password: put it into the URL' }],
  [/^SASL: /, LOGIN],
]

/** Codes of the operating system for a server that cannot be reached. */
const AWAY = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/

/** Codes of Node for certificates that are not trusted. https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE =
  /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_)/

/** Runs something on a database, and turns its failures into {@link DatabaseError}. */
export async function guarded<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof StemmaError) throw error
    const { message, code = '' } = error as { message: string; code?: string }
    const { isTransient, remedy } = meaningOf(error)
    const what = (message || code).replace(/\.$/, '')
    throw new DatabaseError(`The database ${name} cannot be used: ${what}.${remedy ? ` ${remedy}.` : ''}`, {
      cause: error,
      isTransient,
      isReplaced: REPLACED.test(code),
    })
  }
}

/** What an error of the driver means. */
function meaningOf(error: unknown): Meaning {
  const { message = '', code = '' } = error as { message?: string; code?: string }
  const byWord = WORDS.find(([words]) => words.test(message))?.[1]
  if (error instanceof pg.DatabaseError) {
    if (code === '0A000' && /cached plan/.test(message)) return PASSES
    // Poolers say by this code whatever they have to say.
    if (code === '08P01' || code === 'XX000') {
      return byWord ?? (code === '08P01' || /max.?clients|time.?out|terminated/i.test(message) ? PASSES : STAYS)
    }
    return MEANINGS[code] ?? MEANINGS[code.slice(0, 2)] ?? STAYS
  }
  if (CERTIFICATE.test(code)) {
    return { isTransient: false, remedy: "Trust the server's certificate by sslrootcert, or set sslmode in the URL" }
  }
  // Without an answer of the server, the connection failed.
  return (
    byWord ??
    (AWAY.test(code) ? { ...PASSES, remedy: 'Check that the server runs, and that the URL is right' } : PASSES)
  )
}
