/** The entry point `stemma/interop`: formats of other systems, and drafts made of them. Browser and Node. @module */
export * from '../core/batchTree.ts'
export * from '../core/canonicalJson.ts'
export * from '../core/datasets.ts'
export * from './batch.ts'
export * from './card.ts'
export * from './draft.ts'
export * from './license.ts'
export * from './manifest.ts'
