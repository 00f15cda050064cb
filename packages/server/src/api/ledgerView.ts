import { type Address, type ChainId, type Hex, StemmaError } from 'stemma/core'
import type { Moment } from 'stemma/query'
import { DatabaseError, type Database } from '../indexer/database.ts'
import { readRow, type RowOf } from '../indexer/rows.ts'
import { ForeignIndexError, type ChainMarks, type IndexCheckpoint } from '../indexer/store.ts'
import { checkVersion } from '../indexer/upgrades.ts'
import { hex } from '../indexer/values.ts'
import type { BlockMemo } from './blockMemo.ts'
import { Budget } from './budget.ts'
import type { FinalRows } from './finalRows.ts'
import { GraphCache, StaleViewError, type GraphView } from './registry/graphCache.ts'
import type { Queries } from './sql.ts'

/** How far the index is. */
const CHECKPOINT = 'SELECT * FROM checkpoint'
/** Most attempts at a request while the chain is reorganized under it. */
const MAX_ATTEMPTS = 4

/** How far the database is, and which ledger it holds. */
export type Progress = IndexCheckpoint & {
  chainId: ChainId
  ledger: Address
  /** Random bytes of the database: another value means that it was rebuilt or replaced. */
  identity: Hex
  /** What is known of the index. */
  state: ChainMarks['state']
}

/** A block that holds events. */
export type BlockRow = Pick<RowOf<'blocks'>, 'number' | 'hash' | 'time'>

/** The ledger as of one block. Readers are made for one view, and everything in one answer is read through them. */
export type LedgerView = {
  queries: Queries
  progress: Progress
  /** The newest block with events that counts. */
  block: BlockRow
  /** The time that counts as now, in Unix seconds. */
  now: number
  graph: GraphView
  /** Answers that depend on a block only, for all requests. */
  memo: BlockMemo
  /** Rows of final blocks, for all requests. */
  finals: FinalRows
  /** What the request may still cost. */
  budget: Budget
}

/** One state of the database, from which views are made. */
export type Snapshot = {
  progress: Progress
  /**
   * The ledger as of the newest indexed block, or of a moment.
   *
   * @throws {@link MomentNotIndexedError}, {@link BeforeLedgerError}
   */
  view(moment?: Moment): Promise<LedgerView>
}

/**
 * Runs something on one state of the database, and again on a newer one if the chain was reorganized or the database replaced
 * meanwhile.
 *
 * @param budgetOf makes what an attempt may cost; without it, an attempt may cost anything
 */
