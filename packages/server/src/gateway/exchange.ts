import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

import type { CallEnd, CallId, UsageStore } from 'stemma/audit'
import { ZERO_DIGEST } from 'stemma/core'

import { callOfBatch } from './callOfBatch.ts'
import type { Upstream, UpstreamCall, UpstreamHead, UpstreamRequest } from './forward.ts'
import { keyIn, responseHeaders, type RawHeaders } from './headers.ts'
import { createKeyMask } from './keyMask.ts'
import { meterOf, type MeteredRequest } from './meter/meterOf.ts'
import type { GatewayMetrics } from './metrics.ts'
import type { Admitted, ApiDialect, BatchSeen, Description, Meter, Refusal, Route, Usage } from './ports.ts'
import { refuse, REFUSALS } from './refusals.ts'
import { createSaltedDigest, type SaltedDigest } from './saltedDigest.ts'
import { SETTLEMENTS, type CallEnding } from './settlement.ts'
import { createIdTap, type StoredIds } from './storedIds.ts'

/** What becomes of an answer whose caller has left: the upstream is stopped, or read on for its usage, within bounds. */
export type OnLeave = 'stop' | { drain: { seconds: number; bytes: number } }
/** What becomes of a running call whose credential lost its standing: it is cut, or may finish within so many seconds. */
export type OnRevoke = 'cut' | { finish: { seconds: number } }

/** What all calls of a gateway share. */
export type ExchangeSettings = {
  store: UsageStore
  upstream: Upstream
  /** Headers that hold the upstream's key, as names and values in turn: the APIs have it in different ones. */
  upstreamKey: (dialect: ApiDialect) => RawHeaders
  description: Description
  storedIds: StoredIds
  metrics: GatewayMetrics
  onLeave: OnLeave
  onRevoke: OnRevoke
  /** Seconds that a caller may leave what is sent to it unread. */
  stall: number
  /** Seconds that a call may take as a whole. */
  longest: number
  /** Called when a call has ended and been recorded. */
  onEnded?: (ended: EndedCall) => void
  /** Seconds that the upstream has to end an answer after the event that is its last; 2 when left out. */
  endWithin?: number
  /** Called when the store cannot keep a call. */
  onStoreFailure: (failure: Error) => void
  /** Called with what no code has handled. */
  onFailure: (failure: unknown) => void
}

/** A call that has ended, for the log: no contents. */
export type EndedCall = {
  route: string
  ending: CallEnding
  /** Status of the upstream; undefined when it did not answer. */
  status: number | undefined
  milliseconds: number
  call: string
  key: string
}

/** One admitted call with its request. */
export type OpenCall = {
  incoming: IncomingMessage
  outgoing: ServerResponse
  route: Route
  admitted: Admitted
  /** Model name in the request; undefined where it is not known yet or there is none. */
  name: () => string | undefined
  facts: () => MeteredRequest
  request: UpstreamRequest
  /** The digest of the request, and whether its body has come whole. */
  requestDigest: SaltedDigest
  isWhole: () => boolean
  /** Drops what is left of the body; left out where it was read before. */
  discard?: () => void
}

/** A call that goes on. */
export type Exchange = {
  /** Ends the call with a refusal, or by a reset when the caller has a part of the answer. */
  end(ending: 'stopped' | 'body-refused' | 'body-cut', refusal: Refusal): void
}

/** Most bytes that are held back at the end of an answer. */
const MOST_HELD = 8 * 1024 * 1024
/** Bytes of an answer that wait for the intent; then the upstream has to. */
const MOST_EARLY = 64 * 1024
/** Seconds that an upstream has to end an answer after its last event. */
const END_WITHIN = 2
/** Routes whose answers say what was stored. */
const STORING = new Set(['responses', 'files', 'batches', 'batches/:id', 'batches/:id/cancel'])

/**
 * Passes one admitted call on. The request goes upstream at once; the first byte of the answer goes to the caller when the intent is
 * on the disk, and the last bytes when the record is. So a caller that has a whole answer has a record.
 */
