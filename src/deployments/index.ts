// The entry point `stemma/deployments`: files that say where ledgers are. Node.
export * from '../core/deployment.ts'
export * from './deploymentFiles.ts'
