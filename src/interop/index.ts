/** The entry point `stemma/interop`: formats of other systems, and drafts made of them. Browser and Node. @module */
export * from '../core/batchTree.ts'
export * from '../core/canonicalJson.ts'
export * from '../core/datasets.ts'
export * from '../documents/batch.ts'
export * from './huggingface.ts'
export * from '../documents/draft.ts'
export * from '../documents/license.ts'
export * from './oms.ts'
