import { type Address, type Credential, isCredentialValidAt, type ModelId, StemmaError } from 'stemma/core'
import type { Database, Row } from '../indexer/database.ts'
import type { Checkpoint } from '../indexer/store.ts'
import type { BlockMemo } from './blockMemo.ts'
import type { FinalRecords } from './finalRecords.ts'
import { GraphCache, StaleViewError, type GraphView } from './graphCache.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import {
  blockRecord,
  type BlockRecord,
  type CredentialRecord,
  type CredentialStateRecord,
  type ModelRecord,
} from './records.ts'
import { hex, number, type Queries } from './sql.ts'

/** How often a request is tried again when the chain is reorganised under it. */
const TRIES = 4

/** How far the database is, and of which ledger it is. */
export type Progress = Checkpoint & { chainId: number; ledger: Address }

/** A moment in the past: after a block, or at a time (Unix seconds). */
export type Moment = { block: number } | { time: number }

/** The ledger as of one block. Everything that an answer says is read through one of these. */
export type LedgerView = {
  queries: Queries
  progress: Progress
  /** The newest block with events that counts. */
  block: BlockRecord
  /** What time counts as now, in Unix seconds. */
  now: number
  graph: GraphView
  loaders: Loaders
  /** What was worked out of the ledger as of this block or others, for all requests. */
  memo: BlockMemo
  /** What was read of final blocks, for all requests. */
  finals: FinalRecords
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

/** Runs something on one state of the database, and again on a newer one when the chain was reorganised meanwhile. */
export async function withSnapshot<T>(
  database: Database,
  cache: GraphCache,
  run: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await database.snapshot(async (queries) => {
        const progress = await readProgress(queries)
        const graph = await cache.viewOf(queries, progress, tries === TRIES)
        const state = { queries, progress, graph, memo: cache.memo, finals: cache.finals }
        return run({ progress, view: (moment) => viewAt(state, moment) })
      })
    } catch (error) {
      if (!(error instanceof StaleViewError) || tries === TRIES) throw error
    }
  }
}

/** How far a database is. @throws {@link EmptyIndexError} when nothing is in it yet */
export async function readProgress(queries: Queries): Promise<Progress> {
  const [row] = await queries.all('SELECT * FROM checkpoint')
  if (!row || number(row.block) < 0) throw new EmptyIndexError()
  return progressOf(row)
}

function progressOf(row: Row): Progress {
  return {
    chainId: number(row.chain_id),
    ledger: hex(row.ledger),
    block: number(row.block),
    hash: hex(row.hash),
    time: number(row.time),
    finalized: number(row.finalized),
    head: number(row.head),
  }
}

/** What all views of one state of the database share. */
type State = Pick<LedgerView, 'queries' | 'progress' | 'graph' | 'memo' | 'finals'>

async function viewAt(state: State, moment: Moment | undefined): Promise<LedgerView> {
  const { queries, progress } = state
  if (moment === undefined) {
    const block = { number: progress.block, hash: progress.hash, time: progress.time }
    return { ...state, block, now: block.time, loaders: createLoaders(state, block.number) }
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
  const block = blockRecord(row)
  return olderView(state, block, 'time' in moment ? moment.time : block.time)
}

/** The ledger as of a block with events that is not newer than the state, at a time in Unix seconds. */
export function olderView(state: State, block: BlockRecord, now: number): LedgerView {
  return { ...state, block, now, graph: state.graph.asOf(block.number), loaders: createLoaders(state, block.number) }
}

/** A model that is registered as of the view; undefined when there is none. */
export function findModel(view: LedgerView, id: ModelId): Promise<ModelRecord | undefined> {
  return view.loaders.modelById.load(id)
}

/** A credential as of the view: its last state, or as it was issued. */
export async function credentialNow(
  view: LedgerView,
  record: CredentialRecord,
): Promise<Omit<Credential, 'publisher'>> {
  const last = (await view.loaders.credentialStates.load(record.n)).at(-1)
  return last ?? issuedState(record)
}

/** Whether a credential is valid at the view's now. */
export async function isValidNow(view: LedgerView, record: CredentialRecord): Promise<boolean> {
  const { validFrom, validUntil, gapFrom, gapUntil } = await credentialNow(view, record)
  // Whose it is says nothing about its validity.
  return isCredentialValidAt({ validFrom, validUntil, gapFrom, gapUntil } as Credential, view.now)
}

function issuedState({
  validFrom,
  validUntil,
}: CredentialRecord): Omit<CredentialStateRecord, 'credential' | 'block' | 'log' | 'account' | 'reason'> {
  return { state: 'active', validFrom, validUntil, gapFrom: 0, gapUntil: 0 }
}

/** Thrown when the index holds nothing yet. */
export class EmptyIndexError extends StemmaError {
  override name = 'EmptyIndexError'
  constructor() {
    super('EMPTY_INDEX', 'The index is empty. Run `stemma-server index` on this database and wait for its first blocks.')
  }
}

/** Thrown when an answer is wanted as of a moment that is not indexed yet. */
export class MomentNotIndexedError extends StemmaError {
  override name = 'MomentNotIndexedError'
  constructor(moment: Moment, progress: Progress) {
    const what = 'block' in moment ? `Block ${moment.block}` : `The time ${moment.time}`
    super(
      'MOMENT_NOT_INDEXED',
      `${what} is not indexed: the index is complete up to block ${progress.block} (time ${progress.time}). Ask for that, or later again.`,
    )
  }
}

/** Thrown when an answer is wanted as of a moment before the first event of the ledger. */
export class BeforeLedgerError extends StemmaError {
  override name = 'BeforeLedgerError'
  constructor(moment: Moment) {
    const what = 'block' in moment ? `block ${moment.block}` : `the time ${moment.time}`
    super('BEFORE_LEDGER', `The ledger had no event yet at ${what}. Ask for a later moment.`)
  }
}
