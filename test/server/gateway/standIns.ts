import { once } from 'node:events'
import { createServer, request, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createCallIds } from '../../../packages/server/src/gateway/callId.ts'
import type { EndedCall } from '../../../packages/server/src/gateway/exchange.ts'
import { openUpstream } from '../../../packages/server/src/gateway/forward.ts'
import { createGateway, type Gateway, type GatewaySettings } from '../../../packages/server/src/gateway/gateway.ts'
import { createGatewayMetrics } from '../../../packages/server/src/gateway/metrics.ts'
import type { Admitted, KeyEntry, Refusal } from '../../../packages/server/src/gateway/ports.ts'
import { openStoredIds } from '../../../packages/server/src/gateway/storedIds.ts'
import type { CallCounts, CallEnd, CallIntent } from '../../../src/audit/usageStore.ts'
import type { CredentialId, ModelId, TierId } from '../../../src/core/hex.ts'

const MODEL = `0x${'11'.repeat(32)}` as ModelId

/** An entry for a key. */
export function entryOf(name: string, credential: string): KeyEntry {
  return {
    id: `key-${name}`,
    holder: `0x${'22'.repeat(20)}` as KeyEntry['holder'],
    model: MODEL,
    tier: `0x${'33'.repeat(32)}` as TierId,
    credential: `0x${credential.repeat(32)}` as CredentialId,
    use: 'commercial',
    rate: {},
  }
}

/** A call as the stand-in of the store keeps it. */
export type KeptEnd = CallIntent & CallEnd

/** A gateway whose keys, chain and disk are in memory, so that a test can hold them back; everything else is as it is served. */
export type BareGateway = {
  url: string
  gateway: Gateway
  /** What was recorded, in order. */
  ends: KeptEnd[]
  /** Waits until so many calls were recorded. */
  recorded(count: number): Promise<KeptEnd[]>
  /** How calls ended. */
  ended: EndedCall[]
  /** Calls that were admitted and are not settled. */
  open: Set<Admitted>
  settled: CallCounts[]
  failures: unknown[]
  storeFailures: Error[]
  /** What holds the disk back, by step: a promise that it waits for. */
  disk: { begin?: Promise<void>; end?: Promise<void> }
  /** What is refused instead of being admitted, and what an admission waits for: it is called, and its promise awaited. */
  refuses: { with?: Refusal; after?: () => Promise<void> }
  /** Connections of callers that are open now. */
  connections(): Promise<number>
  close(): Promise<void>
}

