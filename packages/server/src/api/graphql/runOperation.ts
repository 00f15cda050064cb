import { GraphQLError, type ExecutionArgs, type ExecutionResult } from 'graphql'

import type { Database } from '../../indexer/database.ts'
import type { Budget } from '../budget.ts'
import type { Finality } from '../finality.ts'
import { withSnapshot } from '../ledgerView.ts'
import { StaleViewError, type GraphCache } from '../registry/graphCache.ts'

/** Executes an operation, as `execute` of graphql does. */
export type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>

/**
 * Runs an operation on one state of the database, and again on a newer one if the chain was reorganized meanwhile. An operation that
 * costs too much has an error and no data.
 *
 * @param args their context has the `exchange` that learns whether the answer may change
 * @param budgetOf makes what an attempt may cost
 */
export function runOperation(
  { database, cache }: { database: Database; cache: GraphCache },
  execute: Execute,
  args: ExecutionArgs,
  budgetOf: () => Budget,
): Promise<ExecutionResult> {
  return withSnapshot(
    database,
    cache,
    async (snapshot, budget) => {
      const { exchange } = args.contextValue as { exchange: Finality }
      exchange.restart()
      const result = await execute({ ...args, contextValue: { ...(args.contextValue as object), snapshot } })
      const stale = result.errors?.find(({ originalError }) => originalError instanceof StaleViewError)
      if (stale?.originalError) throw stale.originalError
      if (budget.failure) {
        return { errors: [new GraphQLError(budget.failure.message, { originalError: budget.failure })] }
      }
      // An answer as of a final block never changes, so it does not say how far the index is.
      if (exchange.isFinal) return result
      const { block, head, finalized } = snapshot.progress
      return { ...result, extensions: { ...result.extensions, progress: { block, head, finalized } } }
    },
    budgetOf,
  )
}
