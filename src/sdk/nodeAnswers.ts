import { makeError, type JsonRpcPayload } from 'ethers'

/** The answer of a node to one call: a result or an error, for the id of the call. */
export type NodeAnswer = { id: number; result: unknown } | { id: number; error: JsonError }
/** An error of JSON-RPC. `failure` is why nobody answered: an error of ethers. */
export type JsonError = { code: number; message: string; data?: unknown; failure?: unknown }

/** What a node gave of what was asked: answers, and why the others are missing. */
export type Given = { answers: NodeAnswer[]; failure?: unknown }

/** Whether a call of a method may be sent twice, because it changes nothing. */
export function isRepeatable(method: string): boolean {
  return /^(eth_(?!send|sign)|net_|web3_|debug_|trace_|txpool_)/.test(method)
}

/** The error for an answer that did not come in time. */
export function tookTooLong(timeout: number): Error {
  return makeError(`no answer within ${timeout / 1000} seconds`, 'TIMEOUT', { operation: 'send', reason: 'timeout' })
}

/** The answer to a call in a list: ids may come back as texts, and an error as a text. */
export function answerTo({ id }: Pick<JsonRpcPayload, 'id'>, list: readonly unknown[]): NodeAnswer | undefined {
  const entry = list.find((each) => isObject(each) && each.id !== null && Number(each.id) === id) as
    | Record<string, unknown>
    | undefined
  if (!entry) return undefined
  const error = errorOf(entry)
  if (error) return { id, error }
  return 'result' in entry ? { id, result: entry.result } : undefined
}

/** The error in an entry of an answer; undefined where there is none. */
export function errorOf(entry: unknown): JsonError | undefined {
  if (!isObject(entry) || entry.error === undefined || entry.error === null) return undefined
  const { error } = entry
  if (!isObject(error)) return { code: 0, message: String(error) }
  const { code, message, data } = error
  const text = typeof message === 'string' ? message : JSON.stringify(error)
  return { code: code as number, message: text, ...(data !== undefined && { data }) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
