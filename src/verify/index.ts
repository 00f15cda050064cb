/** The entry point `stemma/verify`: from a reader of a ledger to the answer to a use. Browser and Node. @module */
export { VERDICTS, type Facts, type Verdict } from '../core/evaluate.ts'
export * from '../core/ports.ts'
export * from './answer.ts'
export * from './policy.ts'
export { TermsMismatchError } from './proofs.ts'
export * from './report.ts'
export * from './verify.ts'
export * from './verifyWeights.ts'
