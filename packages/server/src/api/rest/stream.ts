import {
  createSourceEventStream,
  executeSubscriptionEvent,
  GraphQLError,
  validateSubscriptionArgs,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql'
import { LRUCache } from 'lru-cache'

import type { FeedItem } from '../chain/feed.ts'
import { explainError, ownFault, type FeedFailure } from '../graphql/handler.ts'
import type { Answer } from '../http/answer.ts'
import type { Exchange } from '../http/exchange.ts'

/** Milliseconds between two comments that keep an idle stream open. */
const KEEP_ALIVE = 15_000
/** Most events whose texts are kept for other watchers. */
const MAX_TEXTS = 2000
const HEADERS = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }

/** Sends a subscription as server-sent events. Watchers that are at the same place share the texts of their events. */
export class EventStreams {
  readonly #texts = new LRUCache<string, string>({ max: MAX_TEXTS })

  /**
   * Begins a stream. What the arguments or the server forbid is thrown, so that the client gets a status; a later failure is
   * an event `error`, which ends this stream only.
   *
   * @throws GraphQLError
   */
  async open(args: ExecutionArgs, exchange: Exchange): Promise<Answer> {
    const valid = validateSubscriptionArgs(args)
    if (!('schema' in valid)) throw valid[0]!
    const source = await createSourceEventStream(valid)
    if (!(Symbol.asyncIterator in source)) throw source.errors![0]!
    const items = (source as AsyncIterable<FeedItem | FeedFailure>)[Symbol.asyncIterator]()
    const textOf = async (item: FeedItem | FeedFailure): Promise<string> => {
      if ('failure' in item) throw item.failure
      const key = `${item.readers.view.progress.identity} ${item.block.hash} ${item.event ? `${item.event.block}.${item.event.log}` : `replaced ${item.replaced}`}`
      const known = this.#texts.get(key)
      if (known !== undefined) return known
      const text = eventText(await executeSubscriptionEvent({ ...valid, rootValue: item }))
      this.#texts.set(key, text)
      return text
    }
    return { status: 200, headers: HEADERS, body: bodyOf(items, textOf, exchange), lifetime: 'none' }
  }
}

function bodyOf(
  items: AsyncIterator<FeedItem | FeedFailure>,
  textOf: (item: FeedItem | FeedFailure) => Promise<string>,
  exchange: Exchange,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  const end = (): void => {
    clearInterval(timer)
    exchange.end()
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode('retry: 2000\n\n'))
      // A client that does not read is sent nothing more, so the buffer stays small.
      timer = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': \n\n'))
      }, KEEP_ALIVE)
      exchange.onEnd(() => clearInterval(timer))
    },
    async pull(controller) {
      try {
        const { done, value } = await items.next()
        if (!done) {
          controller.enqueue(encoder.encode(await textOf(value)))
          return
        }
      } catch (error) {
        exchange.failure ??= ownFault(error instanceof GraphQLError ? (error.originalError ?? error) : error)
        controller.enqueue(encoder.encode(errorText(error)))
      }
      end()
      await items.return?.()
      controller.close()
    },
    async cancel() {
      end()
      await items.return?.()
    },
  })
}

function eventText({ data, errors }: ExecutionResult): string {
  if (errors?.[0]) throw errors[0]
  const sighting = (data as { activity: { event: { id: string } | null; replaced: number | null } }).activity
  const id = sighting.event ? `id: ${sighting.event.id}\n` : `id: ${sighting.replaced! - 1}\n`
  return `${id}event: ${sighting.event ? 'activity' : 'replaced'}\ndata: ${JSON.stringify(sighting)}\n\n`
}

function errorText(error: unknown): string {
  const { message, extensions } = explainError(error)
  return `event: error\ndata: ${JSON.stringify({ error: { code: extensions.code, message } })}\n\n`
}
