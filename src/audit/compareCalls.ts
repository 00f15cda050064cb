import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

import { StemmaError } from '../core/errors.ts'
import { isBytes32 } from '../core/hex.ts'
import { quoted } from '../core/text.ts'
import type { CallId, CallRecord } from '../core/callRecord.ts'
import { isDigestOfBody, type OwnCall } from './keepCalls.ts'
import { readUsageLog, UsageLogFileError } from './usageLog.ts'

/** How the two halves of a call can differ. */
export const DIFFERENCE_CODES = [
  'not-in-log',
  'not-in-own',
  'request-differs',
  'response-differs',
  'tokens-differ',
  'outcome-differs',
] as const
/** A word of {@link DIFFERENCE_CODES}. */
export type DifferenceCode = (typeof DIFFERENCE_CODES)[number]

/** A call of which a caller and an operator do not say the same. */
export type CallDifference = {
  call: CallId
  code: DifferenceCode
  /** What each says, with the values. */
  reason: string
  /** Place of the record and path of the log; left out where the log has none. */
  record?: { index: number; path: string }
}

/** What a comparison found. */
export type ComparedCalls = {
  /** Calls that the caller kept. */
  own: number
  /** Records of the operator's logs. */
  records: number
  /** Records that only count what came of calls before them, such as the tokens of a batch of requests: the caller has no half of them. */
  counting: { records: number; tokens: number }
  /** In the order of the logs, then of the caller's file; at most {@link MOST_DIFFERENCES}. */
  differences: CallDifference[]
  /** How many there are. */
  found: number
  /** Whether the last line of the caller's file was cut off. */
  isCut: boolean
}

/** Most differences that are listed. */
export const MOST_DIFFERENCES = 100

/**
 * Compares the calls that a caller kept (`keepCalls`) with an operator's usage logs: which ones either side leaves out, and where digests,
 * tokens or outcomes differ.
 *
 * @param parameters `own`: path of the caller's file; `logs`: paths of the logs; `origin`: of the caller's calls, only those to this gateway
 *
 * @throws {@link InvalidOwnCallError} naming the line; `UsageLogFileError`, `InvalidUsageLogError` and `InvalidRecordError`
 */
export async function compareCalls(parameters: compareCalls.Parameters): Promise<ComparedCalls> {
  const { own, logs, origin, signal } = parameters
  const { calls, isCut } = await readOwnCalls(own)
  if (origin !== undefined) for (const [id, call] of calls) if (call.origin !== origin) calls.delete(id)
  const total = calls.size
  const differences: CallDifference[] = []
  const counting = { records: 0, tokens: 0 }
  let [records, found, last] = [0, 0, 0]
  const add = (difference: CallDifference): void => {
    found += 1
    if (differences.length < MOST_DIFFERENCES) differences.push(difference)
  }
  for (const path of logs) {
    await readUsageLog(path, {
      ...(signal && { signal }),
      onRecord: (record) => {
        records += 1
        last = Math.max(last, record.time)
        const tokens = record.inputTokens + record.outputTokens
        if (isCountOnly(record)) {
          counting.records += 1
          counting.tokens += tokens
          return
        }
        // A record of format 1 does not name its call.
        if (record.call === undefined) return
        const place = { call: record.call, record: { index: record.index, path } }
        const call = calls.get(record.call)
        if (!call) {
          const reason = `The log has this call (${record.outcome}, ${tokens} tokens, time ${record.time}), and the caller did not keep it.`
          add({ ...place, code: 'not-in-own', reason })
          return
        }
        calls.delete(record.call)
        for (const difference of differencesOf(call, record)) add({ ...place, ...difference })
      },
    })
  }
  for (const { call, time, status } of calls.values()) {
    const later = time > last ? ' The log ends before it: ask for a newer copy.' : ''
    const reason = `The caller sent this call at ${time} and got status ${status}, and the log does not have it.${later}`
    add({ call, code: 'not-in-log', reason })
  }
  return { own: total, records, counting, differences, found, isCut }
}

export declare namespace compareCalls {
  type Parameters = { own: string; logs: readonly string[]; origin?: string; signal?: AbortSignal }
}

function isCountOnly({ request, response }: CallRecord): boolean {
  return !isDigestOfBody(request) && !isDigestOfBody(response)
}

function differencesOf(call: OwnCall, record: CallRecord): Pick<CallDifference, 'code' | 'reason'>[] {
  const found: Pick<CallDifference, 'code' | 'reason'>[] = []
  for (const half of ['request', 'response'] as const) {
    if (call[half] === null || call[half] === record[half]) continue
    // A caller that left did not get all that was sent.
    const reason = `By the caller, the digest of the ${half} is ${call[half]}; by the log, ${record[half]}.`
    found.push({ code: `${half}-differs`, reason })
  }
  if (record.counted === 'reported' && call.response !== null) {
    const pairs = [
      ['input', call.inputTokens, record.inputTokens],
      ['output', call.outputTokens, record.outputTokens],
    ] as const
    for (const [what, own, logged] of pairs) {
      if (own === null || own === logged) continue
      const reason = `By the answer that the caller got, it took ${own} ${what} tokens; by the log, ${logged}.`
      found.push({ code: 'tokens-differ', reason })
    }
  }
  const isServed = call.status >= 200 && call.status < 300
  if (call.response !== null && isServed !== (record.outcome === 'served')) {
    const reason = `The caller got a whole answer of status ${call.status}; by the log, the call was ${record.outcome}.`
    found.push({ code: 'outcome-differs', reason })
  }
  return found
}

/** The calls of a file that `keepCalls` wrote, by their ids. A line that was cut off at the end is left out. */
async function readOwnCalls(path: string): Promise<{ calls: Map<CallId, OwnCall>; isCut: boolean }> {
  const calls = new Map<CallId, OwnCall>()
  let [number, bad] = [0, 0]
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      number += 1
      if (bad > 0) throw new InvalidOwnCallError(path, bad)
      const call = ownCallOf(line)
      if (call) calls.set(call.call, call)
      else bad = number
    }
  } catch (cause) {
    if (cause instanceof StemmaError) throw cause
    throw new UsageLogFileError(path, 'read', (cause as Error).message)
  }
  // Only the last line can have been cut off.
  if (bad > 0 && calls.size === 0) throw new InvalidOwnCallError(path, bad)
  return { calls, isCut: bad > 0 }
}

function ownCallOf(line: string): OwnCall | undefined {
  let value: Partial<Record<keyof OwnCall, unknown>> | null
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || value.ownCall !== 1) return undefined
  const { call, origin, time, status, request, response, inputTokens, outputTokens } = value
  const isDigest = (digest: unknown): boolean => digest === null || (typeof digest === 'string' && isBytes32(digest))
  const isCount = (count: unknown): boolean => count === null || Number.isSafeInteger(count)
  const isCall = typeof call === 'string' && /^[0-9a-f-]{36}$/.test(call) && typeof origin === 'string'
  const isTimed = Number.isSafeInteger(time) && Number.isSafeInteger(status)
  const isCounted = isCount(inputTokens) && isCount(outputTokens)
  return isCall && isTimed && isDigest(request) && isDigest(response) && isCounted ? (value as OwnCall) : undefined
}

/** Thrown when a line of a caller's file is not a call as `keepCalls` writes it. */
export class InvalidOwnCallError extends StemmaError {
  override name = 'InvalidOwnCallError'
  constructor(path: string, line: number) {
    super(
      'INVALID_OWN_CALL',
      `Line ${line} of ${quoted(path)} is not a call that keepCalls wrote. Name the file that it writes, or remove the line.`,
    )
  }
}
