import { createHash } from 'node:crypto'

import { LRUCache } from 'lru-cache'

import type { Representation } from './representation.ts'

/** What a request asks for. Requests with equal values get equal answers as of a final block. */
export type Question = { method: string; path: string; search: string; accept: string; body: string }

/**
 * Keeps answers as of final blocks, which never change, for all requests; those that were used last are kept. They belong to
 * one index: when the database is of another one, all are forgotten.
 */
export class AnswerCache {
  readonly #answers: LRUCache<string, Representation> | undefined
  #identity: string | undefined
  #hits = 0

  /** @param bytes how many bytes the answers may hold together; 0 keeps none */
  constructor(bytes: number) {
    // The constructor refuses a size of 0.
    if (bytes > 0)
      this.#answers = new LRUCache({ maxSize: bytes, sizeCalculation: ({ size }, key) => size + key.length * 2 })
  }

  /** Whether it keeps anything. */
  get isOn(): boolean {
    return this.#answers !== undefined
  }

  /** How many answers it gave, how many it holds, and about how many bytes these are. */
  get figures(): { hits: number; answers: number; bytes: number } {
    return { hits: this.#hits, answers: this.#answers?.size ?? 0, bytes: this.#answers?.calculatedSize ?? 0 }
  }

  /** The kept answer of an index to a question. */
  find(identity: string, question: Question): Representation | undefined {
    this.#belongTo(identity)
    const found = this.#answers?.get(keyOf(question))
    if (found) this.#hits += 1
    return found
  }

  /** Keeps an answer of an index. */
  keep(identity: string, question: Question, answer: Representation): void {
    this.#belongTo(identity)
    this.#answers?.set(keyOf(question), answer)
  }

  #belongTo(identity: string): void {
    if (identity === this.#identity) return
    this.#answers?.clear()
    this.#identity = identity
  }
}

/** A key of bounded length. */
function keyOf({ method, path, search, accept, body }: Question): string {
  // A HEAD is answered like the GET that it stands for.
  const text = JSON.stringify([method === 'HEAD' ? 'GET' : method, path, search, accept, body])
  return text.length <= 200 ? text : createHash('sha256').update(text).digest('base64')
}
