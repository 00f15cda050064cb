/** The entry point `stemma/abi`: the ABIs of the contracts. Browser and Node. @module */
export * from './accessManager.ts'
export * from './complianceLens.ts'
export * from './ledger.ts'
export * from './licenseCredential.ts'
export * from './lineageClaims.ts'
export * from './reviewGate.ts'
export * from './usageAudit.ts'
