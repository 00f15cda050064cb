/** The entry point `stemma/audit`: logs of calls that were made under a credential, their proofs and checkpoints. Node. @module */
export * from '../core/merkleLog.ts'
export * from '../core/usage.ts'
export * from './callRecord.ts'
export * from './readLogOwner.ts'
export * from './replayLog.ts'
export * from './usageLog.ts'
export * from './usageStore.ts'
export * from './usageProof.ts'
