/** The entry point `stemma/interop`: formats of other systems, and drafts made from them. Browser and Node. @module */
export * from '../core/batchTree.ts'
export * from '../core/canonicalJson.ts'
export * from '../core/datasets.ts'
export * from '../documents/batch.ts'
export * from '../documents/draft.ts'
export * from '../documents/license.ts'
export * from '../documents/licenseConjunction.ts'
export * from './answers.ts'
export * from './byteSource.ts'
export type { CardLibrary } from './cardLibrary.ts'
export * from './codeQuality.ts'
export {
  cyclonedxBom,
  CYCLONEDX_VERSIONS,
  type BomProperty,
  type CyclonedxBom,
  type CyclonedxVersion,
} from './cyclonedx.ts'
export * from './draftFromBom.ts'
export * from './draftFromCard.ts'
export * from './draftParents.ts'
export * from './draftTerms.ts'
export * from './eas.ts'
export * from './findingRules.ts'
export * from './g7Elements.ts'
export * from './gitLfs.ts'
export * from './gguf/layout.ts'
export * from './gguf/parseGgufHeader.ts'
export * from './gguf/reader.ts'
export type { DatasetSource } from './ggufStatements.ts'
export * from './huggingface.ts'
export * from './licenseContradictions.ts'
export * from './licenseCredential.ts'
export * from './licenseExpression.ts'
export * from './licenseSketch.ts'
export { claimLine, CLAIMS_FILE, readLineageClaims, withClaim, type LineageClaims } from './lineageClaims.ts'
export {
  readLineageDocument,
  type DocumentEdge,
  type DocumentEndpoint,
  type DocumentLicense,
  type DocumentModel,
  type DocumentPolicy,
  type LineageDocument,
} from './lineageDocument.ts'
export * from './lineageStatement.ts'
export * from './markdown.ts'
export { codeOf as markdownCode, table as markdownTable, textOf as markdownText } from './markdownText.ts'
export * from './nearLicenses.ts'
export * from './modelFolder.ts'
export * from './oms.ts'
export * from './parentFiles.ts'
export * from './parentName.ts'
export * from './partHasher.ts'
export * from './safetensors.ts'
export * from './sarif.ts'
export * from './shards.ts'
export * from './readConjunction.ts'
export * from './sigstore.ts'
export { SPDX_CONTEXT, spdxDocument, type SpdxDocument, type SpdxElement } from './spdx.ts'
export * from './tensors.ts'
export * from './trainingSummary.ts'
export * from './vsa.ts'
