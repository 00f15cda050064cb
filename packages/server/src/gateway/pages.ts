import type { IncomingMessage, ServerResponse } from 'node:http'

import type { UsageStore } from 'stemma/audit'

import type { Upstream } from './forward.ts'
import { presentedKey } from './headers.ts'
import { isRefusal, type Admission, type KeyEntry, type Refusal, type ServedModel, type Standing } from './ports.ts'
import { refuse, REFUSALS } from './refusals.ts'

/** What a gateway says of itself and of single calls. */
export type PagesSettings = {
  store: UsageStore
  standing: Standing
  admission: Admission
  upstream: Upstream
  models: readonly ServedModel[]
  /** The keys that have not ended. */
  keys: () => readonly KeyEntry[]
  /** The operator, and the receipt key with the operator's signature for it. */
  operator: object
  /** The oldest anchored checkpoint that holds a record; undefined while none does. */
  checkpointOf: (
    owner: NonNullable<Awaited<ReturnType<UsageStore['find']>>>['owner'],
    index: number,
  ) => Promise<unknown>
  /** Set while the gateway is being stopped. */
  isStopping: () => boolean
}

/** Answers a request if its path is one of the pages. */
export type Pages = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<boolean>

/** A call id in a path: a UUID in lower case. */
const CALL = /^\/stemma\/calls\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** Makes `/health`, `/ready`, `/stemma/gateway` and `/stemma/calls/<id>`. */
export function createPages(settings: PagesSettings): Pages {
  const { store, standing, upstream, models } = settings
  return async (incoming, outgoing) => {
    const path = incoming.url ?? ''
    const call = CALL.exec(path)?.[1]
    if (call === undefined && !PATHS.has(path)) return false
    if (incoming.method !== 'GET' && incoming.method !== 'HEAD') {
      const message = 'This path takes GET.'
      refuse(outgoing, { status: 405, code: 'method_refused', message, allow: 'GET, HEAD' }, 'openai')
    } else if (path === '/health') {
      const { failure } = store
      send(outgoing, failure ? 503 : 200, { ok: failure === undefined, ...(failure && { code: failure.code }) })
    } else if (path === '/ready') {
      const reason = await unreadyReason(settings)
      send(outgoing, reason === undefined ? 200 : 503, { ready: reason === undefined, ...(reason && { reason }) })
    } else if (path === '/stemma/gateway') {
      const named = models.map(({ name, model, use }) => ({ name, model, use }))
      send(outgoing, 200, { ...settings.operator, head: standing.head ?? null, models: named })
    } else {
      const answer = await describeCall(settings, incoming, call!)
      if (isRefusal(answer)) refuse(outgoing, answer, 'openai')
      else send(outgoing, 200, answer)
    }
    return true
  }

  function send(outgoing: ServerResponse, status: number, value: object): void {
    const text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? each.toString() : each))
    outgoing.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      ...(status === 503 && { 'retry-after': '5' }),
    })
    outgoing.end(text)
  }

  /** Why no call should be sent here now; undefined when one may. */
  async function unreadyReason({ keys, isStopping }: PagesSettings): Promise<string | undefined> {
    if (isStopping()) return 'The gateway is being stopped.'
    if (store.failure) return 'The usage store has failed.'
    if (standing.head === undefined) return 'No head of the chain was read.'
    const [first] = keys()
    const checked = first && standing.check(first)
    if (checked && isRefusal(checked) && checked.status === 503) return checked.message
    return (await upstream.isReachable()) ? undefined : 'The upstream cannot be reached.'
  }
}

const PATHS = new Set(['/health', '/ready', '/stemma/gateway'])

/** What is known of a call, for the credential under which it was made. */
async function describeCall(
  { store, admission, checkpointOf }: PagesSettings,
  incoming: IncomingMessage,
  call: string,
): Promise<object | Refusal> {
  const key = presentedKey(incoming.headers)
  if (typeof key === 'object') return key
  if (key === undefined) return REFUSALS.noKey
  const entry = admission.identify(key)
  if (isRefusal(entry)) return entry
  const kept = await store.find(call)
  if (kept === undefined || kept.owner.credential !== entry.credential) return REFUSALS.callUnknown
  const { owner, record, place } = kept
  if (place === undefined) return { call, sealed: false, log: owner, record }
  const [proof, receipt, checkpoint] = await Promise.all([
    store.prove(call),
    store.receiptOf(call),
    checkpointOf(owner, place.index),
  ])
  return {
    call,
    sealed: true,
    log: owner,
    record: { index: place.index, ...record },
    proof,
    receipt: receipt ?? null,
    checkpoint: checkpoint ?? null,
  }
}
