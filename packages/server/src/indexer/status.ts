import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'

import type { IndexerStep } from './indexer.ts'
import { RpcError } from './rpc.ts'
import type { NodeHealth } from './rpcPool.ts'
import type { IndexCheckpoint } from './store.ts'

/** The state of an indexer, derived from its steps. */
export type Status = {
  /** Takes a step of the indexer into account. */
  update(step: IndexerStep): void
  /** Takes note of what tells how each of several nodes is doing. */
  follow(health: () => NodeHealth[]): void
  /** Whether the database is caught up and the node and the database answer. */
  isReady(): boolean
  /** The status as an object. */
  describe(): {
    ready: boolean
    checkpoint: IndexCheckpoint | null
    events: number
    failure: string | null
    /** Of several nodes, each as it is now, in the order of preference. */
    nodes: NodeHealth[]
  }
  /** The metrics in Prometheus's text format. */
  metrics(): Promise<string>
}

/** When an indexer counts as caught up. */
export type StatusOptions = {
  /** Most blocks behind the node's head. */
  lag?: number
  /** Most milliseconds since the node and the database last answered. */
  silence?: number
  /** The clock, in milliseconds. */
  now?: () => number
}

/** Keeps the status of an indexer. */
export function createStatus({ lag = 10, silence = 60_000, now = Date.now }: StatusOptions = {}): Status {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [registry] })
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers: [registry] })
  const block = gauge('stemma_index_block', 'Last block whose events are in the database.')
  const head = gauge('stemma_index_head_block', "The node's newest block when the database was last written.")
  const finalized = gauge('stemma_index_finalized_block', 'Newest block that cannot be replaced.')
  const time = gauge('stemma_index_block_time_seconds', 'Time of the last block, in Unix seconds.')
  const ready = gauge('stemma_index_ready', '1 when the database is caught up.')
  const events = counter('stemma_index_events_total', 'Events that were written.')
  const reorgs = counter('stemma_index_reorgs_total', 'Reorganizations that were undone.')
  const undone = counter('stemma_index_undone_blocks_total', 'Blocks that were undone.')
  const failures = counter('stemma_index_failures_total', 'Transient failures of the node or the database.')
  const retries = new Counter({
    name: 'stemma_index_node_retries_total',
    help: 'Requests to a node that failed and were sent again, by reason.',
    registers: [registry],
    labelNames: ['reason'] as const,
  })
  const healthy = new Gauge({
    name: 'stemma_index_node_healthy',
    help: '1 while a node of several answers, 0 while it does not.',
    registers: [registry],
    labelNames: ['node'] as const,
  })

  let nodes: () => NodeHealth[] = () => []
  let checkpoint: IndexCheckpoint | undefined
  let isCaughtUp = false
  let lastSuccess = -Infinity
  let failure: string | null = null
  let total = 0

  const take = (next: IndexCheckpoint | undefined): void => {
    checkpoint = next
    if (!next) return
    block.set(next.block)
    head.set(next.head)
    finalized.set(next.finalized)
    time.set(next.time)
  }
  const isReady = (): boolean =>
    isCaughtUp &&
    checkpoint !== undefined &&
    checkpoint.head - checkpoint.block <= lag &&
    now() - lastSuccess <= silence
  const succeed = (): void => {
    lastSuccess = now()
    failure = null
  }

  return {
    update(step) {
      if (step.kind === 'started') take(step.checkpoint)
      if (step.kind === 'batch') {
        take(step.checkpoint)
        total += step.events
        events.inc(step.events)
        succeed()
      }
      if (step.kind === 'caught-up') {
        take(step.checkpoint)
        isCaughtUp = true
        succeed()
      }
      if (step.kind === 'alive') succeed()
      if (step.kind === 'reorg') {
        reorgs.inc()
        undone.inc(step.depth)
      }
      if (step.kind === 'retry') retries.inc({ reason: step.error instanceof RpcError ? step.error.reason : 'other' })
      if (step.kind === 'failure') {
        failures.inc()
        failure = step.error.message
      }
    },
    follow: (health) => void (nodes = health),
    isReady,
    describe: () => ({
      ready: isReady(),
      checkpoint: checkpoint ?? null,
      events: total,
      failure,
      nodes: nodes(),
    }),
    async metrics() {
      ready.set(isReady() ? 1 : 0)
      for (const { name, isHealthy } of nodes()) healthy.set({ node: name }, isHealthy ? 1 : 0)
      return registry.metrics()
    },
  }
}

/** A server for `/health`, `/ready` and `/metrics`. */
export type StatusServer = {
  port: number
  /** Stops the server and drops open requests. */
  close(): Promise<void>
}

/**
 * Serves the status of an indexer. `/health` answers 200 while the process lives; `/ready` answers 200 when the database is
 * caught up and 503 otherwise, both with the status as JSON. `/metrics` is for Prometheus.
 */
export async function serveStatus(status: Status, options: { port: number; host?: string }): Promise<StatusServer> {
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]
    const json = (code: number): void => {
      response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(status.describe())}\n`)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405, { allow: 'GET, HEAD' }).end()
    else if (path === '/health') json(200)
    else if (path === '/ready') json(status.isReady() ? 200 : 503)
    else if (path === '/metrics') {
      status.metrics().then(
        (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
        () => response.writeHead(500).end(),
      )
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host ?? '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
