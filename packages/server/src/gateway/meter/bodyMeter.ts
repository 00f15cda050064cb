import type { Meter, Usage } from '../ports.ts'
import { KeptBytes } from './keptBytes.ts'

/**
 * Bytes that are held back at least: more than white space after a JSON answer, or the end of a compressed one, which alone would give a
 * caller the whole answer before its record is kept.
 */
const LEAST_HELD = 32

/** Meters an answer that is read when it has ended. The last bytes are held. */
export class BodyMeter implements Meter {
  readonly #kept = new KeptBytes()
  readonly #read: ((kept: KeptBytes) => Usage) | undefined
  #held: Buffer[] = []
  #heldLength = 0

  /** @param read counts what was kept; without it nothing is kept, and nothing counts */
  constructor(read?: (kept: KeptBytes) => Usage) {
    this.#read = read
  }

  push(chunk: Buffer): { pass: Buffer[]; hold: Buffer[] } {
    const pass: Buffer[] = []
    if (chunk.length > 0) {
      if (this.#read !== undefined) this.#kept.add(chunk)
      this.#held.push(chunk)
      this.#heldLength += chunk.length
      while (this.#heldLength - this.#held[0]!.length >= LEAST_HELD) {
        const first = this.#held.shift()!
        this.#heldLength -= first.length
        pass.push(first)
      }
    }
    return { pass, hold: [] }
  }

  end(): Buffer[] {
    const held = this.#held
    this.#held = []
    this.#heldLength = 0
    return held
  }

  usage(): Usage {
    return this.#read === undefined ? NOTHING : this.#read(this.#kept)
  }
}

/** The usage of an answer that takes no tokens. */
export const NOTHING: Usage = { inputTokens: 0, outputTokens: 0, counted: 'reported' }
