/** The entry point `@stemma/server/gateway`: calls of an API, bound to license credentials. Node. @module */
export * from './anchor.ts'
export * from './ports.ts'
