/** The entry point `stemma/abi`: the ABIs of the contracts. Browser and Node. @module */
export { accessManagerAbi } from './accessManager.ts'
export { complianceLensAbi } from './complianceLens.ts'
export { ledgerAbi } from './ledger.ts'
export { licenseCredentialAbi } from './licenseCredential.ts'
export { lineageClaimsAbi } from './lineageClaims.ts'
export { loadCheckAbi } from './loadCheck.ts'
export { reviewGateAbi } from './reviewGate.ts'
export { usageAuditAbi } from './usageAudit.ts'
