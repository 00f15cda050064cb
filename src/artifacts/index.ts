/** The entry point `stemma/artifacts`: weights and model folders, read and hashed. Node. @module */
export * from './compareWithStatement.ts'
export * from './draftFolder.ts'
export * from './inspectFiles.ts'
export * from './licenseLibrary.ts'
export type { FileState, ListedFile } from './listFiles.ts'
export * from './modelDigest.ts'
export * from './modelDocuments.ts'
export * from './readHeader.ts'
