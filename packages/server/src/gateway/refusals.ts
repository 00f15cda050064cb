import type { ServerResponse } from 'node:http'

import type { ApiDialect, Refusal } from './ports.ts'

/** Types of errors by status, as clients of the APIs know them. */
const OPENAI_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
}
const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
}

/** The body of a refusal, as the caller's client reads errors. */
export function refusalBody({ status, code, message }: Refusal, dialect: ApiDialect): string {
  if (dialect === 'anthropic') {
    const type = ANTHROPIC_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
    return JSON.stringify({ type: 'error', error: { type, message, code } })
  }
  const type = OPENAI_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error')
  return JSON.stringify({ error: { message, type, param: null, code } })
}

/**
 * Refuses a request that has not been answered yet: in the caller's dialect, with the header `stemma-refusal`.
 *
 * @param headers more headers, as pairs
 */
export function refuse(
  response: ServerResponse,
  refusal: Refusal,
  dialect: ApiDialect,
  headers: readonly (readonly [name: string, value: string])[] = [],
): void {
  const body = refusalBody(refusal, dialect)
  response.writeHead(refusal.status, [
    'content-type',
    'application/json',
    'content-length',
    String(Buffer.byteLength(body)),
    'stemma-refusal',
    refusal.code,
    ...(refusal.retryAfter === undefined ? [] : ['retry-after', String(Math.max(1, Math.ceil(refusal.retryAfter)))]),
    ...(refusal.allow === undefined ? [] : ['allow', refusal.allow]),
    ...headers.flat(),
  ])
  response.end(body)
}

/** The refusals that are the proxy's own. */
export const REFUSALS = {
  noKey: {
    status: 401,
    code: 'key_missing',
    message:
      'No key came with this request. Give the one that the operator gave you, as your client does it: Authorization: Bearer sk-stemma-…, or x-api-key.',
  },
  twoKeys: {
    status: 401,
    code: 'key_ambiguous',
    message: 'Two different keys came with this request. Send one of them.',
  },
  keyInPath: {
    status: 400,
    code: 'key_in_path',
    message:
      'The key stands in the path or the query, where logs keep it. Send it in a header alone, and ask for another.',
  },
  otherApi: {
    status: 404,
    code: 'api_not_served',
    message: 'The model server does not have this API. Use the other: /v1/chat/completions, or /v1/messages.',
  },
  upgrade: {
    status: 400,
    code: 'upgrade_refused',
    message: 'WebSockets are not served. Send plain HTTP requests; answers can be streamed by "stream": true.',
  },
  contentEncoding: {
    status: 415,
    code: 'encoding_refused',
    message: 'Compressed request bodies are not read. Send the body without content-encoding.',
  },
  contentType: {
    status: 415,
    code: 'content_type_refused',
    message: 'The body is not what this path takes. Send JSON as application/json, and files as multipart/form-data.',
  },
  bodyCut: {
    status: 400,
    code: 'body_cut',
    message: 'The body of the request did not come whole. Send it again.',
  },
  noModel: {
    status: 400,
    code: 'model_missing',
    message: 'The form has no field "model". Name a model of /v1/models in it.',
  },
  headers: {
    status: 400,
    code: 'headers_refused',
    message: 'A header of the request cannot be passed on. Send header values of printable characters only.',
  },
  headerTwice: {
    status: 400,
    code: 'header_twice',
    message:
      'A header that may come once came twice, so that two readers could take different values. Send content-type, host and the key once each.',
  },
  upstreamAway: {
    status: 502,
    code: 'upstream_away',
    message: 'The model server cannot be reached. Nothing was counted. Try again later.',
    retryAfter: 5,
  },
  upstreamCut: {
    status: 502,
    code: 'upstream_cut',
    message:
      'The model server ended the connection without an answer. It was not asked again, as it may have begun. Try again.',
  },
  upstreamSlow: {
    status: 504,
    code: 'upstream_slow',
    message: 'The model server did not answer in time. Ask for less, or stream the answer.',
  },
  tooLong: {
    status: 504,
    code: 'call_too_long',
    message: 'The call took longer than this gateway lets calls take. Ask for less at a time.',
  },
  stopping: {
    status: 503,
    code: 'gateway_stopping',
    message: 'This gateway is being stopped. Try again; another instance or the next start will answer.',
    retryAfter: 5,
  },
  storeFailed: {
    status: 503,
    code: 'usage_store_failed',
    message: 'The gateway cannot keep a record of this call, so it does not serve it. Try again later.',
    retryAfter: 30,
  },
  notYours: {
    status: 404,
    code: 'id_unknown',
    message: 'No object of this id was stored with a key of your credential. Check the id.',
  },
  callUnknown: {
    status: 404,
    code: 'call_unknown',
    message: 'No call of this id has ended under the credential of your key. Take the id from the header stemma-call.',
  },
  internal: {
    status: 500,
    code: 'gateway_failed',
    message: 'The gateway failed on this request. Try again; if it happens again, report it to the operator.',
  },
} as const satisfies Record<string, Refusal>

/** The refusal of a body beyond `limit` bytes. */
export function bodyTooLarge(limit: number): Refusal {
  return {
    status: 413,
    code: 'body_too_large',
    message: `The body is larger than ${limit.toLocaleString('en')} bytes. Send less, or send files as multipart/form-data.`,
  }
}
