/** The entry point `stemma/core`: ids, registrations, the lineage graph, the license algebra and errors. Browser and Node. @module */
export * from './batchTree.ts'
export * from './canonicalJson.ts'
export * from './claim.ts'
export * from './datasets.ts'
export * from './deployment.ts'
export * from './errors.ts'
export * from './evaluate.ts'
export * from './evidence.ts'
export * from './external.ts'
export * from './grant.ts'
export * from './hex.ts'
export * from './hubId.ts'
export * from './json.ts'
export * from './lineage.ts'
export * from './merkleLog.ts'
export * from './modelName.ts'
export * from './packed.ts'
export * from './ports.ts'
export * from './recall.ts'
export * from './registration.ts'
export * from './review.ts'
export * from './roles.ts'
export * from './serving.ts'
export * from './sha256.ts'
export * from './tensors.ts'
export * from './terms.ts'
export * from './text.ts'
export * from './tier.ts'
export {
  InvalidMeasureError,
  isTopic,
  LICENSORS,
  measureCodes,
  measureName,
  measureOf,
  METRIC_NAMES,
  METRICS,
  parseMeasure,
  SUBJECT_NAMES,
  SUBJECTS,
  topicName,
  YES_OR_NO,
  type Measure,
  type MeasureCodes,
  type Metric,
} from './topics.ts'
export * from './usage.ts'
export * from './vocabulary.ts'
