/** The entry point `@stemma/server`: the indexer, the query API and the gateway. Node. @module */
export * from './api/index.ts'
export * from './indexer/index.ts'
export * from './gateway/index.ts'
