import { type Hex, StemmaError } from 'stemma/core'
import type { Row } from '../../indexer/database.ts'
import type { IndexCheckpoint } from '../../indexer/store.ts'
import { hex, number } from '../../indexer/values.ts'
import { BlockMemo } from '../blockMemo.ts'
import { FinalRows } from '../finalRows.ts'
import type { Queries } from '../sql.ts'
import { nextTurn } from '../turns.ts'
import { ExternalLinks, type Linked } from './externalLinks.ts'
import { LineageGraph, type KeyEdge, type Reached, type ReachedTree, type Walk } from './lineageGraph.ts'

/** Most models whose edges one query reads. Between two of them, the event loop turns. */
const CHUNK = 10_000
/** Most states of the database that are remembered, so that requests which began a little earlier are served too. */
const MAX_STATES = 256

/** The edges as of one block. A view never mixes two forks: it throws {@link StaleViewError} instead. */
export type GraphView = {
  walk(from: number | readonly number[], walk: Omit<Walk, 'block'>): Reached
  count(from: number | readonly number[], walk: Omit<Walk, 'block'>): number
  tree(from: number | readonly number[], walk: Omit<Walk, 'block'>): ReachedTree
  path(from: number, to: number, maxDepth?: number): number[] | undefined
  neighbors(model: number, direction: 'up' | 'down'): number[]
  /** The parents or children that a model has over external parents. */
  linked(model: number, direction: 'up' | 'down'): Linked[]
  /** The key of the account that published a model. */
  publisherOf(model: number): number
  /** For each of the first models, by its key, the parent that became known first; 0 for none. */
  firstParents(models: number): Int32Array
  /** How many of some models each publisher has, by its key; the order is that of the keys. */
  countPublishers(lists: readonly Iterable<number>[]): [publisher: number, models: number][]
  /** The keys of the credentials for some models, oldest first, with those that came later. */
  credentialsOf(lists: readonly Iterable<number>[]): number[]
  /** About the number of models. */
  size: number
  /** The edges as of an older block. */
  asOf(block: number): GraphView
}

/** What is kept from one request to the next. */
export type Kept = {
  /** Answers that depend on a block only. */
  memo: BlockMemo
  /** Rows of final blocks. */
  finals: FinalRows
}

/** A state of a database. */
type Synced = IndexCheckpoint & { identity?: Hex | undefined }

/**
 * Keeps the edges in memory in step with the database. Each request brings its own snapshot of the database and gets the edges
 * of that state: missing edges are read from the snapshot, edges of replaced blocks are removed, and edges of later blocks are
 * ignored.
 */
export class GraphCache {
  /** Answers and rows that are kept from one request to the next, of one database: another has others. */
  #kept: Kept = { memo: new BlockMemo(), finals: new FinalRows() }
  /** The identity of that database. */
  #identity: Hex | undefined
  #graph = new LineageGraph()
  /** Grows whenever edges are removed. */
  #epoch = 0
  #synced: (Pick<IndexCheckpoint, 'block' | 'finalized'> & { hash: Hex }) | undefined
  readonly #states = new Map<number, Hex>()
  #turn: Promise<unknown> = Promise.resolve()

  /**
   * Answers and rows that are kept of a database.
   *
   * @throws {@link StaleViewError} when the edges in memory are of another database by now
   */
  keptOf(identity: Hex): Kept {
    if (identity !== this.#identity) throw new StaleViewError()
    return this.#kept
  }

  /** The number of edges in memory, and their size in bytes. */
  get size(): { edges: number; bytes: number } {
    return { edges: this.#graph.size, bytes: this.#graph.bytes }
  }

  /**
   * The edges of a snapshot of the database.
   *
   * @param insists reads everything again when the snapshot may be of a replaced fork
   * @throws {@link StaleViewError} when the snapshot may be of a replaced fork and `insists` is false
   */
  async viewOf(queries: Queries, checkpoint: Synced, insists = false): Promise<GraphView> {
    const turn = this.#turn.then(async () => {
      await this.#sync(queries, checkpoint, insists)
      return this.#epoch
    })
    this.#turn = turn.catch(() => undefined)
    return this.#view(checkpoint.block, await turn)
  }

  async #sync(queries: Queries, checkpoint: Synced, insists: boolean): Promise<void> {
    if (checkpoint.identity !== this.#identity) {
      this.#reset()
      this.#identity = checkpoint.identity
    }
    if (this.#states.get(checkpoint.block) === checkpoint.hash) return
    const synced = this.#synced
    if (synced && checkpoint.block < synced.block) {
      if (!insists) throw new StaleViewError()
      this.#reset()
    } else if (synced && !(await this.#isCanonical(queries, checkpoint, synced))) {
      this.#truncate(synced.finalized)
    }
    await this.#read(queries, this.#synced?.block ?? -1, checkpoint.block)
    this.#synced = { block: checkpoint.block, hash: checkpoint.hash, finalized: checkpoint.finalized }
    this.#states.set(checkpoint.block, checkpoint.hash)
    for (const block of this.#states.keys()) {
      if (this.#states.size <= MAX_STATES) break
      this.#states.delete(block)
    }
  }

  /** Whether the block of the edges is part of the chain of a snapshot. */
  async #isCanonical(
    queries: Queries,
    checkpoint: IndexCheckpoint,
    synced: { block: number; hash: Hex; finalized: number },
  ): Promise<boolean> {
    if (synced.block <= synced.finalized) return true
    if (synced.block === checkpoint.block) return synced.hash === checkpoint.hash
    const rows = await queries.all(
      'SELECT hash FROM heads WHERE number = $1 UNION SELECT hash FROM blocks WHERE number = $1',
      [synced.block],
    )
    return rows.length > 0 && rows.every((row) => hex(row.hash) === synced.hash)
  }

  #truncate(block: number): void {
    this.#graph.truncate(block)
    // They are few, and read again whole.
    this.#graph.externals = new ExternalLinks()
    this.#epoch += 1
    this.#states.clear()
    this.#synced = { block, hash: '0x', finalized: block }
  }

