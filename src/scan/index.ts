/** The entry point `stemma/scan`: scanners of weights, and reports of what they found. Node. @module */
export * from './ports.ts'
export * from './ruleset.ts'
export * from './scanContents.ts'
export * from './scanDocument.ts'
export * from './scanners.ts'
