/** The entry point `stemma/documents`: Stemma's own files, read and written. Browser and Node. @module */
export * from './annex.ts'
export * from './batch.ts'
export * from './claim.ts'
export * from './compute.ts'
export * from './draft.ts'
export * from './duties.ts'
export * from './dutiesHeader.ts'
export * from './license.ts'
export * from './licenseNames.ts'
export * from './namespaceProof.ts'
export * from './lock.ts'
export * from './offer.ts'
export {
  isInForce,
  isSigned,
  keepOverride,
  OVERRIDE_SECONDS,
  OverrideRefusedError,
  readOverrides,
  signOverrideRecord,
  type MessageSigner,
  type OverrideAsked,
  type OverrideGate,
  type OverrideKind,
  type OverrideRecord,
  type OverrideStore,
  type RecoverSigner,
} from './override.ts'
export * from './packedText.ts'
export * from './publisherProfile.ts'
export * from './registration.ts'
export * from './scan.ts'
export * from './serving.ts'
export * from './share.ts'
export * from './tensorList.ts'
export * from './trainingDescription.ts'
