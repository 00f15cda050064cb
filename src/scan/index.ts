/** The entry point `stemma/scan`: scanners of weights, and reports of what they found. Node. @module */
export * from './facts.ts'
export * from './ports.ts'
export * from './readLedgerFacts.ts'
export * from './ruleset.ts'
export * from './run/scanModel.ts'
export * from './scanContents.ts'
export * from './scanDocument.ts'
export * from './scanners.ts'