  #reset(): void {
    this.#kept = { memo: new BlockMemo(), finals: new FinalRows() }
    this.#graph = new LineageGraph()
    this.#epoch += 1
    this.#states.clear()
    this.#synced = undefined
  }

  /** Adds the edges that came after a block, up to the newest one, in the order of the chain. */
  async #read(queries: Queries, after: number, newest: number): Promise<void> {
    // Later evidence may concern any model, so it is found by block. The edges of registrations come with their models.
    const attested = await queries.all(
      `SELECT child, parent, block, log, 0 AS detached FROM edges WHERE position = -1 AND block > $1
       UNION ALL SELECT child, parent, block, log, 1 FROM edge_grades WHERE detached = 1 AND block > $1
       ORDER BY block, log`,
      [after],
    )
    const [[last], [first]] = [
      await queries.all('SELECT max(n) AS n FROM models'),
      after < 0 ? [] : await queries.all('SELECT n FROM models WHERE block <= $1 ORDER BY n DESC LIMIT 1', [after]),
    ]
    const end = last?.n == null ? 0 : number(last.n)
    let waiting = 0
    const add = (row: Row): void => {
      if (row.detached != null && number(row.detached) === 1) this.#graph.detach(edgeOf(row))
      else this.#graph.add(edgeOf(row))
    }
    try {
      for (let from = first ? number(first.n) : 0; from < end; from += CHUNK) {
        const declared = await queries.all(
          'SELECT child, parent, block, log FROM edges WHERE child > $1 AND child <= $2 AND position >= 0 ORDER BY child, position',
          [from, from + CHUNK],
        )
        const published = await queries.all('SELECT n, publisher FROM models WHERE n > $1 AND n <= $2', [
          from,
          from + CHUNK,
        ])
        await nextTurn()
        for (const row of published) this.#graph.setPublisher(number(row.n), number(row.publisher))
        for (const row of declared) {
          while (waiting < attested.length && isBefore(attested[waiting]!, row)) add(attested[waiting++]!)
          add(row)
        }
        await nextTurn()
      }
      while (waiting < attested.length) add(attested[waiting++]!)
      await this.#readCredentials(queries, after)
      await this.#graph.externals.read(queries, newest, end)
    } catch (error) {
      // An incomplete graph would give wrong answers.
      if (after < 0) this.#reset()
      else this.#truncate(after)
      throw error
    }
  }

  /** Reads which model each credential is for, of those that came after a block. */
  async #readCredentials(queries: Queries, after: number): Promise<void> {
    const [first] = await queries.all('SELECT n FROM credentials WHERE block <= $1 ORDER BY n DESC LIMIT 1', [after])
    for (let from = first ? number(first.n) : 0; ; from += CHUNK) {
      const rows = await queries.all('SELECT n, model FROM credentials WHERE n > $1 AND n <= $2', [from, from + CHUNK])
      for (const row of rows) this.#graph.setCredential(number(row.n), number(row.model))
      if (rows.length < CHUNK) return
      await nextTurn()
    }
  }

  #view(block: number, epoch: number): GraphView {
    const graph = (): LineageGraph => {
      if (epoch !== this.#epoch) throw new StaleViewError()
      return this.#graph
    }
    return {
      size: this.#graph.models,
      walk: (from, walk) => graph().walk(from, { ...walk, block }),
      count: (from, walk) => graph().count(from, { ...walk, block }),
      tree: (from, walk) => graph().tree(from, { ...walk, block }),
      path: (from, to, maxDepth) => graph().path(from, to, { block, ...(maxDepth !== undefined && { maxDepth }) }),
      firstParents: (models) => graph().firstParents(models, block),
      publisherOf: (model) => graph().publisherOf(model),
      countPublishers: (lists) => graph().countPublishers(lists),
      credentialsOf: (lists) => graph().credentialsOf(lists),
      neighbors: (model, direction) => graph().neighbors(model, direction, block),
      linked: (model, direction) => graph().linked(model, direction, block),
      asOf: (older) => this.#view(Math.min(block, older), epoch),
    }
  }
}

function edgeOf(row: Row): KeyEdge {
  return { child: number(row.child), parent: number(row.parent), block: number(row.block) }
}

function isBefore(one: Row, other: Row): boolean {
  return (
    number(one.block) - number(other.block) < 0 || (one.block === other.block && number(one.log) < number(other.log))
  )
}

/** Thrown when the database moved to another fork of the chain during a request. The request is tried again. */
export class StaleViewError extends StemmaError {
  override name = 'StaleViewError'
  override readonly kind = 'unavailable'
  constructor() {
    super('STALE_VIEW', 'The chain was reorganized during the request. Try again.')
  }
}
