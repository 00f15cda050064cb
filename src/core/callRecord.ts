import { canonicalJson } from './canonicalJson.ts'
import { StemmaError } from './errors.ts'
import { FieldReader, type FieldFailure } from './fieldReader.ts'
import type { Digest } from './hex.ts'
import { leafHashOf } from './merkleLog.ts'
import { quoted } from './text.ts'
import { RIGHT_NAMES, type Right } from './vocabulary.ts'

/** Id of a call: a UUID of version 7 (RFC 9562) in lower case, so that later calls sort later. */
export type CallId = string

/** Whether tokens are those that the upstream reported, or an estimate of the gateway. */
export type Counted = 'reported' | 'estimated'

/** What became of a call. Only served ones count against a quota of calls; tokens count whenever some were used. */
export const CALL_OUTCOMES = ['served', 'refused', 'failed'] as const

/** A word of {@link CALL_OUTCOMES}. */
export type CallOutcome = (typeof CALL_OUTCOMES)[number]

/** Most tokens of one call, in each direction. */
export const MAX_CALL_TOKENS = 2 ** 32 - 1

/** Latest time of a call, in Unix seconds. */
export const MAX_TIME = 2 ** 40 - 1

/** Where the tokens of a call can come from. */
export const COUNTED = ['reported', 'estimated'] as const satisfies readonly Counted[]

/** A {@link CallId}: a UUID of version 7 in lower case. */
export const CALL_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Formats of a log and its records: 2 since the gateway, 1 before it. A log keeps the format that its first line names. */
export const LOG_FORMATS = [1, 2] as const

/** A number of {@link LOG_FORMATS}. */
export type LogFormat = (typeof LOG_FORMATS)[number]

/**
 * One call that was made under a credential: digests and counts, never contents. `docs/formats/usage-log.md` describes it. Records of
 * format 2 have `block`, `call` and `counted`, those of format 1 have none of them.
 */
export type CallRecord = {
  /** The record's place in its log, from 0. */
  index: number
  /** Id of the call, which the caller has, too. */
  call?: CallId
  /** When the call came, in Unix seconds. Never before the last record's. */
  time: number
  /** Number of the block at whose state the call was permitted or refused. */
  block?: number
  /** SHA-256 of 32 random bytes and the body of the request, so that nobody can guess it. */
  request: Digest
  /** The same of the response; zero when there was none. */
  response: Digest
  /** The right that was used. */
  use: Right
  outcome: CallOutcome
  inputTokens: number
  outputTokens: number
  /** Where the counts of tokens come from. */
  counted?: Counted
}

/** The fields of a record of each format. */
const FIELDS = {
  1: ['index', 'time', 'request', 'response', 'use', 'outcome', 'inputTokens', 'outputTokens'],
  2: [
    'index',
    'call',
    'time',
    'block',
    'request',
    'response',
    'use',
    'outcome',
    'inputTokens',
    'outputTokens',
    'counted',
  ],
} as const satisfies Record<LogFormat, readonly (keyof CallRecord)[]>

/** The bytes of a record: canonical JSON (RFC 8785) in UTF-8. */
export function encodeRecord(record: CallRecord): Uint8Array {
  return new TextEncoder().encode(canonicalJson(record))
}

/** The leaf hash of a record in the Merkle tree of its log. */
export function recordLeafOf(record: CallRecord): Digest {
  return leafHashOf(encodeRecord(record))
}

/**
 * The canonical JSON of a record that {@link checkRecord} returned: as `canonicalJson`, in a tenth of the time, as its names are known
 * and its words need no escapes.
 */
export function recordText(record: CallRecord): string {
  const { block, call, counted, index, inputTokens, outcome, outputTokens, request, response, time, use } = record
  const first = call === undefined ? '{' : `{"block":${block},"call":"${call}","counted":"${counted}",`
  return `${first}"index":${index},"inputTokens":${inputTokens},"outcome":"${outcome}","outputTokens":${outputTokens},"request":"${request}","response":"${response}","time":${time},"use":"${use}"}`
}

/** The format of a record. */
export function formatOf(record: CallRecord): LogFormat {
  return record.call === undefined ? 1 : 2
}

/**
 * A record out of its bytes, which must be the canonical ones: one record has one leaf hash.
 *
 * @param where what it is called in the error, such as `record 17`
 * @param format that of its log; without it either is accepted
 *
 * @throws {@link InvalidRecordError} naming the field
 */
export function parseRecord(text: string, where: string, format?: LogFormat): CallRecord {
  const record = checkRecord(valueOf(text, where), where, format)
  if (recordText(record) !== text) throw new InvalidRecordError(where, 'its encoding', text, 'canonical JSON')
  return record
}

/**
 * Parses a record.
 *
 * @param format that of its log; without it either is accepted, but nothing between the two
 *
 * @throws {@link InvalidRecordError} naming the field
 */
export function checkRecord(value: unknown, where: string, format?: LogFormat): CallRecord {
  const fail: FieldFailure = (field, found, expected) => new InvalidRecordError(where, field, found, expected)
  const isSecond = format === undefined ? hasFieldOfSecond(value) : format === 2
  const fields = new FieldReader<keyof CallRecord>(value, FIELDS[isSecond ? 2 : 1], fail)
  return {
    index: fields.count('index', Number.MAX_SAFE_INTEGER),
    ...(isSecond && { call: fields.text('call', CALL_ID, 'a UUID of version 7 in lower case') }),
    time: fields.count('time', MAX_TIME),
    ...(isSecond && { block: fields.count('block', Number.MAX_SAFE_INTEGER) }),
    request: fields.digest('request'),
    response: fields.digest('response'),
    use: fields.word('use', RIGHT_NAMES),
    outcome: fields.word('outcome', CALL_OUTCOMES),
    inputTokens: fields.count('inputTokens', MAX_CALL_TOKENS),
    outputTokens: fields.count('outputTokens', MAX_CALL_TOKENS),
    ...(isSecond && { counted: fields.word('counted', COUNTED) }),
  }
}

function hasFieldOfSecond(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('block' in value || 'call' in value || 'counted' in value)
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
