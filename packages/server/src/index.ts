/** The entry point `@stemma/server`: the indexer and the query API. Node. @module */
export * from './api/index.ts'
export * from './indexer/index.ts'
