import { Counter, Gauge, Histogram, Registry } from 'prom-client'

import type { Feed } from './chain/feed.ts'
import type { AnswerCache } from './http/answerCache.ts'
import type { GraphCache } from './registry/graphCache.ts'
import type { Progress } from './ledgerView.ts'

/** Figures of the process for Prometheus. */
export type Metrics = {
  /** Counts a request with its kind, its status and its duration in seconds. */
  observe(kind: string, status: number, seconds: number): void
  /** The figures as text, and their content type. */
  read(progress: Progress | undefined): Promise<{ text: string; type: string }>
}

/** Metrics of one server. */
export function createMetrics({
  cache,
  feed,
  answers,
}: {
  cache: GraphCache
  feed: Feed
  answers: AnswerCache
}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Counter({
    name: 'stemma_api_requests_total',
    help: 'Answered requests, by kind and status.',
    labelNames: ['kind', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'stemma_api_request_seconds',
    help: 'Seconds until the answer was ready, by kind.',
    labelNames: ['kind'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  })
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers })
  const indexed = gauge('stemma_index_block', 'Last block whose events are in the database.')
  const head = gauge('stemma_index_head_block', "The node's newest block when the database was last written.")
  const edges = gauge('stemma_api_graph_edges', 'Lineage edges in memory.')
  const memory = gauge('stemma_api_graph_bytes', 'Bytes of the lineage edges in memory.')
  const watchers = gauge('stemma_api_watchers', 'Open event streams.')
  const hits = gauge('stemma_api_kept_hits', 'Requests answered from memory since the start.')
  const kept = gauge('stemma_api_kept_answers', 'Answers as of final blocks in memory.')
  const keptBytes = gauge('stemma_api_kept_bytes', 'About how many bytes these answers hold.')
  const resident = gauge('process_resident_memory_bytes', 'Resident memory of the process.')
  return {
    observe(kind, status, duration) {
      requests.inc({ kind, status })
      seconds.observe({ kind }, duration)
    },
    async read(progress) {
      if (progress) {
        indexed.set(progress.block)
        head.set(progress.head)
      }
      edges.set(cache.size.edges)
      memory.set(cache.size.bytes)
      watchers.set(feed.watchers)
      const figures = answers.figures
      hits.set(figures.hits)
      kept.set(figures.answers)
      keptBytes.set(figures.bytes)
      resident.set(process.memoryUsage.rss())
      return { text: await registry.metrics(), type: registry.contentType }
    },
  }
}