/** Starts a gateway before an upstream. Its keys are `one` and `two`, of different credentials. */
export async function startBareGateway(
  upstreamUrl: string,
  settings: Partial<GatewaySettings> & { times?: Parameters<typeof openUpstream>[1] } = {},
): Promise<BareGateway> {
  const { times, ...others } = settings
  const keys = new Map([
    ['one', entryOf('one', 'aa')],
    ['two', entryOf('two', 'bb')],
  ])
  const intents = new Map<string, CallIntent>()
  const ends: KeptEnd[] = []
  const ended: EndedCall[] = []
  const open = new Set<Admitted>()
  const settled: CallCounts[] = []
  const failures: unknown[] = []
  const storeFailures: Error[] = []
  const disk: BareGateway['disk'] = {}
  const refuses: BareGateway['refuses'] = {}
  const waiting = new Set<() => void>()
  const nextId = createCallIds(Date.now)
  const covers = (_: KeyEntry, name: string): Refusal | undefined =>
    name === 'hostile-1' ? undefined : { status: 404, code: 'model_not_served', message: 'Not served.' }
  const head = { block: 7, hash: `0x${'00'.repeat(32)}` as const, time: Math.floor(Date.now() / 1000) }
  const upstream = openUpstream(upstreamUrl, times)
  const storedIds = openStoredIds(':memory:')
  const gateway = createGateway({
    admission: {
      identify: (secret) =>
        keys.get(secret ?? '') ?? { status: 401, code: 'key_unknown', message: 'The gateway does not know this key.' },
      covers,
      async admit(entry, name, tokens) {
        await refuses.after?.()
        const refusal = refuses.with ?? (name === undefined ? undefined : covers(entry, name))
        if (refusal) return refusal
        let isOpen = true
        const admitted: Admitted = {
          entry,
          call: nextId(),
          time: 1_700_000_000,
          block: 7,
          epoch: 0,
          reserved: tokens,
          settle(used) {
            if (!isOpen) return
            isOpen = false
            open.delete(admitted)
            settled.push(used)
          },
        }
        open.add(admitted)
        return admitted
      },
    },
    standing: {
      head,
      check: () => ({ block: 7, epoch: 0 }),
      placeOf: () => ({ block: 7, epoch: 0 }),
      onLost: () => () => undefined,
      include: async () => undefined,
      close: async () => undefined,
    },
    // Only what a call takes of a store.
    store: {
      async begin(intent: CallIntent) {
        if (intents.has(intent.call)) throw new Error(`The call ${intent.call} began already.`)
        intents.set(intent.call, intent)
        await disk.begin
      },
      async end(end: CallEnd) {
        await disk.end
        ends.push({ ...intents.get(end.call)!, ...end })
        for (const look of waiting) look()
      },
      async find(call: string) {
        const record = ends.find((each) => each.call === call)
        return record && { record }
      },
    } as unknown as GatewaySettings['store'],
    upstream,
    upstreamKey: (dialect) => (dialect === 'anthropic' ? ['x-api-key', 'up-key'] : ['authorization', 'Bearer up-key']),
    description: { headers: () => [['stemma-model', MODEL]], model: () => ({}) },
    models: [{ name: 'hostile-1', model: MODEL, use: 'commercial' }],
    storedIds,
    metrics: createGatewayMetrics({ head }),
    dialects: ['openai', 'anthropic'],
    asksUsage: true,
    onLeave: 'stop',
    onRevoke: 'cut',
    bodyLimit: 1024 * 1024,
    stall: 60,
    longest: 600,
    onEnded: (each) => void ended.push(each),
    onFailure: (failure) => void failures.push(failure),
    onStoreFailure: (failure) => void storeFailures.push(failure),
    ...others,
  })
  const server = createServer((incoming, outgoing) => gateway.handle(incoming, outgoing))
  server.on('checkContinue', (incoming, outgoing) => gateway.handle(incoming, outgoing, true))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    gateway,
    ends,
    ended,
    open,
    settled,
    failures,
    storeFailures,
    disk,
    refuses,
    recorded: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (ends.length < count) return
          waiting.delete(look)
          resolve(ends)
        }
        waiting.add(look)
        look()
      }),
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    async close() {
      server.close()
      server.closeAllConnections()
      await upstream.close()
      storedIds.close()
    },
  }
}

/** An answer, byte for byte. */
export type RawAnswer = {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** Whether it came whole: a reset in its middle is not an end. */
  isWhole: boolean
}

/** What a caller sends. */
export type RawRequest = {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer | AsyncIterable<Buffer>
  /** Leaves when this returns true, asked after the headers and after each chunk. */
  leaves?: (got: { chunks: number }) => boolean
}

/** Sends a request, and takes the answer as it comes. */
export function ask(url: string, { method = 'POST', headers = {}, body, leaves }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const typed = typeof body === 'string' ? { 'content-type': 'application/json' } : {}
    const outgoing = request(url, {
      method,
      headers: { authorization: 'Bearer one', ...typed, ...headers },
      agent: false,
    })
    let hasBegun = false
    // A reset in the middle of an answer is an error of both.
    outgoing.on('error', (error) => hasBegun || reject(error))
    outgoing.on('response', (incoming) => {
      hasBegun = true
      const parts: Buffer[] = []
      const end = (isWhole: boolean): void =>
        resolve({ status: incoming.statusCode!, headers: incoming.headers, body: Buffer.concat(parts), isWhole })
      incoming.on('close', () => end(incoming.complete))
      if (leaves?.({ chunks: 0 })) return void outgoing.destroy()
      incoming.on('data', (part: Buffer) => {
        parts.push(part)
        if (leaves?.({ chunks: parts.length })) outgoing.destroy()
      })
      incoming.on('error', () => end(false))
    })
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) outgoing.end(body)
    else void send(outgoing, body).catch(reject)
  })
}

async function send(outgoing: ReturnType<typeof request>, body: AsyncIterable<Buffer>): Promise<void> {
  for await (const part of body) {
    if (!outgoing.write(part)) await Promise.race([once(outgoing, 'drain'), once(outgoing, 'close')])
  }
  outgoing.end()
}

/** A body for chat/completions. */
export function chat(more: object = {}): string {
  return JSON.stringify({ model: 'hostile-1', messages: [{ role: 'user', content: 'Hello there.' }], ...more })
}
