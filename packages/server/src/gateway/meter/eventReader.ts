import { isObject } from '../jsonObject.ts'
import type { Route } from '../ports.ts'
import { reportsOnRequest } from '../requests.ts'
import { textBytes, writtenIn } from './textBytes.ts'
import type { TokenCount } from './tokenCount.ts'
import { usageIn } from './usageIn.ts'

/** What is to happen with an event: `last` ends the answer for a caller, `usage` answers a question for usage and nothing else. */
export type EventRole = 'usual' | 'usage' | 'last'

const DONE = '[DONE]'
const LAST = /^(?:message_stop|response\.(?:completed|incomplete|failed)|transcript\.text\.done|speech\.audio\.done)$/
const MAY_BE_LAST =
  /"(?:message_stop|response\.(?:completed|incomplete|failed)|transcript\.text\.done|speech\.audio\.done)"/
const ERROR = /^\{ ?"error" ?: ?\{/
const MAY_HAVE_USAGE = /"usage" ?: ?\{/

/** Reads whole events of a stream. */
export class EventReader {
  readonly #route: Route
  readonly #count: TokenCount
  readonly #written: RegExp
  /** Whether an event ends an answer by its name; in the oldest dialect `[DONE]` does. */
  readonly #endsByName: boolean
  #isFirst = true

  constructor(route: Route, count: TokenCount) {
    this.#route = route
    this.#count = count
    this.#written = writtenIn(route.name, true)
    this.#endsByName = !reportsOnRequest(route)
  }

  /** @param text an event, its lines as Latin-1, so that places are those of its bytes */
  read(text: string): EventRole {
    const { data, name } = this.#fields(text)
    if (data === undefined) return 'usual'
    if (data.startsWith(DONE)) return 'last'
    // A letter is rarer than a quotation mark, so a search that begins with one is faster.
    const hasUsage = data.includes('usage"') && MAY_HAVE_USAGE.test(data)
    const mayBeLast =
      this.#endsByName && (name === undefined || name === 'message' ? MAY_BE_LAST.test(data) : LAST.test(name))
    if (name !== 'error' && !ERROR.test(data)) this.#count.write(this.#textBytes(data))
    if (!hasUsage && !mayBeLast) return 'usual'
    const value = parsed(data)
    if (value === undefined) return 'usual'
    const usage = hasUsage ? usageOfEvent(value) : undefined
    const reported = usageIn(usage, this.#route)
    if (reported !== undefined) this.#count.report(reported)
    if (LAST.test(name ?? '') || (typeof value.type === 'string' && LAST.test(value.type))) return 'last'
    return isObject(usage) && hasNoChoices(value) ? 'usage' : 'usual'
  }

  /** What an event adds stands in its delta; most of its bytes stand before. */
  #textBytes(data: string): number {
    return textBytes(data, this.#written, Math.max(0, data.indexOf('delta":') - 1))
  }

  #fields(text: string): { data: string | undefined; name: string | undefined } {
    let data: string | undefined
    let name: string | undefined
    const hasMark = this.#isFirst && text.startsWith(BYTE_ORDER_MARK)
    this.#isFirst = false
    const hasCarriages = text.includes('\r')
    for (let from = hasMark ? BYTE_ORDER_MARK.length : 0; from < text.length;) {
      const mark = endOfLine(text, from, hasCarriages)
      const end = mark < 0 ? text.length : mark
      if (text.startsWith('data:', from)) {
        const value = text.slice(from + (text[from + 5] === ' ' ? 6 : 5), end)
        data = data === undefined ? value : `${data}\n${value}`
      } else if (text.startsWith('event:', from)) {
        name = text.slice(from + 6, end).trim() || undefined
      }
      from = end + 1
    }
    return { data, name }
  }
}

/** The UTF-8 bytes of a byte order mark, as Latin-1. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf'

/** Where the line ends that continues at `start`: at its line feed or carriage return; -1 when it goes on. */
export function endOfLine(text: string, start: number, hasCarriages: boolean): number {
  const feed = text.indexOf('\n', start)
  if (!hasCarriages) return feed
  const carriage = text.indexOf('\r', start)
  return feed < 0 ? carriage : carriage < 0 ? feed : Math.min(feed, carriage)
}

function parsed(data: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(data)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Usage stands in the event itself, in the message that it starts, or in the response that it ends. */
function usageOfEvent({ usage, message, response }: Record<string, unknown>): unknown {
  if (isObject(usage)) return usage
  if (isObject(message) && isObject(message.usage)) return message.usage
  return isObject(response) ? response.usage : undefined
}

/** Some engines send null, or leave the list out. */
function hasNoChoices({ choices }: Record<string, unknown>): boolean {
  return choices === undefined || choices === null || (Array.isArray(choices) && choices.length === 0)
}
