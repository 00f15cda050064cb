import { StemmaError } from 'stemma/core'
import type { Database } from '../indexer/database.ts'
import { messageFor } from './clientError.ts'
import { ownFault } from './graphql/handler.ts'
import { jsonAnswer, type Answer } from './http/answer.ts'
import type { Exchange } from './http/exchange.ts'
import { readProgress } from './ledgerView.ts'

/** When an index counts as ready: at most so many blocks behind, and on a replica so many seconds. */
export type ReadySettings = { readyWithin: number; readyLag: number }

/** What an index answers with that may be asked later. */
const UNAVAILABLE = { status: 503, headers: { 'retry-after': '10' } }

/** Answers whether an index may be asked: 200, or 503 with the reason. */
export async function readiness(
  database: Database,
  { readyWithin, readyLag }: ReadySettings,
  exchange: Pick<Exchange, 'failure'>,
): Promise<Answer> {
  const state = await readState(database).catch((error: unknown) => {
    if (error instanceof StemmaError) return error
    throw error
  })
  if (state instanceof StemmaError) {
    exchange.failure ??= ownFault(state)
    return jsonAnswer({ ready: false, code: state.code, reason: messageFor(state) }, UNAVAILABLE)
  }
  const { block, head, replica } = state
  const isLate = head - block > readyWithin
  const isOld = replica !== undefined && replica.lag > readyLag
  const answer = {
    ready: !isLate && !isOld,
    ...(isOld && { reason: replica.isPaused ? 'The replica has paused.' : 'The replica is behind its server.' }),
    block,
    head,
    behind: head - block,
    // Infinity, when the replica replayed nothing, is null in JSON.
    ...(replica && { replicaLag: Number.isFinite(replica.lag) ? Math.ceil(replica.lag) : null }),
  }
  return jsonAnswer(answer, answer.ready ? { status: 200 } : UNAVAILABLE)
}

async function readState(database: Database) {
  const [progress, replica] = [await readProgress(database), await database.replica()]
  return { ...progress, replica }
}
