import type { IncomingMessage, ServerResponse } from 'node:http'

/** Milliseconds that a client may leave what is sent to it unread. */
const STALL = 30_000
/** Milliseconds in which a client may go on to send a body that nobody reads. */
const LINGER = 1000

/** What a response is sent on. `closing` aborts when the server closes. */
type Sending = { incoming: IncomingMessage; outgoing: ServerResponse; stall?: number; closing?: AbortSignal }

/**
 * Sends a response, as fast as the client reads. One that does not read for a while is cut off, so that little is buffered. A stream of
 * events ends when the server closes. Never rejects.
 */
export async function send(response: Response, { incoming, outgoing, stall = STALL, closing }: Sending): Promise<void> {
  const reader = response.body?.getReader()
  const cancel = (): void => void reader?.cancel().catch(() => undefined)
  // The client may be gone before, while or after something is written.
  outgoing.on('error', cancel).on('close', cancel)
  if (outgoing.destroyed) return cancel()
  if (!incoming.complete) dropBody(incoming, outgoing)
  try {
    const headers = [...response.headers].flat()
    outgoing.writeHead(response.status, headers)
    if (reader && isStream(response)) outgoing.flushHeaders()
    if (isEndless(response)) {
      closing?.addEventListener('abort', cancel, { once: true })
      if (closing?.aborted) cancel()
    }
    for (;;) {
      const part = await reader?.read()
      if (!part || part.done) break
      if (!outgoing.write(part.value) && !(await isDrained(outgoing, stall))) {
        outgoing.destroy()
        break
      }
    }
    outgoing.end()
  } catch {
    // What a stream had to say it has said; the client sees that the answer is not whole.
    outgoing.destroy()
  } finally {
    closing?.removeEventListener('abort', cancel)
  }
}

function isStream(response: Response): boolean {
  return response.headers.get('content-length') === null
}

/** Whether events follow each other for as long as the client listens. */
function isEndless(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
}

/** Waits until what was written is read; false when the client takes too long or is gone. */
function isDrained(outgoing: ServerResponse, stall: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isRead: boolean) => (): void => {
      clearTimeout(timer)
      outgoing.off('drain', drained).off('close', closed)
      resolve(isRead)
    }
    const [drained, closed] = [end(true), end(false)]
    const timer = setTimeout(closed, stall)
    outgoing.on('drain', drained).on('close', closed)
    if (outgoing.destroyed) closed()
  })
}

/** After the answer, drops what comes of a body that nobody reads, and cuts off a client that goes on for too long. */
function dropBody(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.once('finish', () => {
    if (incoming.complete) return
    const timer = setTimeout(() => incoming.destroy(), LINGER)
    const stop = (): void => clearTimeout(timer)
    incoming.once('end', stop).once('close', stop).resume()
  })
}
