/** The entry point `@stemma/server/gateway`: calls of an API, bound to license credentials. Node. @module */
export * from './ports.ts'
export * from './admission.ts'
export { InvalidKeysError, newKey, readKeyFile, writeKeyFile, type KeyRecord } from './keyFile.ts'
export * from './keys.ts'
export { NewerQuotasError } from './leaseTables.ts'
export { openQuotaStore } from './quota.ts'
export * from './readQuota.ts'
export * from './standing.ts'
