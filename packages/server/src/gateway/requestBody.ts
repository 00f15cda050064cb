import type { IncomingMessage } from 'node:http'

import type { SaltedDigest } from './saltedDigest.ts'
import type { Refusal } from './ports.ts'
import { bodyTooLarge, REFUSALS } from './refusals.ts'
import type { MultipartWatch } from './watchMultipart.ts'
import { isRefusal } from './ports.ts'

/** Reads a body whole. */
export function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer | Refusal> {
  if (Number(incoming.headers['content-length'] ?? 0) > limit) return Promise.resolve(bodyTooLarge(limit))
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (value: Buffer | Refusal): void => {
      incoming.off('data', onData).off('end', onEnd).off('close', onClose)
      resolve(value)
    }
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size > limit) settle(bodyTooLarge(limit))
      else chunks.push(chunk)
    }
    const onEnd = (): void => settle(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size))
    const onClose = (): void => settle(REFUSALS.bodyCut)
    incoming.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}

/** A body that streams upstream while it is watched. */
export type WatchedBody = {
  chunks: AsyncIterable<Buffer>
  isWhole: () => boolean
  /** Reads what is left of the body and drops it, once nobody takes it any more. */
  discard: () => void
}

/**
 * Streams a body, one piece behind what was watched: the last one goes on only when the whole body is as it must be.
 *
 * @param onRefused called when it is not, before the stream fails
 * @param most bytes that are read after the stream was left; then the caller is hung up on
 */
export function watchBody(
  incoming: IncomingMessage,
  watch: MultipartWatch,
  digest: SaltedDigest,
  onFacts: (facts: Exclude<Awaited<ReturnType<MultipartWatch['end']>>, Refusal>) => void,
  onRefused: (refusal: Refusal) => void,
  most: number,
): WatchedBody {
  let whole = false
  let hasBegun = false
  async function* watched(): AsyncGenerator<Buffer> {
    hasBegun = true
    try {
      yield* checked()
    } finally {
      // Who took the body may have had enough of it.
      discardBody(incoming, most)
    }
  }
  async function* checked(): AsyncGenerator<Buffer> {
    let last: Buffer | undefined
    for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      digest.push(chunk)
      refuseIf(await watch.push(chunk))
      if (last !== undefined) yield last
      last = chunk
    }
    const facts = await watch.end()
    if (isRefusal(facts)) refuseIf(facts)
    else onFacts(facts)
    whole = true
    if (last !== undefined) yield last
  }
  function refuseIf(refusal: Refusal | undefined): void {
    if (refusal === undefined) return
    onRefused(refusal)
    throw new Error(refusal.code)
  }
  return {
    chunks: watched(),
    isWhole: () => whole,
    discard: () => {
      if (!hasBegun) discardBody(incoming, most)
    },
  }
}

/** Reads what is left of a refused request, so that its caller gets to the refusal, and hangs up on one that goes on for too long. */
export function discardBody(incoming: IncomingMessage, most: number): void {
  if (incoming.complete || incoming.destroyed) return
  let size = 0
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > most) incoming.socket.destroy()
  })
  incoming.resume()
}
