import { canonicalJson, type JsonValue } from '../core/canonicalJson.ts'
import { StemmaError } from '../core/errors.ts'
import type { CredentialId } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import { RIGHT_NAMES } from '../core/vocabulary.ts'
import { CALL_ID, CALL_OUTCOMES, COUNTED, MAX_CALL_TOKENS, MAX_TIME } from '../core/callRecord.ts'
import { FieldReader } from '../core/fieldReader.ts'
import type { CallEnd, CallIntent } from './usageStore.ts'

/** What stands in a journal: that a call began, that it ended, or a note of the program that keeps the journal. */
export type JournalEntry = { intent: CallIntent } | { end: CallEnd } | { note: JsonValue }

/** Longest entry, in bytes. */
export const MAX_ENTRY_BYTES = 16 * 1024

const CALL = 'a UUID of version 7 in lower case'
const MAX_EPOCH = 2 ** 32 - 1
/** Everything beyond ASCII: in JSON an escape stands for it, so that a character is a byte. */
const BEYOND_ASCII = /[\u007F-\uFFFF]/g

/**
 * The line of an entry: JSON in ASCII, with a line feed.
 *
 * @throws {@link InvalidJournalEntryError} naming the field; `NotCanonicalJsonError` when a note is not JSON
 */
export function encodeEntry(entry: JournalEntry): string {
  const checked = checkEntry(entry)
  const text = 'note' in checked ? noteText(checked.note) : JSON.stringify(checked)
  if (text.length >= MAX_ENTRY_BYTES) {
    throw new InvalidJournalEntryError('its length', text.length, `fewer than ${MAX_ENTRY_BYTES} bytes`)
  }
  return `${text}\n`
}

/** Parses the line of an entry, without its line feed. @throws {@link InvalidJournalEntryError} naming the field */
export function parseEntry(line: string): JournalEntry {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new InvalidJournalEntryError('all of it', line, 'JSON')
  }
  return checkEntry(value)
}

function checkEntry(value: unknown): JournalEntry {
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 1) {
    if ('intent' in value) return { intent: checkIntent(value.intent) }
    if ('end' in value) return { end: checkEnd(value.end) }
    if ('note' in value) return { note: value.note as JsonValue }
  }
  throw new InvalidJournalEntryError('all of it', value, 'an object with one of: intent, end, note')
}

function checkIntent(value: unknown): CallIntent {
  const names = ['call', 'credential', 'epoch', 'time', 'block', 'use', 'reserved'] as const
  const fields = new FieldReader(value, names, failure)
  return {
    call: fields.text('call', CALL_ID, CALL),
    credential: fields.digest('credential') as string as CredentialId,
    epoch: fields.count('epoch', MAX_EPOCH),
    time: fields.count('time', MAX_TIME),
    block: fields.count('block', Number.MAX_SAFE_INTEGER),
    use: fields.word('use', RIGHT_NAMES),
    reserved: fields.count('reserved', Number.MAX_SAFE_INTEGER),
  }
}

function checkEnd(value: unknown): CallEnd {
  const names = ['call', 'request', 'response', 'outcome', 'inputTokens', 'outputTokens', 'counted'] as const
  const fields = new FieldReader(value, names, failure)
  return {
    call: fields.text('call', CALL_ID, CALL),
    request: fields.digest('request'),
    response: fields.digest('response'),
    outcome: fields.word('outcome', CALL_OUTCOMES),
    inputTokens: fields.count('inputTokens', MAX_CALL_TOKENS),
    outputTokens: fields.count('outputTokens', MAX_CALL_TOKENS),
    counted: fields.word('counted', COUNTED),
  }
}

function failure(field: string, value: unknown, expected: string): InvalidJournalEntryError {
  return new InvalidJournalEntryError(field, value, expected)
}

function noteText(note: JsonValue): string {
  return `{"note":${canonicalJson(note).replace(BEYOND_ASCII, escaped)}}`
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Thrown when an entry of a journal is not what it must be. */
export class InvalidJournalEntryError extends StemmaError {
  override name = 'InvalidJournalEntryError'
  constructor(field: string, value: unknown, expected: string) {
    const found = quoted(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing'))
    super('INVALID_JOURNAL_ENTRY', `In an entry of the journal, ${field} is ${found}. Expected ${expected}.`)
  }
}
