import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

import type { Standing } from './ports.ts'
import type { Usage } from './ports.ts'

/** Figures of a gateway for Prometheus. No label holds what a caller sent. */
export type GatewayMetrics = {
  /** Counts a call that ended. @param ending a word of {@link CallEnding} */
  ended(route: string, ending: string, usage: Usage): void
  refused(code: string): void
  /** How long the journal took to keep an entry, in seconds. */
  kept(seconds: number): void
  /** How many calls are open: 1 for one more, -1 for one less. */
  open(change: 1 | -1): void
  /** The figures as text, and their content type. */
  read(): Promise<{ text: string; type: string }>
}

/** Begins the figures of one gateway. */
export function createGatewayMetrics(standing: Pick<Standing, 'head'>, now: () => number = Date.now): GatewayMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const calls = new Counter({
    name: 'stemma_gateway_calls_total',
    help: 'Calls that were admitted and have ended, by route and how they ended.',
    labelNames: ['route', 'ending'],
    registers,
  })
  const tokens = new Counter({
    name: 'stemma_gateway_tokens_total',
    help: 'Tokens of these calls, by direction and by whether the upstream reported them.',
    labelNames: ['direction', 'counted'],
    registers,
  })
  const refusals = new Counter({
    name: 'stemma_gateway_refusals_total',
    help: 'Requests that were refused, by the code in stemma-refusal.',
    labelNames: ['code'],
    registers,
  })
  const journal = new Histogram({
    name: 'stemma_gateway_journal_seconds',
    help: 'Seconds until an entry of the journal was on the disk.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    registers,
  })
  const open = new Gauge({ name: 'stemma_gateway_open_calls', help: 'Calls that are open.', registers })
  const block = new Gauge({ name: 'stemma_gateway_head_block', help: 'Newest block acted on.', registers })
  const age = new Gauge({ name: 'stemma_gateway_head_age_seconds', help: 'Age of that block.', registers })
  return {
    ended(route, ending, { inputTokens, outputTokens, counted }) {
      calls.inc({ route, ending })
      if (inputTokens > 0) tokens.inc({ direction: 'input', counted }, inputTokens)
      if (outputTokens > 0) tokens.inc({ direction: 'output', counted }, outputTokens)
    },
    refused: (code) => refusals.inc({ code }),
    kept: (seconds) => journal.observe(seconds),
    open: (change) => open.inc(change),
    async read() {
      const { head } = standing
      if (head) {
        block.set(head.block)
        age.set(Math.max(0, now() / 1000 - head.time))
      }
      return { text: await registry.metrics(), type: registry.contentType }
    },
  }
}
