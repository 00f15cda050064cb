import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { Wallet } from 'ethers'
import { openUsageStore } from 'stemma/audit'
import {
  isBytes32,
  parseAddress,
  parseModelId,
  StemmaError,
  type Address,
  type Deployment,
  type Hex,
} from 'stemma/core'
import { connect, nodeProvider, resolveModel, type Ledger } from 'stemma/sdk'

import { createAdmission } from './admission.ts'
import { startAnchoring } from './anchor.ts'
import { createDescription } from './description.ts'
import { InvalidGatewayConfigError, type GatewayConfig } from './config.ts'
import { openUpstream, type Upstream } from './forward.ts'
import { createGateway } from './gateway.ts'
import type { RawHeaders } from './headers.ts'
import type { KeyRecord } from './keyFile.ts'
import { openKeys } from './keys.ts'
import { listenAt } from './listen.ts'
import { wordsOf, type Log } from './log.ts'
import { createGatewayMetrics } from './metrics.ts'
import { createPages } from './pages.ts'
import type { ApiDialect, ServedModel } from './ports.ts'
import { openQuotaStore } from './quota.ts'
import { readQuota } from './readQuota.ts'
import { refuse } from './refusals.ts'
import { openStanding } from './standing.ts'
import { openStoredIds } from './storedIds.ts'
import { unauthorizedFor } from './unauthorizedFor.ts'

/** What to serve, where, and as which operator. */
export type ServeGatewaySettings = {
  config: GatewayConfig
  deployment: Deployment
  /** Nodes of the deployment's chain. */
  nodes: readonly string[]
  /** The operator's private key. Each instance has an account of its own. */
  operatorKey: Hex
  /** The folder that paths of the configuration start from. */
  cwd: string
  env: NodeJS.ProcessEnv
  /** 0 for any free port. */
  port: number
  host: string
  /** Port of 127.0.0.1 for `/metrics`; none when left out. */
  metricsPort?: number
  log: Log
}

/** A gateway that serves. */
export type ServedGateway = {
  /** Such as `http://127.0.0.1:8700`. */
  url: string
  /** Where `/metrics` is, if anywhere. */
  metricsUrl: string | undefined
  operator: Address
  /** Settles when the gateway cannot go on: its store has failed, or the chain has what its disk does not. */
  failed: Promise<Error>
  /** Admits no more calls, lets those that run finish, seals, anchors, and closes. */
  close(): Promise<void>
}

/**
 * Serves a gateway in front of an upstream until it is closed: keys and standing decide, the journal keeps, the logs are anchored.
 *
 * @throws {@link InvalidGatewayConfigError}, `PortTakenError`, `LogBehindChainError`, and what the node and the files say
 */
