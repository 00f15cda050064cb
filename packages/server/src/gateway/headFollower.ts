import { id } from 'ethers'

import type { Address, Hex } from 'stemma/core'
import { NodeAnswerError, readBlock, readingOnly, type BlockHead, type Ledger } from 'stemma/sdk'

import type { Head } from './ports.ts'

/** What a look at the chain found. */
export type Look =
  /** The head is the one that was known, or an older block of the same branch, which a node that lags shows. */
  | { kind: 'same'; isBehind: boolean }
  /** Blocks follow the one that was known, and no contract of the ledger logged anything in them that standing depends on. */
  | { kind: 'quiet'; head: Head }
  /** Logs, another branch, or too many blocks: everything has to be read again. */
  | {
      kind: 'changed'
      head: Head
      /** Whether it is known to follow the block that was known. */
      follows: boolean
    }

/** Most blocks between two heads whose logs are looked at one by one. */
const MOST_BLOCKS = 16
/** Blocks whose hashes are kept, to tell an older block of this branch from another branch. */
const KEPT = 256
/** How many of the last times between two heads are looked at. */
const BLOCK_TIMES = 16
/** The topic of `CheckpointAnchored`: gateways anchor all the time, and standing does not depend on it. */
const ANCHORED = id('CheckpointAnchored(bytes32,address,uint256,uint32,uint64,bytes32,uint64,uint88)')

/** Follows the head of a chain, by the hashes of its blocks. It never moves by itself: `accept` says that a head was acted on. */
export class HeadFollower {
  readonly #ledger: Ledger
  readonly #addresses: readonly Address[]
  readonly #hashes = new Map<number, Hex>()
  readonly #blockTimes: number[] = []
  #head: Head | undefined
  /** Seconds between two blocks, as seen: the median of the last ones; undefined before there are two. */
  blockTime: number | undefined

  constructor(ledger: Ledger) {
    this.#ledger = ledger
    this.#addresses = [...new Set(Object.values(ledger.deployment.contracts))]
  }

  get head(): Head | undefined {
    return this.#head
  }

  /** Looks at the latest block, and at what led to it. @throws when the node does not answer, or its answers do not fit each other */
  async look(): Promise<Look> {
    const latest = headOf(await readBlock(this.#ledger.provider, 'latest'))
    const known = this.#head
    if (!known) return { kind: 'changed', head: latest.head, follows: false }
    if (latest.head.hash === known.hash) return { kind: 'same', isBehind: false }
    if (latest.head.block <= known.block) {
      const hash = this.#hashes.get(latest.head.block)
      // A lower block that is not known to be of another branch takes nothing back: the head is believed when it is as high again.
      return hash === undefined || hash === latest.head.hash
        ? { kind: 'same', isBehind: true }
        : { kind: 'changed', head: latest.head, follows: false }
    }
    if (latest.head.block - known.block > MOST_BLOCKS) return { kind: 'changed', head: latest.head, follows: false }
    const blocks = await this.#blocksTo(latest.head, known)
    if (!blocks) return { kind: 'changed', head: latest.head, follows: false }
    return (await this.#areQuiet(blocks))
      ? { kind: 'quiet', head: latest.head }
      : { kind: 'changed', head: latest.head, follows: true }
  }

  /** Makes a head the known one, after it was acted on. */
  accept(head: Head, follows: boolean): void {
    const known = this.#head
    if (!follows) this.#hashes.clear()
    if (known && head.block > known.block) {
      this.#blockTimes.push((head.time - known.time) / (head.block - known.block))
      if (this.#blockTimes.length > BLOCK_TIMES) this.#blockTimes.shift()
      this.blockTime = this.#blockTimes.toSorted((a, b) => a - b)[this.#blockTimes.length >> 1]
    }
    for (const number of this.#hashes.keys()) if (number <= head.block - KEPT) this.#hashes.delete(number)
    this.#hashes.set(head.block, head.hash)
    this.#head = head
  }

  /** Whether the block of a head is still that of the chain. */
  async holds(head: Head): Promise<boolean> {
    const block = await readBlock(this.#ledger.provider, head.block)
    return block?.hash?.toLowerCase() === head.hash
  }

  /** The blocks after the known one up to a head, in their order; undefined when they do not follow it. */
  async #blocksTo(head: Head, known: Head): Promise<Head[] | undefined> {
    const numbers = Array.from({ length: head.block - known.block }, (_, index) => known.block + 1 + index)
    const found = await Promise.all(numbers.map((number) => readBlock(this.#ledger.provider, number)))
    const blocks = found.map(headOf)
    if (blocks.at(-1)!.head.hash !== head.hash)
      throw new NodeAnswerError(new Error(`block ${head.block} changed meanwhile`))
    let parent = known.hash
    for (const block of blocks) {
      if (block.parent !== parent) return undefined
      parent = block.head.hash
    }
    const heads = blocks.map((block) => block.head)
    for (const { block, hash } of heads.slice(0, -1)) this.#hashes.set(block, hash)
    return heads
  }

  async #areQuiet(blocks: readonly Head[]): Promise<boolean> {
    const { provider, deployment } = this.#ledger
    const address = [...this.#addresses]
    const lists = await readingOnly(() =>
      Promise.all(blocks.map(({ hash }) => provider.getLogs({ blockHash: hash, address }))),
    )
    const logs = lists.flat()
    const audit = deployment.contracts.usageAudit
    return logs.every((log) => log.address.toLowerCase() === audit && log.topics[0] === ANCHORED)
  }
}

function headOf(block: BlockHead | null): { head: Head; parent: Hex } {
  if (!block?.hash) throw new NodeAnswerError(new Error('a block is missing'))
  const [hash, parent] = [block.hash, block.parentHash].map((each) => each.toLowerCase() as Hex)
  return { head: { block: block.number, hash: hash!, time: block.timestamp }, parent: parent! }
}
