/** The entry point `@stemma/server/scanner`: reviews that are requested, scanned and attested. Node. @module */
export * from './config.ts'
export { DownloadError } from './downloadFile.ts'
export * from './fetchWeights.ts'
export * from './guardedFetch.ts'
export * from './reviewFile.ts'
export { type Scanned, type ScanWeights } from './scanReviews.ts'
export * from './serve.ts'
