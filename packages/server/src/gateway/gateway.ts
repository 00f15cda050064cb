import type { IncomingMessage, ServerResponse } from 'node:http'

import { ZERO_DIGEST } from 'stemma/core'

import type { KeyAdmission } from './admission.ts'
import { passOn, type Exchange, type ExchangeSettings } from './exchange.ts'
import { faultOfHeaders, holdsKey, presentedKey, requestHeaders } from './headers.ts'
import { modelEntry, modelList } from './modelList.ts'
import {
  isRefusal,
  type Admitted,
  type ApiDialect,
  type KeyEntry,
  type Refusal,
  type RequestFacts,
  type ServedModel,
  type Standing,
} from './ports.ts'
import { createRefusedCalls } from './refusedCalls.ts'
import { refuse, REFUSALS } from './refusals.ts'
import { discardBody, readBody, watchBody } from './requestBody.ts'
import { readRequest } from './requests.ts'
import { reservedTokens } from './reservedTokens.ts'
import { dialectOf, findRoute, type FoundRoute } from './routes.ts'
import { createSaltedDigest, type SaltedDigest } from './saltedDigest.ts'
import { referencesIn } from './storedIds.ts'
import { watchMultipart } from './watchMultipart.ts'

/** What a gateway is made of. */
export type GatewaySettings = ExchangeSettings & {
  admission: Pick<KeyAdmission, 'identify' | 'admit' | 'covers'>
  standing: Standing
  models: readonly ServedModel[]
  /** The APIs that the upstream has. */
  dialects: readonly ApiDialect[]
  /** Whether the upstream answers `stream_options.include_usage`. */
  asksUsage: boolean
  /** Most bytes of a JSON body. */
  bodyLimit: number
  /** Called when a request is refused: the route's name, or undefined where there is none, and the key's id if one is known. */
  onRefused?: (refused: { route: string | undefined; key: string | undefined; status: number; code: string }) => void
  now?: () => number
}

/** Answers the calls of an API. */
export type Gateway = {
  /** Answers one request, and never rejects. @param asksFirst whether the caller waits for 100 before it sends a body */
  handle(incoming: IncomingMessage, outgoing: ServerResponse, asksFirst?: boolean): void
  /** How many calls are open. */
  readonly open: number
  /** Admits no more calls, waits for the open ones for so many seconds, and ends those that are left. */
  stop(seconds: number): Promise<void>
}

