import { DatabaseSync } from 'node:sqlite'

import type { CredentialId } from 'stemma/core'

/**
 * Who stored what at the upstream: files, batches and responses. All callers share the upstream's account, so without this one of them
 * could read what another stored.
 */
export type StoredIds = {
  /** Notes that a credential stored an object. The first to store an id keeps it. */
  add(id: string, credential: CredentialId): void
  owns(id: string, credential: CredentialId): boolean
  close(): void
}

/** Opens the list. @param path a SQLite file; made if missing */
export function openStoredIds(path: string): StoredIds {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  database.exec('CREATE TABLE IF NOT EXISTS stored (id TEXT PRIMARY KEY, credential TEXT NOT NULL) WITHOUT ROWID')
  const insert = database.prepare('INSERT OR IGNORE INTO stored (id, credential) VALUES (?, ?)')
  const select = database.prepare('SELECT credential FROM stored WHERE id = ?')
  return {
    add: (id, credential) => void insert.run(id, credential),
    owns: (id, credential) => select.get(id)?.credential === credential,
    close: () => database.close(),
  }
}

/** Fields of requests that name a stored object, anywhere in the body. */
const REFERENCES = new Set([
  'previous_response_id',
  'input_file_id',
  'file_id',
  'file_ids',
  'conversation',
  'vector_store_ids',
  'container',
])
/** A body without any of these holds no such field: an escaped name has a backslash and a `u`. */
const SIGNS = ['_id"', '_ids"', '"conversation"', '"container"', '\\u'].map((sign) => Buffer.from(sign))

/** The ids of stored objects that a JSON body refers to. */
export function referencesIn(body: Buffer): string[] {
  if (!SIGNS.some((sign) => body.includes(sign))) return []
  const found: string[] = []
  const waiting: unknown[] = [JSON.parse(body.toString('utf8'))]
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue
    for (const [name, entry] of Object.entries(value)) {
      if (REFERENCES.has(name)) found.push(...idsOf(entry))
      if (entry !== undefined) waiting.push(entry)
    }
  }
  return found
}

function idsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(idsOf)
  const { id } = (value ?? {}) as { id?: unknown }
  return typeof id === 'string' ? [id] : []
}

/** Longest answer out of which ids are read, in bytes. */
const MOST = 4 * 1024 * 1024

/** Reads the ids of what was stored out of an answer that passes. */
export type IdTap = { push(chunk: Buffer): void; ids(): string[] }

/** Begins to read an answer. @param isStream whether it is a stream of events, whose first one names the response */
export function createIdTap(isStream: boolean): IdTap {
  const chunks: Buffer[] = []
  let size = 0
  return {
    push(chunk) {
      if (size > (isStream ? 65_536 : MOST)) return
      size += chunk.length
      chunks.push(chunk)
    },
    ids() {
      const text = Buffer.concat(chunks).toString('utf8')
      const answer = parsed(isStream ? (/^data: ?(.*)$/m.exec(text)?.[1] ?? '') : text)
      const object = isStream ? parsed(JSON.stringify(answer?.response ?? null)) : answer
      return [object?.id, object?.output_file_id, object?.error_file_id].filter((id) => typeof id === 'string')
    },
  }
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
