import type { FileState } from '../../../artifacts/listFiles.ts'
import type { EngineRun, Finding } from '../../ports.ts'

/** A file that an engine scans: what it is called, where it is, and the state in which it was hashed. */
export type EngineFile = { name: string; path: string; state: FileState; size: number }

/** What an engine said of some files. */
export type EngineResult = { run: EngineRun; findings: Finding[] }

/** What an engine is called with. */
export type EngineCall = {
  /** The files of the model that are not empty. */
  files: readonly EngineFile[]
  /** An empty folder of our own, in which it runs. */
  folder: string
  /** PATH and HOME of the user; nothing else. */
  env: NodeJS.ProcessEnv
  /** Milliseconds that the engine may take for so many bytes. */
  milliseconds: (bytes: number) => number
  signal?: AbortSignal | undefined
}

/** The name of an engine that can be called. */
export type EngineName = 'clamav' | 'modelscan'

/** An engine of others: it is called where it is installed, and never installed. */
export type Engine = {
  id: EngineName
  /** Calls it; undefined where it is not installed. Throws only the signal's reason. */
  call(call: EngineCall): Promise<EngineResult | undefined>
}

/** Why an engine did not scan a file of which it says nothing. */
export const SILENT = 'it says nothing of the file'
