import type { Answer } from './answer.ts'
import type { Exchange } from './exchange.ts'

/** What is at an address. */
export type Resource = {
  /** What it counts as in the metrics. */
  kind: string
  /** The methods that it supports; HEAD is answered as GET. */
  methods: readonly string[]
  /** Whether its answers are kept in memory when they are final. */
  isKept?: boolean
  /** Answers a GET, or a POST with the text of its body. */
  answer: (exchange: Exchange, body: string | undefined) => Promise<Answer>
}
