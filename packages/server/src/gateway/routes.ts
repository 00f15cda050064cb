import type { IncomingHttpHeaders } from 'node:http'

import type { ApiDialect, Refusal, Route } from './ports.ts'

/** A route with the path and the query that go upstream. */
export type FoundRoute = {
  route: Route
  path: string
  /** The id in the path, such as that of a batch; undefined where the path has none. */
  id?: string
}

type Row = readonly [
  method: string,
  path: string,
  name: string,
  dialect: ApiDialect,
  kind: Route['kind'],
  body: Route['body'],
]

/** All that is passed on, and the gateway's own list of models. `:id` stands for one id. */
const ROWS: readonly Row[] = [
  ['POST', '/v1/chat/completions', 'chat/completions', 'openai', 'tokens', 'json'],
  ['POST', '/v1/completions', 'completions', 'openai', 'tokens', 'json'],
  ['POST', '/v1/responses', 'responses', 'openai', 'tokens', 'json'],
  ['GET', '/v1/responses/:id', 'responses/:id', 'openai', 'plain', 'none'],
  ['DELETE', '/v1/responses/:id', 'responses/:id', 'openai', 'plain', 'none'],
  ['POST', '/v1/responses/:id/cancel', 'responses/:id/cancel', 'openai', 'plain', 'none'],
  ['POST', '/v1/embeddings', 'embeddings', 'openai', 'tokens', 'json'],
  ['POST', '/v1/audio/speech', 'audio/speech', 'openai', 'tokens', 'json'],
  ['POST', '/v1/audio/transcriptions', 'audio/transcriptions', 'openai', 'tokens', 'multipart'],
  ['POST', '/v1/audio/translations', 'audio/translations', 'openai', 'tokens', 'multipart'],
  ['POST', '/v1/batches', 'batches', 'openai', 'plain', 'json'],
  ['GET', '/v1/batches/:id', 'batches/:id', 'openai', 'plain', 'none'],
  ['POST', '/v1/batches/:id/cancel', 'batches/:id/cancel', 'openai', 'plain', 'none'],
  ['POST', '/v1/files', 'files', 'openai', 'plain', 'multipart'],
  ['GET', '/v1/files/:id', 'files/:id', 'openai', 'plain', 'none'],
  ['DELETE', '/v1/files/:id', 'files/:id', 'openai', 'plain', 'none'],
  ['GET', '/v1/files/:id/content', 'files/:id/content', 'openai', 'plain', 'none'],
  ['GET', '/v1/models', 'models', 'openai', 'models', 'none'],
  ['GET', '/v1/models/:id', 'models/:id', 'openai', 'models', 'none'],
  ['POST', '/v1/messages', 'messages', 'anthropic', 'tokens', 'json'],
  ['POST', '/v1/messages/count_tokens', 'messages/count_tokens', 'anthropic', 'count', 'json'],
]

const TABLE = ROWS.map(([method, path, name, dialect, kind, body]) => ({
  segments: path.split('/'),
  path,
  route: { name, method, dialect, kind, body } satisfies Route,
}))
const FIXED = new Map(
  TABLE.filter(({ path }) => !path.includes(':')).map((row) => [`${row.route.method} ${row.path}`, row]),
)
const WITH_ID = TABLE.filter(({ path }) => path.includes(':'))

/** One id in a path. Model names may have more, so those of `models/:id` are compared with the list. */
const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/
/** What a query may have: how lists are paged, how stored responses are shown, and what clients of both APIs add. */
const QUERY_NAMES = new Set([
  'after',
  'after_id',
  'api-version',
  'before',
  'before_id',
  'beta',
  'include',
  'include[]',
  'limit',
  'order',
  'starting_after',
  'stream',
])
const QUERY_VALUE = /^[A-Za-z0-9._,:+-]{0,200}$/

/**
 * The route of a request, by its exact path as it was sent: nothing is decoded, collapsed or lowered, so that no other spelling
 * reaches a route, and no path reaches the upstream that is not in the table.
 *
 * @param target the request target, such as `/v1/responses/resp_1?stream=true`
 */
export function findRoute(method: string, target: string, headers: IncomingHttpHeaders): FoundRoute | Refusal {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? '' : target.slice(mark + 1)
  const fixed = FIXED.get(`${method} ${path}`)
  const found: { route: Route; id?: string } | undefined = fixed ?? withId(method, path)
  if (found === undefined) return refusalOf(method, path)
  if (query !== '' && !isQuery(query)) return QUERY_REFUSED
  const isAnthropic = found.route.kind === 'models' && headers['anthropic-version'] !== undefined
  const id = found.id
  return {
    route: isAnthropic ? { ...found.route, dialect: 'anthropic' } : found.route,
    path: query === '' ? path : `${path}?${query}`,
    ...(id !== undefined && { id }),
  }
}

