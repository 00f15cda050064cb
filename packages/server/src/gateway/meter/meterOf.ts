import type { IncomingHttpHeaders } from 'node:http'

import type { Meter, RequestFacts, Route } from '../ports.ts'

/** The facts of a request that its meter needs. */
export type MeteredRequest = Pick<RequestFacts, 'stream' | 'inputTokens' | 'addedUsage'>

/** The meter of an answer, chosen by its route, status and headers. */
export function meterOf(_route: Route, _facts: MeteredRequest, _status: number, _headers: IncomingHttpHeaders): Meter {
  throw new Error('to come on e16-c')
}
