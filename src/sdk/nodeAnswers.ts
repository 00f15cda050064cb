import { makeError } from 'ethers'

/** The answer of a node to one call: a result or an error, for the id of the call. */
export type NodeAnswer = { id: number; result: unknown } | { id: number; error: JsonError }
/** An error of JSON-RPC. */
export type JsonError = { code: number; message: string; data?: unknown }

/** What a node gave of what was asked: answers, and why the others are missing. */
export type Given = { answers: NodeAnswer[]; failure?: unknown }

/** The error for an answer that did not come in time. */
export function tookTooLong(timeout: number): Error {
  return makeError(`no answer within ${timeout / 1000} seconds`, 'TIMEOUT', { operation: 'send', reason: 'timeout' })
}
