import { canonicalJson } from '../core/canonicalJson.ts'
import { StemmaError } from '../core/errors.ts'
import { isBytes32, parseDigest, type Digest } from '../core/hex.ts'
import { leafHashOf } from '../core/merkleLog.ts'
import { quoted } from '../core/text.ts'
import { RIGHT_NAMES, type Right } from '../core/vocabulary.ts'

/** What became of a call. Only served ones count against a quota of calls; tokens count whenever some were used. */
export const CALL_OUTCOMES = ['served', 'refused', 'failed'] as const

/** A word of {@link CALL_OUTCOMES}. */
export type CallOutcome = (typeof CALL_OUTCOMES)[number]

/** Most tokens of one call, in each direction. */
export const MAX_CALL_TOKENS = 2 ** 32 - 1

/**
 * One call that was made under a credential: digests and counts, never contents. `docs/formats/usage-log.md` describes it.
 */
export type CallRecord = {
  /** The record's place in its log, from 0. */
  index: number
  /** When the call came, in Unix seconds. Never before the last record's. */
  time: number
  /** SHA-256 of 32 random bytes and the body of the request, so that nobody can guess it. */
  request: Digest
  /** The same of the response; zero when there was none. */
  response: Digest
  /** The right that was used. */
  use: Right
  outcome: CallOutcome
  inputTokens: number
  outputTokens: number
}

/** The bytes of a record: canonical JSON (RFC 8785) in UTF-8. */
export function encodeRecord(record: CallRecord): Uint8Array {
  return new TextEncoder().encode(canonicalJson(record))
}

/** The leaf hash of a record in the Merkle tree of its log. */
export function recordLeafOf(record: CallRecord): Digest {
  return leafHashOf(encodeRecord(record))
}

/**
 * A record out of its bytes, which must be the canonical ones: one record has one leaf hash.
 *
 * @param where what it is called in the error, such as `record 17`
 *
 * @throws {@link InvalidRecordError} naming the field
 */
export function parseRecord(text: string, where: string): CallRecord {
  const record = checkRecord(valueOf(text, where), where)
  if (canonicalJson(record) !== text) throw new InvalidRecordError(where, 'its encoding', text, 'canonical JSON')
  return record
}

/** Parses a record. @throws {@link InvalidRecordError} naming the field */
export function checkRecord(value: unknown, where: string): CallRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidRecordError(where, 'all of it', value, 'an object')
  }
  const fields = value as Record<keyof CallRecord, unknown>
  const names = ['index', 'time', 'request', 'response', 'use', 'outcome', 'inputTokens', 'outputTokens']
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new InvalidRecordError(where, quoted(unknown), 'a field', `one of the fields ${names.join(', ')}`)
  }
  const count = (field: keyof CallRecord, most: number): number => {
    const number = fields[field]
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0 || number > most) {
      throw new InvalidRecordError(where, field, number, `a whole number up to ${most}`)
    }
    return number
  }
  const digest = (field: keyof CallRecord): Digest => {
    const text = fields[field]
    if (typeof text !== 'string' || !isBytes32(text) || text !== text.toLowerCase()) {
      throw new InvalidRecordError(where, field, text, '0x and 64 lower-case hex digits')
    }
    return parseDigest(text)
  }
  const word = <T extends string>(field: keyof CallRecord, words: readonly T[]): T => {
    const found = words.find((each) => each === fields[field])
    if (found === undefined) throw new InvalidRecordError(where, field, fields[field], `one of: ${words.join(', ')}`)
    return found
  }
  return {
    index: count('index', Number.MAX_SAFE_INTEGER),
    time: count('time', 2 ** 40 - 1),
    request: digest('request'),
    response: digest('response'),
    use: word('use', RIGHT_NAMES),
    outcome: word('outcome', CALL_OUTCOMES),
    inputTokens: count('inputTokens', MAX_CALL_TOKENS),
    outputTokens: count('outputTokens', MAX_CALL_TOKENS),
  }
}

function valueOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidRecordError(where, 'its encoding', text, 'canonical JSON')
  }
}

/** Thrown when a record of a usage log is not what it must be. */
export class InvalidRecordError extends StemmaError {
  override name = 'InvalidRecordError'
  constructor(where: string, field: string, value: unknown, expected: string) {
    const found = typeof value === 'string' ? quoted(value) : quoted(JSON.stringify(value) ?? 'missing')
    super(
      'INVALID_RECORD',
      `In ${where}, ${field} is ${found}. Expected ${expected}. The log was damaged or altered: restore it from a copy.`,
    )
  }
}
