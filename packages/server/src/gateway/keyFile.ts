import { hash, randomBytes } from 'node:crypto'
import { open, realpath, stat } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'

import {
  credentialIdOf,
  parseAddress,
  parseCredentialId,
  parseDigest,
  parseModelId,
  parseRight,
  parseStrictJson,
  parseTierId,
  quoted,
  StemmaError,
  type Digest,
} from 'stemma/core'

import type { KeyEntry, KeyRate } from './ports.ts'
import { writeWhole } from './writeWhole.ts'

/** A key as its file keeps it: bound to what it is for, and by its hash alone. Times are Unix seconds. */
export type KeyRecord = KeyEntry & {
  /** SHA-256 of the key. */
  hash: Digest
  added: number
  /** When it was ended; missing while it is not. */
  ended?: number
}

/** Longest file of keys that is read, in bytes: some 200,000 keys. */
const MOST_BYTES = 128 * 1024 * 1024
/** Keys that are read between two turns of the event loop. */
const AT_ONCE = 200
/** Longest key that is hashed. Ours have 53 characters. */
const LONGEST_KEY = 200
const FORMAT = 'stemma-gateway-keys'
const RATES = ['callsPerMinute', 'tokensPerMinute', 'parallelCalls'] as const

/** SHA-256 of a key; undefined for what is too long to be one. */
export function hashOfKey(secret: string): Digest | undefined {
  return secret.length > LONGEST_KEY ? undefined : (`0x${hash('sha256', secret, 'hex')}` as Digest)
}

/**
 * Reads a file of keys. One that is missing holds none.
 *
 * @throws {@link InvalidKeysError} when it is not a file of keys, whole
 */
export async function readKeyFile(path: string): Promise<KeyRecord[]> {
  const text = await textOf(path)
  return text === undefined ? [] : await parseKeys(text, path)
}

/** A new key for an entry, and what the file is to keep of it. The key itself is kept nowhere. */
export function newKey(entry: Omit<KeyEntry, 'id'>, added: number): { secret: string; record: KeyRecord } {
  const secret = `sk-stemma-${randomBytes(32).toString('base64url')}`
  const hash = hashOfKey(secret)!
  return { secret, record: { id: `key-${hash.slice(2, 10)}`, ...entry, hash, added } }
}

/**
 * Writes a file of keys whole or not at all, readable by its owner alone. Two writers have to exclude each other.
 *
 * @throws {@link InvalidKeysError} when what would be written could not be read again
 */
export async function writeKeyFile(path: string, keys: readonly KeyRecord[]): Promise<void> {
  const text = `${JSON.stringify({ format: FORMAT, version: 1, keys }, null, 2)}\n`
  requireShort(Buffer.byteLength(text), path)
  await parseKeys(text, path)
  // A link stays one: what it points to may be what others read.
  const target = await realpath(path).catch(() => path)
  try {
    await writeWhole(target, text)
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    throw new InvalidKeysError(path, `it cannot be written (${code})`, cause)
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path)
    const { mode, size } = stats
    if (!stats.isFile()) throw new InvalidKeysError(path, 'it is not a file')
    if (process.platform !== 'win32' && (mode & 0o022) !== 0) {
      throw new InvalidKeysError(path, 'others than its owner may write it: run chmod 600 on it')
    }
    requireShort(size, path)
    const file = await open(path, 'r')
    try {
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof InvalidKeysError) throw cause
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new InvalidKeysError(path, `it cannot be read (${code})`, cause)
  }
}

function requireShort(size: number, path: string): void {
  if (size > MOST_BYTES) throw new InvalidKeysError(path, `it has ${size} bytes, more than ${MOST_BYTES}`)
}

async function parseKeys(text: string, path: string): Promise<KeyRecord[]> {
  try {
    const top = fieldsOf(parseStrictJson(text, quoted(path)), 'the file', ['format', 'version', 'keys'])
    if (top.format !== FORMAT || top.version !== 1) {
      throw new InvalidKeysError(path, `it is not of the format "${FORMAT}" in version 1`)
    }
    if (!Array.isArray(top.keys)) throw new InvalidKeysError(path, '"keys" is not a list')
    const keys: KeyRecord[] = []
    for (const value of top.keys as unknown[]) {
      keys.push(parseKey(value, `keys[${keys.length}]`))
      // A gateway goes on with its calls meanwhile.
      if (keys.length % AT_ONCE === 0) await setImmediate()
    }
    for (const name of ['id', 'hash'] as const) {
      if (new Set(keys.map((key) => key[name])).size < keys.length) {
        throw new InvalidKeysError(path, `two keys have the same ${name}`)
      }
    }
    return keys
  } catch (cause) {
    if (cause instanceof InvalidKeysError) throw cause
    throw new InvalidKeysError(path, (cause as Error).message.replace(/\.$/, ''), cause)
  }
}

const KEY_FIELDS = ['id', 'hash', 'holder', 'model', 'tier', 'credential', 'use', 'rate', 'added', 'ended']

function parseKey(value: unknown, where: string): KeyRecord {
  const fields = fieldsOf(value, where, KEY_FIELDS)
  const text = (name: string): string => {
    if (typeof fields[name] === 'string') return fields[name]
    throw new Error(`"${where}.${name}" is not a text`)
  }
  const id = text('id')
  if (!/^key-[\da-f]{8}$/.test(id)) throw new Error(`"${where}.id" is not of the form key-7f3a91c2`)
  const [model, tier, holder] = [parseModelId(text('model')), parseTierId(text('tier')), parseAddress(text('holder'))]
  const credential = parseCredentialId(text('credential'))
  if (credentialIdOf(model, tier, holder) !== credential) {
    throw new Error(`"${where}.credential" is not that of its model, tier and holder`)
  }
  const rate = parseRate(fields.rate, `${where}.rate`)
  const count = (name: string, least: number): number => wholeIn(fields[name], `${where}.${name}`, least)
  return {
    id,
    holder,
    model,
    tier,
    credential,
    use: parseRight(text('use')),
    rate,
    hash: parseDigest(text('hash')),
    added: count('added', 0),
    ...(fields.ended !== undefined && { ended: count('ended', 0) }),
  }
}

function parseRate(value: unknown, where: string): KeyRate {
  const fields = fieldsOf(value, where, RATES)
  const given = RATES.filter((name) => fields[name] !== undefined)
  return Object.fromEntries(given.map((name) => [name, wholeIn(fields[name], `${where}.${name}`, 1)]))
}

function wholeIn(value: unknown, where: string, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number
  throw new Error(`"${where}" is not a whole number from ${least}`)
}

function fieldsOf(value: unknown, where: string, names: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${where} is not an object`)
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new Error(`${where} has the unknown field ${quoted(unknown)}`)
  return value as Record<string, unknown>
}

/** Thrown when the file of a gateway's keys cannot be used. */
export class InvalidKeysError extends StemmaError {
  override name = 'InvalidKeysError'
  constructor(path: string, fault: string, cause?: unknown) {
    super(
      'INVALID_KEYS',
      `The file of keys ${quoted(path)} cannot be used: ${fault}. Change it by \`stemma-server gateway key\` only, or put the last good copy in its place.`,
      { cause },
    )
  }
}