/** Makes a gateway of its parts. */
export function createGateway(settings: GatewaySettings): Gateway {
  const { admission, standing, models, metrics, storedIds } = settings
  const open = new Set<Exchange>()
  const refusedCalls = createRefusedCalls(
    settings.store,
    () => standing.head?.time,
    settings.onStoreFailure,
    settings.now,
  )
  let isStopping = false
  let onEmpty: (() => void) | undefined

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse, asksFirst: boolean): Promise<void> {
    const { method = '', url: target = '', headers } = incoming
    const found = findRoute(method, target, headers)
    const dialect = isRefusal(found) ? dialectOf(target, headers) : found.route.dialect
    const asked: Asked = { incoming, outgoing, dialect, asksFirst }
    if (headers.upgrade !== undefined && /websocket/i.test(headers.upgrade)) return refused(asked, REFUSALS.upgrade)
    if (isRefusal(found)) return refused(asked, found)
    const fault = faultOfHeaders(incoming.rawHeaders)
    if (fault) return refused(asked, fault, found)
    if (isStopping) return refused(asked, REFUSALS.stopping, found)
    if (found.route.kind !== 'models' && !settings.dialects.includes(dialect)) {
      return refused(asked, REFUSALS.otherApi, found)
    }
    const key = presentedKey(headers)
    if (typeof key === 'object') return refused(asked, key, found)
    const entry: KeyEntry | Refusal = key === undefined ? REFUSALS.noKey : admission.identify(key)
    if (isRefusal(entry)) return refused(asked, entry, found)
    if (holdsKey(target, key!)) return refused(asked, REFUSALS.keyInPath, found, entry)
    if (found.route.kind === 'models') return listModels(asked, entry, found)
    if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
      return refused(asked, REFUSALS.contentEncoding, found, entry)
    }
    if (found.id !== undefined && !storedIds.owns(found.id, entry.credential)) {
      return refused(asked, REFUSALS.notYours, found, entry)
    }
    if (found.route.body === 'multipart') return passUpload(asked, entry, found, key!)
    return passJson(asked, entry, found, key!)
  }

  function listModels({ outgoing, ...asked }: Asked, entry: KeyEntry, found: FoundRoute): void {
    const covered = models.filter(({ model }) => model === entry.model)
    const one = found.id === undefined ? undefined : covered.find(({ name }) => name === found.id)
    const uncovered = found.id === undefined ? undefined : admission.covers(entry, found.id)
    if (uncovered) return refused({ outgoing, ...asked }, uncovered, found, entry)
    const body = JSON.stringify(
      one
        ? modelEntry(one, asked.dialect, settings.description)
        : modelList(covered, asked.dialect, settings.description),
    )
    outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    outgoing.end(body)
  }

  async function passJson(asked: Asked, entry: KeyEntry, found: FoundRoute, key: string): Promise<void> {
    const { incoming, outgoing, asksFirst } = asked
    const { route } = found
    if (route.body === 'json' && !/^application\/(?:[\w.-]+\+)?json\b/i.test(incoming.headers['content-type'] ?? '')) {
      return refused(asked, REFUSALS.contentType, found, entry)
    }
    if (asksFirst) outgoing.writeContinue()
    const body = await readBody(incoming, settings.bodyLimit)
    if (isRefusal(body)) return refused(asked, body, found, entry)
    const digest = createSaltedDigest()
    digest.push(body)
    const facts = readRequest(route, incoming.headers, body, { asksUsage: settings.asksUsage })
    if (isRefusal(facts)) return refused(asked, facts, found, entry, digest)
    if (route.body === 'json' && referencesIn(body).some((id) => !storedIds.owns(id, entry.credential))) {
      return refused(asked, REFUSALS.notYours, found, entry, digest)
    }
    // A batch takes its tokens when it has ended: there must be some left.
    const tokens = route.name === 'batches' ? 1 : reservedTokens(route, facts)
    const admitted = await admit(entry, facts.model, tokens)
    if (isRefusal(admitted)) return refused(asked, admitted, found, entry, digest)
    const sent = body.length > 0 || route.body === 'json' ? facts.body : null
    enter((onOver) =>
      passOn(
        settings,
        {
          incoming,
          outgoing,
          route,
          admitted,
          name: () => facts.model,
          facts: () => facts,
          request: {
            method: route.method,
            path: found.path,
            headers: requestHeaders(incoming.rawHeaders, key, settings.upstreamKey(route.dialect), false),
            body: sent,
          },
          requestDigest: digest,
          isWhole: () => true,
        },
        onOver,
      ),
    )
  }

  /** Passes on a body that is too large to be kept: it is watched while it streams. */
  async function passUpload(asked: Asked, entry: KeyEntry, found: FoundRoute, key: string): Promise<void> {
    const { incoming, outgoing, asksFirst } = asked
    const { route } = found
    let name: string | undefined
    const ownsAll = (body: Buffer): Refusal | undefined =>
      referencesIn(body).every((id) => storedIds.owns(id, entry.credential)) ? undefined : REFUSALS.notYours
    const onModel = (given: string): Refusal | undefined => {
      name = given
      return admission.covers(entry, given)
    }
    const watch = watchMultipart(route, incoming.headers, onModel, ownsAll)
    if (isRefusal(watch)) return refused(asked, watch, found, entry)
    let facts: Omit<RequestFacts, 'body'> = {
      model: undefined,
      stream: false,
      inputTokens: 0,
      maxTokens: undefined,
      addedUsage: false,
    }
    const admitted = await admit(entry, undefined, reservedTokens(route, facts))
    if (isRefusal(admitted)) return refused(asked, admitted, found, entry)
    if (asksFirst) outgoing.writeContinue()
    const digest = createSaltedDigest()
    let exchange: Exchange | undefined
    const body = watchBody(
      incoming,
      watch,
      digest,
      (given) => (facts = given),
      (refusal) =>
        exchange?.end(refusal.status === 403 || refusal.status === 404 ? 'body-refused' : 'body-cut', refusal),
      settings.bodyLimit,
    )
    enter((onOver) => {
      exchange = passOn(
        settings,
        {
          incoming,
          outgoing,
          route,
          admitted,
          name: () => facts.model ?? name,
          facts: () => facts,
          request: {
            method: route.method,
            path: found.path,
            headers: requestHeaders(incoming.rawHeaders, key, settings.upstreamKey(route.dialect), true),
            body: body.chunks,
          },
          requestDigest: digest,
          isWhole: body.isWhole,
          discard: body.discard,
        },
        onOver,
      )
      return exchange
    })
  }

  /** Admits a call, unless the gateway is stopped meanwhile: then nothing waits for what begins. */
  async function admit(entry: KeyEntry, name: string | undefined, tokens: number): Promise<Admitted | Refusal> {
    if (isStopping) return REFUSALS.stopping
    const admitted = await admission.admit(entry, name, tokens)
    if (!isStopping || isRefusal(admitted)) return admitted
    admitted.settle({ calls: 0, tokens: 0 })
    return REFUSALS.stopping
  }

  function enter(start: (onOver: () => void) => Exchange): void {
    const exchange = start(() => {
      open.delete(exchange)
      if (open.size === 0) onEmpty?.()
    })
    open.add(exchange)
  }

  function refused(asked: Asked, refusal: Refusal, found?: FoundRoute, entry?: KeyEntry, digest?: SaltedDigest): void {
    const { incoming, outgoing, dialect, asksFirst } = asked
    metrics.refused(refusal.code)
    settings.onRefused?.({ route: found?.route.name, key: entry?.id, status: refusal.status, code: refusal.code })
    if (outgoing.destroyed || outgoing.headersSent) return
    const call = entry && refusedCalls.record(entry, standing.placeOf(entry), digest?.digest() ?? ZERO_DIGEST)
    const headers: [string, string][] = [
      ...(call === undefined ? [] : [['stemma-call', call] as [string, string]]),
      ...(call === undefined || digest === undefined ? [] : [['stemma-request-salt', digest.salt] as [string, string]]),
      // Who was not asked for the body may send it or not, so the next request could begin in its middle.
      ...(asksFirst && !incoming.complete ? [['connection', 'close'] as [string, string]] : []),
    ]
    discardBody(incoming, settings.bodyLimit)
    refuse(outgoing, refusal, dialect, headers)
  }

  return {
    handle(incoming, outgoing, asksFirst = false) {
      incoming.on('error', () => undefined)
      outgoing.on('error', () => undefined)
      answer(incoming, outgoing, asksFirst).catch((failure: unknown) => {
        settings.onFailure(failure)
        if (outgoing.destroyed) return
        if (outgoing.headersSent) incoming.socket.resetAndDestroy()
        else refuse(outgoing, REFUSALS.internal, dialectOf(incoming.url ?? '', incoming.headers))
      })
    },
    get open() {
      return open.size
    },
    async stop(seconds) {
      isStopping = true
      if (open.size === 0) return
      await new Promise<void>((resolve) => {
        const cut = setTimeout(() => {
          for (const exchange of open) exchange.end('stopped', REFUSALS.stopping)
        }, seconds * 1000)
        onEmpty = () => {
          clearTimeout(cut)
          resolve()
        }
      })
    },
  }
}

type Asked = { incoming: IncomingMessage; outgoing: ServerResponse; dialect: ApiDialect; asksFirst: boolean }