export async function withSnapshot<T>(
  database: Database,
  cache: GraphCache,
  run: (snapshot: Snapshot, budget: Budget) => Promise<T>,
  budgetOf: () => Budget = () => new Budget(Infinity),
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.snapshot(async (queries) => {
        const progress = await readProgress(queries)
        const graph = await cache.viewOf(queries, progress, attempt === MAX_ATTEMPTS)
        const budget = budgetOf()
        const state = { queries, progress, graph, ...cache.keptOf(progress.identity), budget }
        return run({ progress, view: (moment) => viewAt(state, moment) }, budget)
      }, CHECKPOINT)
    } catch (error) {
      const mayPass = error instanceof StaleViewError || (error instanceof DatabaseError && error.isReplaced)
      if (!mayPass || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

/**
 * How far a database is.
 *
 * @throws {@link EmptyIndexError} when it holds nothing yet
 * @throws {@link ForeignIndexError} when its indexer found that the node has another chain
 * @throws `NewerDatabaseError`, `ForeignDatabaseError` when it has another version of the schema
 */
export async function readProgress(queries: Queries): Promise<Progress> {
  const [row] = await queries.all(CHECKPOINT)
  if (!row) throw new EmptyIndexError()
  checkVersion(row)
  const progress = readRow('checkpoint', row)
  if (progress.state === 'foreign') throw new ForeignIndexError('its indexer found another chain on the node')
  if (progress.block < 0) throw new EmptyIndexError()
  return progress
}

/**
 * Queries on newer states of a database, as long as it is the same database: keys of one mean other rows in another.
 *
 * @throws {@link StaleViewError} from each query when the database was rebuilt or replaced
 */
export function queriesOf(database: Database, identity: Hex): Queries {
  return {
    dialect: database.dialect,
    all: (sql, parameters) =>
      database.snapshot(async (queries) => {
        const [row] = await queries.all(CHECKPOINT)
        if (!row || hex(row.identity) !== identity) throw new StaleViewError()
        return queries.all(sql, parameters)
      }, CHECKPOINT),
  }
}

/** What all views of one state of the database share. */
type State = Pick<LedgerView, 'queries' | 'progress' | 'graph' | 'memo' | 'finals' | 'budget'>

async function viewAt(state: State, moment: Moment | undefined): Promise<LedgerView> {
  const { queries, progress } = state
  if (moment === undefined) {
    const block = { number: progress.block, hash: progress.hash, time: progress.time }
    return { ...state, block, now: block.time }
  }
  const isTooNew = 'block' in moment ? moment.block > progress.block : moment.time > progress.time
  if (isTooNew) throw new MomentNotIndexedError(moment, progress)
  const [row] =
    'block' in moment
      ? await queries.all('SELECT * FROM blocks WHERE number <= $1 ORDER BY number DESC LIMIT 1', [moment.block])
      : await queries.all('SELECT * FROM blocks WHERE time <= $1 ORDER BY time DESC, number DESC LIMIT 1', [
          moment.time,
        ])
  if (!row) throw new BeforeLedgerError(moment)
  const block = readRow('blocks', row)
  return olderView(state, block, 'time' in moment ? moment.time : block.time)
}

/** The ledger as of a block with events that is not newer than the state, at a time in Unix seconds. */
export function olderView(state: State, block: BlockRow, now: number): LedgerView {
  return { ...state, block, now, graph: state.graph.asOf(block.number) }
}

/** Whether nothing can change the view of a moment any more: its block is final, and no later one can get its time. */
export async function isFinal({ queries, progress }: LedgerView, moment: Moment): Promise<boolean> {
  if ('block' in moment) return moment.block <= progress.finalized
  // Blocks may have equal times, so only a later time proves that this one is over.
  const rows = await queries.all('SELECT 1 AS n FROM blocks WHERE time > $1 AND number <= $2 LIMIT 1', [
    moment.time,
    progress.finalized,
  ])
  return rows.length > 0
}

/** The newest block with events up to one; undefined when there is none. */
export async function newestBlock({ queries }: LedgerView, upTo: number): Promise<BlockRow | undefined> {
  const [row] = await queries.all('SELECT * FROM blocks WHERE number <= $1 ORDER BY number DESC LIMIT 1', [upTo])
  return row && readRow('blocks', row)
}

/** Thrown when the index holds nothing yet. */
export class EmptyIndexError extends StemmaError {
  override name = 'EmptyIndexError'
  override readonly kind = 'unavailable'
  constructor() {
    super(
      'EMPTY_INDEX',
      'The index is empty. Run `stemma-server index` on this database and wait for its first blocks.',
    )
  }
}

/** Thrown when an answer is requested as of a moment that is not indexed yet. */
export class MomentNotIndexedError extends StemmaError {
  override name = 'MomentNotIndexedError'
  override readonly kind = 'undecided'
  constructor(moment: Moment, progress: Progress) {
    const what = 'block' in moment ? `Block ${moment.block}` : `The time ${moment.time}`
    super(
      'MOMENT_NOT_INDEXED',
      `${what} is not indexed yet: the index is complete up to block ${progress.block} (time ${progress.time}). Ask for that moment, or try again later.`,
    )
  }
}

/** Thrown when an answer is requested as of a moment before the first event of the ledger. */
export class BeforeLedgerError extends StemmaError {
  override name = 'BeforeLedgerError'
  constructor(moment: Moment) {
    const what = 'block' in moment ? `block ${moment.block}` : `the time ${moment.time}`
    super('BEFORE_LEDGER', `The ledger had no event yet at ${what}. Ask for a later moment.`)
  }
}
