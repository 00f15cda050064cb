import type { Hex } from 'stemma/core'
import type { ChainSource } from './chainSource.ts'
import { InconsistentNodeError } from './nodeAnswers.ts'
import { RpcError, type RpcFailure } from './rpc.ts'
import { ForeignIndexError, type ChainMarks, type IndexCheckpoint, type Store } from './store.ts'

/** How often block 0 is asked for that the index does not know yet. */
const ASKED = 3
/** Why a node may not give an old block that it once had. */
const UNANSWERED = new Set<RpcFailure>(['refused', 'server', 'size', 'pruned', 'head', 'forbidden'])

/** What a check of the node finds: the keccak-256 of the code at the ledger's address. */
export type CheckedNode = { codeHash: Hex }

/**
 * Knows the chain of an index again, by the hashes of block 0 and of the first indexed block, by the code of the ledger, and by the
 * newest block with events that the node should have. A node that lags, or no longer has old blocks, is not mistaken for another
 * chain: what it cannot answer is not compared.
 */
export class ChainIdentity {
  readonly #store: Pick<Store, 'marks' | 'mark' | 'newestEventBlock'>
  readonly #source: Pick<ChainSource, 'headers'>
  #marks: ChainMarks | undefined

  constructor({ store, source }: { store: Store; source: ChainSource }) {
    this.#store = store
    this.#source = source
  }

  /** Reads from the store by what it knows its chain. */
  async load(): Promise<void> {
    this.#marks = await this.#store.marks()
  }

  /**
   * Compares the node with the index, and keeps what the index did not know yet.
   *
   * @param node what a check of the node found, where one was made
   * @param latest the number of the node's newest block, where it is older than the index
   * @throws {@link ForeignIndexError} when the node has another chain, after the index is marked so
   */
  async compare(checkpoint: IndexCheckpoint | undefined, node?: CheckedNode, latest?: number): Promise<void> {
    const marks = this.#marks!
    let genesis = await this.#hashOf(0)
    // Behind one address, another node may have it.
    for (let asked = 1; !genesis && !marks.genesis && asked < ASKED; asked++) genesis = await this.#hashOf(0)
    if (genesis && marks.genesis && genesis !== marks.genesis) {
      return this.refuse(`the node's block 0 is ${genesis}, and the index began on ${marks.genesis}`)
    }
    if (node && marks.codeHash && node.codeHash !== marks.codeHash) {
      return this.refuse(`the ledger's code on the node has the hash ${node.codeHash}, and had ${marks.codeHash}`)
    }
    if (checkpoint) {
      const first = marks.firstHash && { number: marks.firstBlock, hash: marks.firstHash }
      const newest = latest === undefined ? undefined : await this.#store.newestEventBlock(latest)
      for (const block of [first, newest]) {
        // Blocks that are not final may be replaced: that is for the indexer to undo.
        if (!block || block.number > checkpoint.finalized) continue
        const actual = await this.#hashOf(block.number)
        if (actual && actual !== block.hash) {
          return this.refuse(`the node's block ${block.number} is ${actual}, and the index has ${block.hash}`)
        }
      }
    }
    await this.#keep({
      ...marks,
      genesis: marks.genesis ?? genesis ?? null,
      codeHash: marks.codeHash ?? node?.codeHash ?? null,
    })
  }

  /** Keeps the hash of the first block that was read, until that block is final. */
  async begin(number: number, hash: Hex, finalized: number): Promise<void> {
    const marks = this.#marks!
    if (number === marks.firstBlock && (marks.firstHash === null || number > finalized)) {
      await this.#keep({ ...marks, firstHash: hash })
    }
  }

  /** Keeps that the node was found to have the chain of the index. */
  async confirm(): Promise<void> {
    await this.#keep({ ...this.#marks!, state: 'following' })
  }

  /** Keeps that the node does not answer. An index of another chain stays one. */
  async wait(): Promise<void> {
    if (this.#marks?.state === 'following') await this.#keep({ ...this.#marks, state: 'waiting' })
  }

  /** Marks the index as one of another chain, so that no API serves it. @throws {@link ForeignIndexError} always */
  async refuse(what: string): Promise<never> {
    await this.disown()
    throw new ForeignIndexError(what)
  }

  /** Marks the index as one of another chain. */
  async disown(): Promise<void> {
    await this.#keep({ ...this.#marks!, state: 'foreign' })
  }

  async #keep(marks: ChainMarks): Promise<void> {
    const known = this.#marks as Readonly<Record<string, unknown>>
    if (Object.entries(marks).every(([name, value]) => known[name] === value)) return
    await this.#store.mark(marks)
    this.#marks = marks
  }

  /** The hash of a block; undefined when the node does not have it, or not any more. */
  async #hashOf(number: number): Promise<Hex | undefined> {
    try {
      return (await this.#source.headers([number]))[0]?.hash
    } catch (error) {
      // Nodes that prune history answer with an error, such as 4444 (EIP-4444), want a dearer plan for it, or give another block.
      const isPruned = error instanceof RpcError && UNANSWERED.has(error.reason)
      if (isPruned || error instanceof InconsistentNodeError) return undefined
      throw error
    }
  }
}
