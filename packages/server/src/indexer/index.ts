/** The entry point `@stemma/server/indexer`: from the events of a ledger to a database. Node. @module */
export type { CheckedNode } from './chainIdentity.ts'
export { createChainSource, type ChainSource, type ChainSourceOptions, type Segment } from './chainSource.ts'
export * from './codes.ts'
export * from './database.ts'
export { DEFAULT_DEPTH } from './depth.ts'
export { DeepReorgError, runIndexer, type IndexOptions, type IndexerStep } from './indexer.ts'
export * from './indexLedger.ts'
export { InconsistentNodeError, type Header } from './nodeAnswers.ts'
export * from './openDatabase.ts'
export { MalformedLogError } from './decode.ts'
export { FalseEventError, MissingEventError, RepeatedEventError } from './reduce/rowBuilder.ts'
export type { LogToRead } from './reduce/events.ts'
export * from './rows.ts'
export {
  createRpc,
  RpcError,
  type Call,
  type Rpc,
  type RpcErrorOptions,
  type RpcFailure,
  type RpcOptions,
} from './rpc.ts'
export * from './rpcPool.ts'
export * from './schema.ts'
export * from './statements.ts'
export * from './status.ts'
export * from './store.ts'
export { NewerDatabaseError } from './upgrades.ts'
export type { Column, ColumnType, Index, Table } from './tables/columns.ts'
