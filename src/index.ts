/**
 * The entry point `stemma`: connect to a ledger, find, verify and register models. Browser and Node. The other actions are in
 * `stemma/sdk`.
 *
 * @module
 */
export type { Deployment } from './core/deployment.ts'
export { StemmaError } from './core/errors.ts'
export {
  parseAddress,
  parseDigest,
  parseModelId,
  type Address,
  type Digest,
  type Hex,
  type ModelId,
} from './core/hex.ts'
export type { Registration } from './core/registration.ts'
export { createQueryClient } from './query/client.ts'
export { verifyModel } from './sdk/compliance/verifyModel.ts'
export { connect, openLedger, type Ledger } from './sdk/connect.ts'
export { ContractError } from './sdk/contractError.ts'
export { nodeProvider } from './sdk/nodeProvider.ts'
export { findModels } from './sdk/registry/findModels.ts'
export { listAncestors } from './sdk/registry/listAncestors.ts'
export { prepareRegistration } from './sdk/registry/prepareRegistration.ts'
export { readModel } from './sdk/registry/readModel.ts'
export { registerModel } from './sdk/registry/registerModel.ts'
export { registerModels } from './sdk/registry/registerModels.ts'
export { signRegistration } from './sdk/registry/signRegistration.ts'
export { registerSigned } from './sdk/registry/registerSigned.ts'
export { resolveModel } from './sdk/registry/resolveModel.ts'
export type { Sent, WriteOptions } from './sdk/transact.ts'
export type { Report } from './core/report.ts'
