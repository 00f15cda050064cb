/** The entry point `@stemma/server/gateway`: calls of an API, bound to license credentials. Node. @module */
export * from './anchor.ts'
export * from './ports.ts'
export * from './admission.ts'
export * from './keys.ts'
export * from './quota.ts'
export * from './standing.ts'
