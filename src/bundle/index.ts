/** The entry point `stemma/bundle`: offline bundles, collected from a node and opened without one. Browser and Node. @module */
export * from './bundleFile.ts'
export * from './bundleState.ts'
export * from './collectBundle.ts'
export * from './document.ts'
export * from './ledgerState.ts'
export * from './openBundle.ts'
export * from './provenState.ts'
export * from './recordedState.ts'