export async function serveGateway(settings: ServeGatewaySettings): Promise<ServedGateway> {
  const { config, deployment, nodes, cwd, env, log } = settings
  const closing: (() => unknown)[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of closing.toReversed()) await close()
  }
  try {
    const upstreamKey = await readUpstreamKey(config, cwd, env)
    const quotaDatabase = databaseOf(config, env)
    const folder = resolve(cwd, config.folder)
    const provider = nodeProvider([...nodes], deployment, { agree: config.agree })
    closing.push(() => provider.destroy())
    const wallet = new Wallet(settings.operatorKey, provider)
    const operator = parseAddress(wallet.address)
    const ledger = await connect(wallet, deployment)
    const models = await resolveModels(ledger, config)
    for (const publisher of await unauthorizedFor(ledger, { operator, models })) {
      const problem = `The publisher ${publisher} has not authorized this gateway's account, so what it anchors counts for nobody. As the publisher: stemma publisher operators add ${operator} --scopes audit --until 365d`
      log({ level: 'warn', kind: 'operator-problem', problem })
    }

    let fail: (error: Error) => void = () => undefined
    const failed = new Promise<Error>((resolve) => (fail = resolve))
    const keysNow = (): KeyRecord[] => keys.all().filter(({ ended }) => ended === undefined)
    const store = await openUsageStore({
      folder: join(folder, 'usage'),
      operator,
      signReceiptKey: ({ domain, types, message }) => wallet.signTypedData(domain, types, message),
    })
    closing.push(() => store.close())
    const keys = await openKeys({ path: join(folder, 'keys.json'), onFailure: logged('keys-failure', 'error') })
    closing.push(() => keys.close())
    const standing = await openStanding({
      ledger,
      operator,
      keys: keysNow(),
      isLive: ({ id }) => {
        const record = keys.get(id)
        return record !== undefined && record.ended === undefined
      },
      words: config.words,
      ...(config.maxHeadAge !== undefined && { maxHeadAge: config.maxHeadAge }),
      onFailure: logged('head-failure', 'warn'),
    })
    closing.push(() => standing.close())
    const quota = await openQuotaStore({
      operator,
      ...(quotaDatabase !== undefined && { database: quotaDatabase }),
      onFailure: logged('quota-failure', 'warn'),
    })
    closing.push(() => quota.close())
    const admission = await createAdmission({
      keys,
      standing,
      quota,
      models,
      quotaOf: (entry) => readQuota(ledger, { entry, operator, own: store.countsOf(entry.credential) }),
      onFailure: logged('key-failure', 'error'),
    })
    closing.push(() => admission.close())
    const counting = setInterval(() => {
      admission.refresh().catch(logged('quota-failure', 'warn'))
    }, COUNTED_EVERY).unref()
    closing.push(() => clearInterval(counting))
    const anchoring = await startAnchoring({
      store,
      ledger,
      ...config.anchor,
      credentials: [...new Set(keysNow().map(({ credential }) => credential))],
      onAnchored: ({ owner, checkpoint, transaction }) =>
        log({ level: 'info', kind: 'anchored', ...owner, size: Number(checkpoint.size), transaction }),
      onError(error) {
        log({ level: 'error', kind: 'anchor-failure', ...wordsOf(error) })
        if (error instanceof StemmaError && error.code === 'LOG_BEHIND_CHAIN') fail(error)
      },
    })
    closing.push(() => anchoring.close())
    closing.push(() => store.seal())
    const upstream = openUpstream(config.upstream.url, config.upstream.times)
    closing.push(() => upstream.close())
    const { description, problems } = await createDescription({
      ledger,
      models,
      ...(config.words.trusted && { trusted: config.words.trusted }),
      ...(config.statements && { statements: config.statements }),
      ...(config.upstream.isGateway && { upstream: () => readList(upstream, upstreamKey('openai')) }),
    })
    const warnOf = (found: readonly string[]): void => {
      for (const problem of found) log({ level: 'warn', kind: 'description-problem', problem })
    }
    warnOf(problems)
    const refreshing = setInterval(() => {
      description.refresh().then(warnOf, logged('description-failure', 'warn'))
    }, DESCRIBED_EVERY).unref()
    closing.push(() => clearInterval(refreshing))
    const storedIds = openStoredIds(join(folder, 'stored.sqlite'))
    closing.push(() => storedIds.close())
    const metrics = createGatewayMetrics(standing)
    const gateway = createGateway({
      admission,
      standing,
      store,
      upstream,
      upstreamKey,
      description,
      models,
      storedIds,
      metrics,
      dialects: config.upstream.dialects,
      asksUsage: config.upstream.asksUsage,
      onLeave: config.onLeave,
      onRevoke: config.onRevoke,
      bodyLimit: config.bodyLimit,
      stall: config.stall,
      longest: config.longest,
      onEnded: (ended) => log({ level: LEVELS[ended.ending] ?? 'debug', kind: 'ended', ...ended }),
      onRefused: (refused) => log({ level: refused.status >= 500 ? 'warn' : 'debug', kind: 'refused', ...refused }),
      onFailure: (failure) => log({ level: 'error', kind: 'failure', ...wordsOf(failure) }),
      onStoreFailure(failure) {
        log({ level: 'error', kind: 'store-failure', ...wordsOf(failure) })
        fail(failure)
      },
    })
    let isStopping = false
    const pages = createPages({
      store,
      standing,
      admission,
      upstream,
      models,
      keys: keysNow,
      operator: { chainId: deployment.chainId, ledger: deployment.contracts.ledger, ...store.receiptKey },
      checkpointOf: (owner, index) => anchoring.checkpointOf(owner, index),
      isStopping: () => isStopping,
    })
    const metricsServer =
      settings.metricsPort === undefined
        ? undefined
        : await listenAt(settings.metricsPort, '127.0.0.1', (incoming, outgoing) => {
            void showMetrics()
            async function showMetrics(): Promise<void> {
              if (incoming.url !== '/metrics') {
                refuse(outgoing, { status: 404, code: 'path_refused', message: 'Here is only /metrics.' }, 'openai')
                return
              }
              const { text, type } = await metrics.read()
              outgoing.writeHead(200, { 'content-type': type }).end(text)
            }
          })
    if (metricsServer) closing.push(() => metricsServer.close(LAST_BYTES))
    const server = await listenAt(settings.port, settings.host, (incoming, outgoing, asksFirst) => {
      const path = incoming.url ?? ''
      if (!path.startsWith('/stemma/') && path !== '/health' && path !== '/ready') {
        gateway.handle(incoming, outgoing, asksFirst)
        return
      }
      pages(incoming, outgoing)
        .then((isAnswered) => isAnswered || gateway.handle(incoming, outgoing, asksFirst))
        .catch((failure: unknown) => {
          log({ level: 'error', kind: 'failure', ...wordsOf(failure) })
          outgoing.destroy()
        })
    })
    closing.push(async () => {
      isStopping = true
      const closed = server.close(config.stopWithin * 1000 + LAST_BYTES)
      await gateway.stop(config.stopWithin)
      await closed
    })
    const offLost = standing.onLost((credential, refusal) =>
      log({ level: 'info', kind: 'standing-lost', credential, code: refusal.code }),
    )
    closing.push(offLost)
    return { url: server.url, metricsUrl: metricsServer?.url, operator, failed, close: closeAll }
  } catch (error) {
    await closeAll().catch(() => undefined)
    throw error
  }

  function logged(kind: string, level: 'warn' | 'error'): (failure: Error | undefined) => void {
    return (failure) =>
      failure === undefined ? log({ level: 'info', kind: `${kind}-over` }) : log({ level, kind, ...wordsOf(failure) })
  }
}

