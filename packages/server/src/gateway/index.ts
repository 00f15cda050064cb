/** The entry point `@stemma/server/gateway`: calls of an API, bound to license credentials. Node. @module */
export * from './ports.ts'
export * from './description.ts'
