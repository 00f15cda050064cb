import { BYTES_A_TOKEN } from '../jsonObject.ts'
import type { Usage } from '../ports.ts'
import { countsSomething, MOST_TOKENS, type ReportedUsage } from './usageIn.ts'

/** Tokens of a second of sound, where only seconds are known. */
const TOKENS_A_SECOND = 10

/** Counts the tokens of one answer: what the upstream reports, and an estimate of what it wrote since. */
export class TokenCount {
  #estimatedInput: number
  #input: number | undefined
  #output: number | undefined
  /** Bytes that the model wrote since usage was reported last. */
  #written = 0

  /** @param estimatedInput stands for the input until it is reported */
  constructor(estimatedInput: number) {
    this.#estimatedInput = estimatedInput
  }

  /** Adds bytes of what the model wrote. */
  write(bytes: number): void {
    this.#written += bytes
  }

  /**
   * Takes usage that was reported: totals of the answer so far, so they replace what was reported before and never add to it. The input
   * keeps the larger: in the Anthropic dialect a later event may leave a part of it out.
   */
  report(usage: ReportedUsage): void {
    if (!countsSomething(usage)) return
    if (usage.seconds !== undefined) this.#estimatedInput = Math.ceil(usage.seconds * TOKENS_A_SECOND)
    if (usage.input !== undefined) this.#input = Math.max(this.#input ?? 0, usage.input)
    if (usage.output === undefined) return
    this.#output = usage.output
    this.#written = 0
  }

  /** The tokens so far: reported when both counts are, and nothing was written since. */
  usage(): Usage {
    const isReported = this.#input !== undefined && this.#output !== undefined && this.#written === 0
    return {
      inputTokens: Math.min(MOST_TOKENS, this.#input ?? this.#estimatedInput),
      outputTokens: Math.min(MOST_TOKENS, (this.#output ?? 0) + Math.ceil(this.#written / BYTES_A_TOKEN)),
      counted: isReported ? 'reported' : 'estimated',
    }
  }
}
