/** The entry point `stemma/subjects`: models where they are, without downloading their weights. Node. @module */
export * from './hub/errors.ts'
export * from './hub/hubReference.ts'
export type { HubFile } from './hub/listing.ts'
export * from './hub/openHub.ts'
export * from './openSubject.ts'
export * from './subject.ts'
