/** The entry point `stemma/guard`: whether a model may be loaded, asked by loaders, and commands that run only while theirs may. Node. @module */
export * from './advanceReview.ts'
export * from './assertLoadable.ts'
export * from './clearances.ts'
export {
  AmbiguousCommandError,
  LongCommandError,
  modelsInCommand,
  namedByOptions,
  NoModelInCommandError,
  type CommandModel,
} from './commandModels.ts'
export * from './guardSocket.ts'
export type { Holder, HoldResult } from './holder.ts'
export { GateUnreachableError, judgeModel, starts, type GuardGate, type JudgedModel } from './judgeModel.ts'
export * from './judgeStart.ts'
export * from './loaderEnvironment.ts'
export { LongNamesError } from './namedModels.ts'
export * from './openGuarded.ts'
export * from './overrides.ts'
export { PinnedPlace } from './pinnedPlace.ts'
export type { ProvenLedger } from './readBundled.ts'
export type { FileWatch, GuardedModel, HeldFile, Integrity } from './ports.ts'
export * from './readStanding.ts'
export * from './runCommand.ts'
export { GuardSession, type FileIdentity, type LoadAnswer } from './session.ts'
export * from './startGuarded.ts'
export * from './stateFolder.ts'
export { AdapterFolderError } from './watchAdapters.ts'
