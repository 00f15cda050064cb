import type { Digest } from '../core/hex.ts'
import type { OpenedModel, PinnedModel } from './openGuarded.ts'
import type { FileWatch, GuardedModel } from './ports.ts'

/** What was done with a model that may not start. */
export type HoldResult = {
  place: GuardedModel['place']
  /** How it is held: its files lost read permission, it was moved, or nothing was touched. */
  by: 'mode' | 'move' | 'nothing'
  /** What others can still do, for people. */
  says: readonly string[]
}

/** Holds models back, gives them back, and watches them. */
export type Holder = {
  /** Waits until no other guard judges or holds these digests, and keeps others waiting. Returns what ends that. */
  lock(digests: readonly Digest[]): Promise<() => void>
  /** The model at a path as it was when it was held; undefined where it is not held, or was changed since. */
  held(root: string): Promise<Pick<OpenedModel, 'root' | 'digest' | 'files'> | undefined>
  /** Whether a model is held at a path. */
  isHeld(root: string): Promise<boolean>
  /** Whether a path is a folder that what is held was moved to. */
  isHoldFolder(path: string): Promise<boolean>
  /** Holds a model, if its place allows it. @throws `FileChangedError` when a file is not as it was hashed */
  hold(model: OpenedModel): Promise<HoldResult>
  /** Gives a model back, if it is held. Returns its files as they are then; undefined where it was not held, or they have to be hashed again. */
  release(model: Pick<OpenedModel, 'root' | 'digest'>): Promise<OpenedModel['files'] | undefined>
  /** Whether the files of a model are as they were when they were hashed. */
  isAsHashed(model: Pick<OpenedModel, 'files'>): boolean
  /** Gives back what is held at a path, whatever became of it. */
  releaseAt(root: string): Promise<void>
  /** Says that a command runs with a model, so that no other guard holds it meanwhile. Returns what ends that. */
  use(model: Pick<OpenedModel, 'root' | 'digest'>): Promise<() => void>
  /** Watches the files of a model. `changed` is called once. Closes the place of the model in the end. */
  watch(model: PinnedModel, changed: (what: string) => void): Promise<FileWatch>
  /** Words before a command that show it the models through a private read-only view; undefined where the kernel has none. */
  view(models: readonly PinnedModel[]): Promise<readonly string[] | undefined>
}
