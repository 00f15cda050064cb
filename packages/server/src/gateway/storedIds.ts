import { DatabaseSync } from 'node:sqlite'

import type { CredentialId } from 'stemma/core'

import { endOfJsonString } from './meter/textBytes.ts'

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

/** Fields of requests that name a stored object, anywhere in the body, in lower case. */
const REFERENCES = new Set([
  'previous_response_id',
  'input_file_id',
  'file_id',
  'file_ids',
  'conversation',
  'vector_store_ids',
  'container',
])
/** A body without any of these holds no such field: an escaped name has a backslash and a `u`, and readers fold a long s. */
const SIGNS = /_ids?"|"conversation"|"container"|item_reference|\\u|\u00c5\u00bf/i
/** An item in the list `input` may be a reference by its id alone, and `prompt` one to a prompt of the operator, with its tools. */
const WITH_ID = /"input"\s*:\s*[[{]|"prompt"\s*:\s*\{/i

/**
 * The ids of stored objects that a JSON body refers to. Each place where a name stands counts, as a reader may take the first of two;
 * so does each spelling of a name, as some readers ignore case.
 */
export function referencesIn(body: Buffer): string[] {
  const text = body.toString('latin1')
  if (!SIGNS.test(text) && !(/"id"/i.test(text) && WITH_ID.test(text))) return []
  const found: string[] = []
  const open: Level[] = []
  for (const mark of marksOf(body.toString('utf8'))) {
    const level = open.at(-1)
    if (mark === '{' || mark === '[') {
      const isPrompt = mark === '{' && open.length === 1 && level?.name === 'prompt'
      const isReference = isPrompt || (level !== undefined && (isNamed(level) || (level.isList && level.isReference)))
      const isInput = (open.length === 1 && level?.name === 'input') || (open.length === 2 && level?.isInput === true)
      open.push({
        isList: mark === '[',
        isReference,
        isInput,
        name: '',
        names: [],
        ids: [],
        types: [],
        isSealed: false,
      })
    } else if (mark === '}' || mark === ']') {
      if (level !== undefined && isStoredItem(level)) found.push(...level.ids)
      open.pop()
    } else if (level === undefined) {
      continue
    } else if ('name' in mark) {
      level.name = folded(mark.name)
      level.names.push(level.name)
    } else if (isNamed(level) || (level.isList && level.isReference)) {
      found.push(mark.text)
    } else if (level.name === 'id') {
      level.ids.push(mark.text)
    } else if (level.name === 'type') {
      level.types.push(mark.text)
    } else if (level.name === 'encrypted_content' && mark.text !== '') {
      level.isSealed = true
    }
  }
  return found
}

/**
 * Whether an object stands for an item of an earlier answer, by its id alone. In the list `input` the type may be left out; and of reasoning
 * without its sealed content the API looks up what it stored.
 */
function isStoredItem({ isList, isInput, names, types, isSealed }: Level): boolean {
  if (isList) return false
  if (types.includes('item_reference')) return true
  if (!isInput) return false
  if (types.includes('reasoning')) return !isSealed
  // A type that stands twice, or is not a text, may be read as none.
  const isTyped = types.length === 1 && names.filter((name) => name === 'type').length === 1
  return !isTyped && !names.includes('role')
}

/** An object or a list that is open. */
type Level = {
  isList: boolean
  /** Whether it is the value of a reference. */
  isReference: boolean
  /** Whether it is the outermost `input`, or an item of it. */
  isInput: boolean
  /** The name whose value comes. */
  name: string
  /** All names that came. */
  names: string[]
  /** Texts under the names `id` and `type`. */
  ids: string[]
  types: string[]
  /** Whether it has its content, which only the API can read. */
  isSealed: boolean
}

/** Whether the text that comes in an object is the id of a reference. */
function isNamed({ isList, isReference, name }: Level): boolean {
  return !isList && (REFERENCES.has(name) || (isReference && name === 'id'))
}

function folded(name: string): string {
  return name.toUpperCase().toLowerCase()
}

/** The brackets, names and texts of JSON, in order. */
function* marksOf(json: string): Generator<'{' | '[' | '}' | ']' | { name: string } | { text: string }> {
  MARK.lastIndex = 0
  for (let match = MARK.exec(json); match !== null; match = MARK.exec(json)) {
    const mark = match[0]
    if (mark !== '"') {
      yield mark as '{' | '[' | '}' | ']'
      continue
    }
    const end = endOfJsonString(json, match.index + 1)
    const text = textIn(json.slice(match.index + 1, end))
    COLON.lastIndex = end + 1
    yield COLON.test(json) ? { name: text } : { text }
    MARK.lastIndex = end + 1
  }
}

const MARK = /["{}[\]]/g
const COLON = /[ \t\r\n]*:/y

function textIn(raw: string): string {
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
}

/** Longest answer out of which ids are read, in bytes. */
const MOST = 4 * 1024 * 1024

/** Reads the ids of what was stored out of an answer that passes. */
export type IdTap = { push(chunk: Buffer): void; ids(): string[] }

/** Begins to read an answer. @param isStream whether it is a stream of events, which name the response and its items */
export function createIdTap(isStream: boolean): IdTap {
  const chunks: Buffer[] = []
  let size = 0
  return {
    push(chunk) {
      if (size > MOST) return
      size += chunk.length
      chunks.push(chunk)
    },
    ids() {
      const text = Buffer.concat(chunks).toString('utf8')
      if (!isStream) return idsOf(parsed(text))
      const events = text.split(/\r?\n/).filter((line) => STORES.test(line))
      return [...new Set(events.flatMap((line) => idsOfEvent(parsed(line.slice('data:'.length)))))]
    },
  }
}

/** A line of a stream that names the response or an item of it. */
const STORES = /^data:.*"(?:response|item)" ?: ?\{/

function idsOfEvent(event: Record<string, unknown> | undefined): string[] {
  return [...idsOf(event?.response), ...idsOf(event?.item)]
}

/** The ids of an answer, of the items in it, and of the files that it names. */
function idsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { id, output, output_file_id, error_file_id } = value as Record<string, unknown>
  const items = Array.isArray(output) ? (output as unknown[]).flatMap(idsOf) : []
  return [...[id, output_file_id, error_file_id].filter((each) => typeof each === 'string'), ...items]
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
