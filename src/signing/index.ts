/** The entry point `stemma/signing`: signatures of OpenSSF Model Signing, made and verified without a network. Node. @module */
export type { Certificate } from './certificate.ts'
export { parseAuthorities } from './certificatePath.ts'
export * from './checkSigned.ts'
export * from './errors.ts'
export { parsePublicKey } from './publicKeys.ts'
export * from './signModel.ts'
export type { SigstoreSigner, SigstoreTrust } from './sigstoreSignature.ts'
export * from './verifySignature.ts'
