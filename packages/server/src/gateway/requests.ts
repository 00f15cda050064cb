import type { IncomingHttpHeaders } from 'node:http'

import type { Refusal, RequestFacts, Route } from './ports.ts'

/** How requests are read for an upstream. */
export type RequestOptions = {
  /** Whether the upstream answers `stream_options.include_usage`; false for one that refuses it. */
  asksUsage: boolean
}

/** Reads a request whose body came whole: `json`, or `none` with an empty body. */
export function readRequest(
  _route: Route,
  _headers: IncomingHttpHeaders,
  _body: Buffer,
  _options: RequestOptions,
): RequestFacts | Refusal {
  throw new Error('to come on e16-c')
}
