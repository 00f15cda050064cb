/** The entry point `stemma/deployments`: files that say where ledgers are. Node. @module */
export * from '../core/deployment.ts'
export * from './deploymentFiles.ts'
export * from './trust.ts'
