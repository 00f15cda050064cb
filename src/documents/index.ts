/** The entry point `stemma/documents`: Stemma's own files, read and written. Browser and Node. @module */
export * from './batch.ts'
export * from './claim.ts'
export * from './draft.ts'
export * from './license.ts'
export * from './offer.ts'
export * from './registration.ts'
export * from './scan.ts'
export * from './tensorList.ts'
