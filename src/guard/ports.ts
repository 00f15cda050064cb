import type { FileState } from '../artifacts/listFiles.ts'
import type { Digest } from '../core/hex.ts'

/** A file of a model that was hashed, with the state it was in. */
export type HeldFile = {
  /** Absolute path without links. */
  path: string
  /** Name in the manifest. */
  name: string
  /** SHA-256: 64 hex digits. */
  digest: string
  state: FileState
}

/** A model that is held or started. */
export type GuardedModel = {
  /** Absolute path of the folder or the file. */
  root: string
  digest: Digest
  files: readonly HeldFile[]
  /** Whose files they are: the user's own, those of a shared store (Hub cache, Ollama, LM Studio), or another user's. */
  place: 'own' | 'shared-store' | 'foreign'
}

/** How strong the check is that what was hashed is what is loaded. */
export type Integrity = 'stat' | 'lease' | 'verity'

/** Watches files while a command uses them. */
export type FileWatch = {
  integrity: Integrity
  /** Checks all files once more, now. */
  check(): Promise<void>
  /** Checks all files once more, now, and ends the watch. Returns what changed, or null. */
  stop(): Promise<string | null>
}
