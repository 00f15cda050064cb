/** The entry point `stemma/deployments`: files that say where ledgers are, and whom the user trusts there. Node. @module */
export * from '../core/deployment.ts'
export * from './bindingPins.ts'
export * from './deploymentFiles.ts'
export * from './namePins.ts'
export * from './trust.ts'
export * from './trustedPublishers.ts'
