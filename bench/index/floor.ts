import type { Deployment } from '../../src/core/deployment.ts'
import type { AbiEntry, RawLog } from '../../packages/server/src/indexer/decode.ts'
import { built } from './built.ts'

const { eventDecoders } = await built<typeof import('../../packages/server/src/indexer/decode.ts')>('indexer/decode')
const { createRpc } = await built<typeof import('../../packages/server/src/indexer/rpc.ts')>('indexer/rpc')
const { ledgerAbi } = await built<typeof import('../../src/abi/ledger.ts')>('abi/ledger')
const { licenseCredentialAbi } =
  await built<typeof import('../../src/abi/licenseCredential.ts')>('abi/licenseCredential')

/** What is kept of each event, in the order of the columns. Ids and the like are bytes, the rest is text or a number. */
const COLUMNS = {
  ModelRegistered: [
    'model',
    'publisher',
    'weights',
    'tensors',
    'annex',
    'datasets',
    'method',
    'terms',
    'parents',
    'uri',
  ],
  CredentialIssued: ['credential', 'model', 'holder', 'tier', 'publisher', 'validFrom', 'validUntil'],
} as const
type Name = keyof typeof COLUMNS
const NAMES = Object.keys(COLUMNS) as Name[]
const TEXTS = new Set<string>(['parents', 'uri'])
const NUMBERS = new Set<string>(['validFrom', 'validUntil'])
/** Which columns, in their order, are put in as they are: all that is not bytes. */
const isPlain = (name: Name): boolean[] => COLUMNS[name].map((column) => TEXTS.has(column) || NUMBERS.has(column))
/** Blocks of a request. */
const BLOCKS = 8

/** A row: bytes as hex, a number, or a text. */
type Rows = Record<Name, (string | number)[][]>
type Table = { insert(rows: Rows): Promise<void> | void; close(): Promise<void> | void }

/**
 * What no indexer of these events can go far below: one request after the other for their logs, decoded, and put into two
 * tables without an index, in one transaction a request. Nothing is checked, linked, or kept for a reorganization.
 *
 * @returns how many events there were
 */
export async function readAndInsert(url: string, { contracts }: Deployment, database: string): Promise<number> {
  const rpc = createRpc({ url })
  const table = database.startsWith('postgres://') ? await postgresTable(database) : await sqliteTable(database)
  const decoders = new Map(
    [...eventDecoders(ledgerAbi as readonly AbiEntry[]), ...eventDecoders(licenseCredentialAbi as readonly AbiEntry[])]
      .filter(({ name }) => name in COLUMNS)
      .map((decoder) => [decoder.topic as string, decoder]),
  )
  const head = Number(await rpc.call({ method: 'eth_blockNumber', params: [] }))
  let count = 0
  for (let from = 0; from <= head; from += BLOCKS) {
    const filter = {
      address: [contracts.ledger, contracts.licenseCredential],
      topics: [[...decoders.keys()]],
      fromBlock: `0x${from.toString(16)}`,
      toBlock: `0x${Math.min(head, from + BLOCKS - 1).toString(16)}`,
    }
    const logs = (await rpc.call({ method: 'eth_getLogs', params: [filter] })) as RawLog[]
    const rows: Rows = { ModelRegistered: [], CredentialIssued: [] }
    for (const log of logs) {
      const { name, decode } = decoders.get(log.topics[0]!)!
      const { parents, uri, ...args } = decode(log) as Record<string, string>
      const texts = { parents: parents && JSON.stringify(parents), uri: uri && Buffer.from(uri).toString() }
      const values: Record<string, string | undefined> = { ...args, ...texts }
      rows[name as Name].push(COLUMNS[name as Name].map((column) => values[column]!))
    }
    await table.insert(rows)
    count += logs.length
  }
  await table.close()
  return count
}

function declarations(name: Name, bytes: string, number: string): string {
  const typeOf = (column: string) => (TEXTS.has(column) ? 'TEXT' : NUMBERS.has(column) ? number : bytes)
  return `CREATE TABLE ${name} (${COLUMNS[name].map((column) => `${column} ${typeOf(column)}`).join(', ')})`
}

async function sqliteTable(path: string): Promise<Table> {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  const inserts = NAMES.map((name) => {
    database.exec(declarations(name, 'BLOB', 'INTEGER'))
    const statement = database.prepare(`INSERT INTO ${name} VALUES (${COLUMNS[name].map(() => '?').join(', ')})`)
    return { name, plain: isPlain(name), statement }
  })
  return {
    insert(rows) {
      database.exec('BEGIN')
      for (const { name, plain, statement } of inserts) {
        for (const row of rows[name]) {
          statement.run(...row.map((value, at) => (plain[at] ? value : Buffer.from((value as string).slice(2), 'hex'))))
        }
      }
      database.exec('COMMIT')
    },
    close: () => database.close(),
  }
}

async function postgresTable(url: string): Promise<Table> {
  const { default: pg } = await import('pg')
  const { from: copyFrom } = await import('pg-copy-streams')
  const client = new pg.Client(url)
  await client.connect()
  for (const name of NAMES) await client.query(declarations(name, 'BYTEA', 'BIGINT'))
  return {
    async insert(rows) {
      for (const name of NAMES) {
        if (rows[name].length === 0) continue
        const plain = isPlain(name)
        const lines = rows[name].map((row) =>
          row.map((value, at) => (plain[at] ? value : `\\\\x${(value as string).slice(2)}`)).join('\t'),
        )
        const stream = client.query(copyFrom(`COPY ${name} FROM STDIN`))
        await new Promise<void>((resolve, reject) => {
          stream.once('finish', () => resolve()).once('error', reject)
          stream.end(`${lines.join('\n')}\n`)
        })
      }
    },
    close: () => client.end(),
  }
}