/** Milliseconds that the last bytes have to leave when the gateway is closed. */
const LAST_BYTES = 2000
/** Milliseconds after which it is read again what other operators have anchored. */
const COUNTED_EVERY = 600_000
/** Milliseconds after which what is said of the models is read again. */
const DESCRIBED_EVERY = 60_000
/** Longest list of models of a gateway behind this one, in bytes. */
const LONGEST_LIST = 4 * 1024 * 1024

/** The list of models of the gateway behind this one. */
function readList(upstream: Upstream, key: RawHeaders): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const headers = [...key, 'accept', 'application/json']
    const call = upstream.send(
      { method: 'GET', path: '/v1/models', headers, body: null },
      {
        onHead: ({ status }) => {
          if (status === 200) return
          reject(new Error(`it answers with status ${status}`))
          call.abort()
        },
        onData: (chunk) => {
          size += chunk.length
          if (size <= LONGEST_LIST) return void chunks.push(chunk)
          reject(new Error('its list is too long'))
          call.abort()
        },
        onEnd: () => {
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')))
          } catch {
            reject(new Error('its list is not JSON'))
          }
        },
        onFail: ({ code }) => reject(new Error(code)),
      },
    )
  })
}

/** Endings that an operator wants to know of. */
const LEVELS: Readonly<Record<string, 'warn' | 'info'>> = {
  'upstream-away': 'warn',
  'upstream-cut': 'warn',
  'lost-before-answer': 'info',
  'lost-mid-answer': 'info',
}

/** The headers by which the upstream gets its key. */
async function readUpstreamKey(
  { upstream: { keyEnv, keyFile } }: GatewayConfig,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<(dialect: ApiDialect) => RawHeaders> {
  const key =
    keyFile === undefined ? (keyEnv && env[keyEnv])?.trim() : (await readKeyFile(resolve(cwd, keyFile))).trim()
  // Neither is repeated: by mistake it may be the key itself.
  if (keyEnv !== undefined && !key) {
    throw new InvalidGatewayConfigError('upstream.keyEnv', undefined, 'the name of an environment variable that is set')
  }
  if (!key) return () => []
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new InvalidGatewayConfigError(
      keyFile ? 'upstream.keyFile' : 'upstream.keyEnv',
      undefined,
      'the place where one line of printable characters is, without spaces',
    )
  }
  return (dialect) => (dialect === 'anthropic' ? ['x-api-key', key] : ['authorization', `Bearer ${key}`])
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw new InvalidGatewayConfigError('upstream.keyFile', undefined, 'the path of a file that can be read')
  }
}

function databaseOf({ quotaDatabaseEnv: name }: GatewayConfig, env: NodeJS.ProcessEnv): string | undefined {
  if (name === undefined) return undefined
  const url = env[name]
  if (url && /^postgres(ql)?:\/\//.test(url)) return url
  throw new InvalidGatewayConfigError(
    'quota.databaseEnv',
    undefined,
    'the name of an environment variable with a postgres:// URL',
  )
}

/** The ids of the models that are served. */
function resolveModels(ledger: Ledger, { models }: GatewayConfig): Promise<ServedModel[]> {
  return Promise.all(
    models.map(async ({ name, model, use }) => ({
      name,
      use,
      model: isBytes32(model) ? parseModelId(model) : (await resolveModel(ledger, { query: model })).model,
    })),
  )
}
