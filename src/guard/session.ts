import type { OpenedModel } from './openGuarded.ts'
import type { Missing } from './judgeStart.ts'

/** The answer to a loader that asks whether it may load something. */
export type LoadAnswer =
  | { loadable: true; weights: string; files: readonly FileIdentity[] }
  | { loadable: false; code: string; message: string; missing: readonly Missing[] }

/** A file by device and inode, as decimal strings. */
export type FileIdentity = readonly [device: string, inode: string]

/** What a running command may load: the models that it was started with, and those that were judged since. */
export class GuardSession {
  readonly #models: OpenedModel[] = []
  readonly #roots = new Set<string>()

  /** Lets a model be loaded. */
  add(model: OpenedModel): void {
    if (!this.has(model)) this.#models.push(model)
    this.#roots.add(model.root)
  }

  /** Whether a model may be loaded, with the very files that it has. */
  has(model: OpenedModel): boolean {
    const files = JSON.stringify(identitiesOf(model))
    return this.#models.some(
      (each) =>
        each.root === model.root && each.digest === model.digest && JSON.stringify(identitiesOf(each)) === files,
    )
  }

  /** Guards a folder in which nothing may be loaded but what was added. */
  guardFolder(path: string): void {
    this.#roots.add(path)
  }

  get models(): readonly OpenedModel[] {
    return this.#models
  }

  get roots(): readonly string[] {
    return [...this.#roots]
  }

  get files(): readonly FileIdentity[] {
    return this.#models.flatMap(identitiesOf)
  }
}

/** The files of a model as a loader can compare them. */
export function identitiesOf({ files }: OpenedModel): FileIdentity[] {
  return files.map(({ state }) => [state.device.toString(), state.inode.toString()])
}
