import { closeSync, constants, openSync } from 'node:fs'

import type { ListedFile } from '../../artifacts/listFiles.ts'

/** Most files that are held open at once. Those beyond are opened again by their paths, and must be in the same state. */
const MOST_HELD = 16_384

/** Files that stay open from before they are hashed until they are judged, so that no other file can take their place between. */
export class HeldFiles {
  readonly #descriptors: number[] = []

  /** Opens files without following a link. Undefined for one that cannot be opened: who reads it reports why. */
  open(files: readonly ListedFile[]): (number | undefined)[] {
    return files.map(({ path }, index) => (index < MOST_HELD ? this.#open(path) : undefined))
  }

  #open(path: string): number | undefined {
    try {
      // O_NONBLOCK: opening a pipe that took the file's place must not wait for a writer.
      const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      this.#descriptors.push(descriptor)
      return descriptor
    } catch {
      return undefined
    }
  }

  /** Closes them all. */
  close(): void {
    for (const descriptor of this.#descriptors.splice(0)) closeSync(descriptor)
  }
}