export function passOn(settings: ExchangeSettings, open: OpenCall, onOver: () => void): Exchange {
  const { store, upstream, metrics } = settings
  const { incoming, outgoing, route, admitted, facts } = open
  const began = performance.now()
  const answer = createSaltedDigest()
  const upstreamKey = settings.upstreamKey(route.dialect)
  const mask = createKeyMask(keyIn(upstreamKey))
  const ours = [
    'stemma-call',
    admitted.call,
    'stemma-block',
    String(admitted.block),
    'stemma-request-salt',
    open.requestDigest.salt,
    'stemma-response-salt',
    answer.salt,
  ]
  let head: UpstreamHead | undefined
  let meter: Meter | undefined
  let early: Buffer[] = []
  let earlyBytes = 0
  let held: Buffer[] = []
  let heldBytes = 0
  let passedBytes = 0
  let isDurable = false
  let isBegun = false
  let isOver = false
  let hasLeft = false
  let drained = 0
  let timers: NodeJS.Timeout[] = []
  let stalled: NodeJS.Timeout | undefined
  let hasLast = false
  const taps = STORING.has(route.name) ? createIdTap(facts().stream) : undefined

  const after = (seconds: number, what: () => void): void => void timers.push(setTimeout(what, seconds * 1000))
  const place = (): 'before' | 'mid' => (head === undefined ? 'before' : 'mid')

  const begun = kept(
    store.begin({
      call: admitted.call,
      credential: admitted.entry.credential,
      epoch: admitted.epoch,
      time: admitted.time,
      block: admitted.block,
      use: admitted.entry.use,
      reserved: admitted.reserved,
    }),
  )
  metrics.open(1)

  const call: UpstreamCall = upstream.send(open.request, {
    onHead(given) {
      head = given
      // The end of a form, where its model may stand, was not checked yet, nor sent.
      if (isGood(given.status) && !open.isWhole()) return finish('upstream-cut', REFUSALS.upstreamCut)
      meter = meterOf(route, facts(), given.status, given.headers)
      if (isDurable) beginSoon()
    },
    onData(bytes) {
      if (isOver) return
      const chunk = mask.push(bytes)
      if (chunk.length > 0) take(chunk)
    },
    onEnd: endWhole,
    onFail(failure) {
      if (hasLeft) return finish(`left-${place()}-answer`)
      finish(
        head === undefined && failure.code !== REFUSALS.upstreamCut.code ? 'upstream-away' : 'upstream-cut',
        failure,
      )
    },
  })

  /** Takes the next bytes of the answer. */
  function take(chunk: Buffer): void {
    const { pass, hold } = meter!.push(chunk)
    taps?.push(chunk)
    if (hasLeft) return drain(chunk.length)
    for (const part of pass) send(part)
    for (const part of hold) keep(part)
    if (hold.length === 0 || hasLast) return
    // The answer is whole for a caller now. Some servers keep the connection open all the same.
    hasLast = true
    after(settings.endWithin ?? END_WITHIN, endWhole)
  }

  /** Ends the call after an answer that came whole. */
  function endWhole(): void {
    if (isOver) return
    const last = mask.end()
    if (last.length > 0) take(last)
    // It may have been more than is kept.
    if (isOver) return
    for (const part of meter!.end()) keep(part)
    if (hasLeft) return finish('left-mid-answer')
    finish(isGood(head!.status) ? 'served' : 'upstream-error')
  }

  begun.then(
    () => {
      isDurable = true
      if (isOver || head === undefined) return
      if (!hasLeft) beginSoon()
      if (isOver) return
      for (const part of hasLeft ? [] : early) pass(part)
      early = []
      if (stalled === undefined) call.resume()
    },
    (failure: Error) => {
      settings.onStoreFailure(failure)
      if (isOver) return
      isOver = true
      leaveAlone()
      call.abort()
      admitted.settle({ calls: 0, tokens: 0 })
      over()
      refuseOrReset(REFUSALS.storeFailed)
    },
  )

  after(settings.longest, () => {
    if (hasLeft) finish(`left-${place()}-answer`)
    else finish('upstream-cut', REFUSALS.tooLong)
  })

  const onClose = (): void => {
    if (outgoing.writableFinished || isOver || hasLeft) return
    if (settings.onLeave === 'stop') return finish(`left-${place()}-answer`)
    hasLeft = true
    // Nothing is waited for but the end of the answer.
    clearTimeout(stalled)
    after(settings.onLeave.drain.seconds, () => finish(`left-${place()}-answer`))
    if (isDurable) call.resume()
  }
  const onDrain = (): void => {
    clearTimeout(stalled)
    stalled = undefined
    call.resume()
  }
  outgoing.on('close', onClose).on('drain', onDrain)
  admitted.onLost = (refusal) => {
    const lose = (): void => finish(`lost-${place()}-answer`, refusal)
    if (settings.onRevoke === 'cut') lose()
    else after(settings.onRevoke.finish.seconds, lose)
  }
  // It may have left while its request was read.
  if (outgoing.destroyed) queueMicrotask(onClose)

  /** Sends the head of the answer in one packet with what comes within this turn, or alone. */
  function beginSoon(): void {
    try {
      begin()
    } catch (failure) {
      settings.onFailure(failure)
      return finish('upstream-cut', REFUSALS.upstreamCut)
    }
    setImmediate(() => {
      if (!isOver && !outgoing.destroyed) outgoing.flushHeaders()
    })
  }

  function begin(): void {
    if (isBegun || hasLeft) return
    isBegun = true
    const { status, statusText, raw } = head!
    const described = settings.description.headers(open.name() ?? '', raw).flat()
    const isSame = !facts().addedUsage
    outgoing.writeHead(status, statusText, responseHeaders(raw, [...ours, ...described], upstreamKey, isSame))
  }

  function send(part: Buffer): void {
    if (held.length > 0) keep(part)
    else if (isDurable) pass(part)
    else wait(part)
  }

  function pass(part: Buffer): void {
    answer.push(part)
    passedBytes += part.length
    if (outgoing.write(part) || stalled !== undefined || outgoing.destroyed) return
    call.pause()
    stalled = setTimeout(() => finish('left-mid-answer'), settings.stall * 1000)
  }

  /** Keeps a part until the intent is on the disk. */
  function wait(part: Buffer): void {
    early.push(part)
    earlyBytes += part.length
    if (earlyBytes > MOST_EARLY) call.pause()
  }

  function keep(part: Buffer): void {
    held.push(part)
    heldBytes += part.length
    if (heldBytes > MOST_HELD) finish('upstream-cut', REFUSALS.upstreamCut)
  }

  function drain(bytes: number): void {
    drained += bytes
    if (settings.onLeave !== 'stop' && drained > settings.onLeave.drain.bytes) finish('left-mid-answer')
  }

  /** Ends the call: settles and records it in one tick, and lets the caller have the end when the record is on the disk. */
  function finish(ending: CallEnding, refusal?: Refusal): void {
    if (isOver) return
    isOver = true
    leaveAlone()
    call.abort()
    const isWhole = ending === 'served' || ending === 'upstream-error'
    if (isWhole) {
      held = [...early, ...held]
      for (const part of held) answer.push(part)
    }
    const { outcome, tokens } = SETTLEMENTS[ending]
    const usage = usageBy(tokens)
    const isAnswered = passedBytes > 0 || (isWhole && head !== undefined)
    const end: CallEnd = {
      call: admitted.call,
      request: open.isWhole() ? open.requestDigest.digest() : ZERO_DIGEST,
      response: isAnswered ? answer.digest() : ZERO_DIGEST,
      outcome,
      inputTokens: usage.batch ? 0 : usage.inputTokens,
      outputTokens: usage.batch ? 0 : usage.outputTokens,
      counted: usage.counted,
    }
    // Also of a response that was cut, so that its caller can ask for it, or cancel it.
    if (ending === 'served' || (route.name === 'responses' && head !== undefined && isGood(head.status))) noteStored()
    const batch = outcome === 'served' ? usage.batch : undefined
    if (!batch) admitted.settle({ calls: outcome === 'served' ? 1 : 0, tokens: end.inputTokens + end.outputTokens })
    // The intent may still be on its way: then both go to the disk together.
    Promise.all([begun, batch ? recordBatch(end, batch, usage) : kept(store.end(end))])
      .then(
        () => {
          over()
          metrics.ended(route.name, ending, usage)
          settings.onEnded?.({
            route: route.name,
            ending,
            status: head?.status,
            milliseconds: Math.round(performance.now() - began),
            call: admitted.call,
            key: admitted.entry.id,
          })
          if (isWhole) sendEnd()
          else if (!ending.startsWith('left')) refuseOrReset(refusal ?? REFUSALS.upstreamCut)
          // It may be there, and not read.
          else if (!outgoing.destroyed) incoming.socket.resetAndDestroy()
        },
        (failure: Error) => {
          admitted.settle({ calls: 0, tokens: 0 })
          over()
          settings.onStoreFailure(failure)
          refuseOrReset(REFUSALS.storeFailed)
        },
      )
      .catch((failure: unknown) => {
        settings.onFailure(failure)
        incoming.socket.resetAndDestroy()
      })
  }

  /** Notes what the answer says was stored. A call does not fail because of it. */
  function noteStored(): void {
    try {
      for (const id of taps?.ids() ?? []) settings.storedIds.add(id, admitted.entry.credential)
    } catch (failure) {
      settings.onFailure(failure)
    }
  }

  function usageBy(tokens: 'metered' | 'input' | 'none'): Usage {
    if (tokens === 'metered' && meter !== undefined) return meter.usage()
    const inputTokens = tokens === 'input' && open.isWhole() ? facts().inputTokens : 0
    return { inputTokens, outputTokens: 0, counted: 'estimated' }
  }

  /**
   * Records a call that shows a complete batch, and, unless that was done before, the batch: under an id of its own, with its tokens. Both
   * count in the quota, as they do in the log.
   */
  async function recordBatch(
    end: CallEnd,
    batch: BatchSeen,
    { inputTokens, outputTokens, counted }: Usage,
  ): Promise<void> {
    const name = callOfBatch(batch)
    // Callers that ask at once find the mark of the first one.
    const isFirst = !countedBatches.has(name)
    if (isFirst) countedBatches.add(name)
    try {
      const id = isFirst ? await freeIdOf(batch) : undefined
      admitted.settle(id === undefined ? { calls: 1, tokens: 0 } : { calls: 2, tokens: inputTokens + outputTokens })
      await Promise.all([
        kept(store.end(end)),
        id !== undefined && storeBatch(id, { inputTokens, outputTokens, counted }),
      ])
    } finally {
      if (isFirst) countedBatches.delete(name)
    }
  }

  /** The id under which a batch is recorded; undefined when it was. A recording that a crash had cut has taken the id before. */
  async function freeIdOf(batch: BatchSeen): Promise<CallId | undefined> {
    for (let attempt = 0; ; attempt++) {
      const id = callOfBatch(batch, attempt)
      const found = await store.find(id)
      if (found === undefined) return id
      if (found.record.outcome === 'served') return undefined
    }
  }

  async function storeBatch(
    call: CallId,
    tokens: Pick<CallEnd, 'inputTokens' | 'outputTokens' | 'counted'>,
  ): Promise<void> {
    const { entry, epoch, time, block } = admitted
    await store.begin({ call, credential: entry.credential, epoch, time, block, use: entry.use, reserved: 0 })
    await store.end({ call, request: ZERO_DIGEST, response: ZERO_DIGEST, outcome: 'served', ...tokens })
  }

  function sendEnd(): void {
    if (outgoing.destroyed) return
    begin()
    // Who does not read the end either must not keep the connection.
    outgoing.setTimeout(settings.stall * 1000, () => incoming.socket.destroy())
    // What is written within one tick leaves as one packet.
    for (const part of held.splice(0, held.length - 1)) outgoing.write(part)
    outgoing.end(held[0])
    held = []
  }

  function refuseOrReset(refusal: Refusal): void {
    if (outgoing.destroyed) return
    if (isBegun) resetWhenSent(incoming.socket)
    else {
      metrics.refused(refusal.code)
      refuse(outgoing, refusal, route.dialect, pairsOf(ours))
    }
  }

  /** Journal entries take part in the histogram. */
  function kept(entry: Promise<void>): Promise<void> {
    const asked = performance.now()
    return entry.then(() => metrics.kept((performance.now() - asked) / 1000))
  }

  function leaveAlone(): void {
    clearTimeout(stalled)
    for (const timer of timers) clearTimeout(timer)
    timers = []
    outgoing.off('close', onClose).off('drain', onDrain)
    admitted.onLost = () => undefined
  }

  function over(): void {
    metrics.open(-1)
    open.discard?.()
    onOver()
  }

  return {
    end(ending, refusal) {
      finish(ending === 'stopped' ? `stopped-${place()}-answer` : ending, refusal)
    },
  }
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300
}

/** Milliseconds that the bytes before a reset have to leave. */
const LAST_BYTES = 1000

/** Resets a connection, so that nobody takes what came for the whole; what was written before still goes out. */
function resetWhenSent(socket: Socket): void {
  const reset = (): void => {
    clearTimeout(late)
    socket.off('drain', reset)
    socket.resetAndDestroy()
  }
  const late = setTimeout(reset, LAST_BYTES)
  if (socket.writableLength === 0) reset()
  else socket.on('drain', reset)
}

/** Batches whose tokens are being recorded. */
const countedBatches = new Set<string>()

function pairsOf(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1]!] as [string, string]] : []))
}