/** The dialect in which a request is refused that has no route. */
export function dialectOf(target: string, headers: IncomingHttpHeaders): ApiDialect {
  const isAnthropic =
    target.startsWith('/v1/messages') ||
    headers['anthropic-version'] !== undefined ||
    (headers['x-api-key'] !== undefined && headers.authorization === undefined)
  return isAnthropic ? 'anthropic' : 'openai'
}

function withId(method: string, path: string): { route: Route; id: string } | undefined {
  const segments = path.split('/')
  for (const row of WITH_ID) {
    if (row.route.method !== method) continue
    const id = idOf(row.segments, segments, row.route.kind === 'models')
    if (id !== undefined) return { route: row.route, id }
  }
  return undefined
}

/** The id for which a path stands in a row; undefined when the path is not of the row. */
function idOf(row: readonly string[], segments: readonly string[], isName: boolean): string | undefined {
  const place = row.indexOf(':id')
  if (isName) {
    // A model name may hold slashes; it is never passed on, only looked up.
    const isRow = row.slice(0, place).every((part, index) => part === segments[index]) && segments.length > place
    return isRow ? nameIn(segments.slice(place).join('/')) : undefined
  }
  const isRow =
    segments.length === row.length && row.every((part, index) => index === place || part === segments[index])
  const id = segments[place]
  return isRow && id !== undefined && ID.test(id) ? id : undefined
}

function nameIn(text: string): string | undefined {
  try {
    return text === '' ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function isQuery(query: string): boolean {
  return query.split('&').every((pair) => {
    const [name = '', value = '', ...more] = pair.split('=')
    const plain = name === 'include%5B%5D' ? 'include[]' : name
    return more.length === 0 && QUERY_NAMES.has(plain) && QUERY_VALUE.test(value)
  })
}

const QUERY_REFUSED: Refusal = {
  status: 400,
  code: 'query_refused',
  message: `This query is not passed on. Use only ${[...QUERY_NAMES].join(', ')}, with plain values.`,
}

/** By which paths engines load, unload or show what is behind the gateway, in lower case. */
const ENGINE_PATHS: readonly (readonly [path: RegExp, remedy: string])[] = [
  [
    /lora[-_]?adapter/,
    'Adapters are loaded by the operator, at the engine itself. Call the ones that your credential covers by their name in "model".',
  ],
  [
    /^\/api\//,
    "The engine's own API is not served. Use /v1/chat/completions, /v1/completions or /v1/embeddings, with the same model name.",
  ],
  [
    /^\/(slots|props|metrics|infill|apply-template|tokenize|detokenize|v1\/tokenize|collective_rpc|sleep|wake_up|reset_prefix_cache|pause|resume|scale_elastic_ep|version|load|ping|invocations|server_info)/,
    "The engine's own controls are not served. Ask the operator, who reaches them at the engine itself.",
  ],
]
const OTHERS: readonly (readonly [path: RegExp, remedy: string])[] = [
  [
    /^\/v1\/(files|batches|responses)\/?$/,
    'Lists of what all callers stored are not served. Keep the ids of your own.',
  ],
  [/^\/v1\/messages\/batches/, 'Message batches are not served. Send each message to /v1/messages.'],
  [
    /^\/v1\/(images|moderations|videos|realtime|assistants|threads|vector_stores|fine_tuning|uploads)/,
    'It is not offered here.',
  ],
  [
    /^\/stemma(\/|$)/,
    'Of its own the gateway has /stemma/gateway and /stemma/calls/<id>, with the id that the header stemma-call of an answer names.',
  ],
  [
    /^\/(health|ready|metrics)/,
    'Of its own the gateway has /health and /ready, each spelled exactly so; /metrics has a port of its own.',
  ],
]

function refusalOf(method: string, path: string): Refusal {
  const methods = TABLE.filter((row) =>
    row.path.includes(':')
      ? idOf(row.segments, path.split('/'), row.route.kind === 'models') !== undefined
      : row.path === path,
  ).map(({ route }) => route.method)
  if (methods.length > 0) {
    const allowed = [...new Set(methods)]
    return {
      status: 405,
      code: 'method_refused',
      message: `This path does not take ${method}. Use ${allowed.join(' or ')}.`,
      allow: allowed.join(', '),
    }
  }
  const lower = path.toLowerCase()
  const [, remedy] = [...ENGINE_PATHS, ...OTHERS].find(([pattern]) => pattern.test(lower)) ?? []
  return {
    status: 404,
    code: 'path_refused',
    message: `This path is not served. ${remedy ?? `The base URL of OpenAI's clients ends with /v1, that of Anthropic's does not. Served are ${SERVED}, each spelled exactly so.`}`,
  }
}

const SERVED = [...new Set(TABLE.map(({ path }) => path).filter((path) => !path.includes(':')))].join(', ')
