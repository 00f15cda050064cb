import type { IncomingHttpHeaders } from 'node:http'

import type { Meter, RequestFacts, Route } from '../ports.ts'
import { batchUsage } from './batchUsage.ts'
import { BodyMeter } from './bodyMeter.ts'
import { bodyUsage, type Content } from './bodyUsage.ts'
import { EventMeter } from './eventMeter.ts'

/** The facts of a request that its meter needs. */
export type MeteredRequest = Pick<RequestFacts, 'stream' | 'inputTokens' | 'addedUsage'>

/**
 * The meter of an answer, chosen by its route, status and headers. An error of the upstream counts nothing, neither do answers that
 * repeat what was counted, lists and counts. What comes compressed although it was not asked for passes as it is, one chunk late, and is
 * inflated for counting; a usage chunk in it stays.
 */
export function meterOf(route: Route, facts: MeteredRequest, status: number, headers: IncomingHttpHeaders): Meter {
  const encoding = encodingOf(headers)
  const isServed = status >= 200 && status < 300
  if (isServed && isBatch(route)) return new BodyMeter((kept) => batchUsage(route, encoding, kept))
  const content = contentOf(route, facts, headers)
  const isCounted = isServed && route.kind === 'tokens'
  if (isServed && content === 'events' && encoding === '') return new EventMeter(route, facts, isCounted)
  if (!isCounted) return new BodyMeter()
  return new BodyMeter((kept) => bodyUsage(route, facts.inputTokens, content, encoding, kept))
}

function isBatch({ name }: Route): boolean {
  return name === 'batches' || name.startsWith('batches/')
}

/** The encoding of an answer in lower case; empty when there is none. */
function encodingOf(headers: IncomingHttpHeaders): string {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? ''
  return encoding === 'identity' ? '' : encoding
}

function contentOf(route: Route, { stream }: MeteredRequest, headers: IncomingHttpHeaders): Content {
  const type = headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase() ?? ''
  if (type === 'text/event-stream') return 'events'
  if (type === 'application/json' || type.endsWith('+json')) return 'json'
  if (route.name.startsWith('audio/')) return type.startsWith('text/') ? 'text' : 'binary'
  // Of the other routes, an answer that is not declared is what the caller asked for.
  return stream ? 'events' : 'json'
}
