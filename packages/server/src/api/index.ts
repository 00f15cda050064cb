/** The entry point `@stemma/server/api`: the query API over an index, as a fetch handler or a server. Node. @module */
export * from './api.ts'
export { QueryTooLargeError } from './budget.ts'
export { LIMITS, type Limits } from './graphql/limits.ts'
export * from './listen.ts'
export * from './serve.ts'
