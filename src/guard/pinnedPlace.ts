import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  type BigIntStats,
} from 'node:fs'
import { join, resolve } from 'node:path'

import { isSameState, stateOf } from '../artifacts/listFiles.ts'
import { quoted } from '../core/text.ts'
import { isPlaceReference } from '../subjects/openSubject.ts'
import type { SubjectOptions } from '../subjects/subject.ts'
import { statusAt } from './inodes.ts'
import type { HeldFile } from './ports.ts'

/** Most files that are kept open. The state of more is compared all the same. */
const MOST_OPEN = 16_384
/** How many are closed again when the system has no more, so that others can go on. */
const SPARE = 64
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** A folder with its device and inode, its time of change and what is in it. */
type Folder = { identity: string; ctimeNs: bigint; names: ReadonlySet<string> }

/**
 * The place of a model from before it was hashed until the command has ended: its files are kept open, so no other file can get their identity; the
 * names in its folders and the links on the way to it are remembered.
 */
export class PinnedPlace {
  readonly #descriptors = new Map<string, number>()
  readonly #folders = new Map<string, Folder>()
  readonly #links = new Map<string, string>()
  readonly #named: string
  /** Where the name leads, as a text that is another one when it leads elsewhere. */
  readonly #locate: () => Promise<string>
  #located = ''

  private constructor(named: string, locate: () => Promise<string>) {
    this.#named = named
    this.#locate = locate
  }

  /**
   * Looks at the place that a reference names, and opens its files.
   *
   * @throws what finding a model in a store throws; for a path, nothing: what is not there cannot be hashed either
   */
  static async of(reference: string, options: Pick<SubjectOptions, 'cwd' | 'env'>): Promise<PinnedPlace> {
    const { cwd = process.cwd(), env } = options
    if (!isPlaceReference(reference, env)) {
      const named = resolve(cwd, reference)
      const place = new PinnedPlace(named, () => Promise.resolve(realPathOf(named)))
      place.#located = await place.#locate()
      place.#add(place.#located)
      return place
    }
    const { locateSubject } = await import('../subjects/localSubjects.ts')
    const find = () => locateSubject(reference, options)
    const { folder, state } = await find()
    const place = new PinnedPlace(reference, async () => (await find()).state)
    place.#located = state
    if (folder !== undefined) place.#add(folder)
    return place
  }

  /** Whether all that is in the folders are these files: nothing else can be loaded from there. */
  holdsOnly(files: readonly HeldFile[]): boolean {
    const known = new Set(files.map(({ path }) => path))
    const isKnown = (path: string): boolean => known.has(path) || this.#folders.has(path) || this.#links.has(path)
    return [...this.#folders].every(([path, { names }]) => [...names].every((name) => isKnown(join(path, name))))
  }

  /** Opens those of the files that are not open yet, and closes what else was. Returns what is not as it was hashed, or null. */
  keep(files: readonly HeldFile[]): string | null {
    const wanted = new Set(files.map(({ path }) => path))
    for (const [path, descriptor] of this.#descriptors) {
      if (wanted.has(path)) continue
      closeSync(descriptor)
      this.#descriptors.delete(path)
    }
    for (const { path } of files) if (!this.#descriptors.has(path) && !this.#open(path)) break
    return files.map((file) => this.#changeOfOpen(file)).find((what) => what !== null) ?? null
  }

  /** What was added to the folders, or leads elsewhere now; null when nothing does. */
  async change(): Promise<string | null> {
    for (const [path, folder] of this.#folders) {
      const what = changeOfFolder(path, folder)
      if (what !== null) return what
    }
    for (const [path, target] of this.#links) if (linkAt(path) !== target) return `${quoted(path)} leads elsewhere`
    const now = await this.#locate().catch(() => '')
    return now === this.#located ? null : `${quoted(this.#named)} leads elsewhere`
  }

  /** The paths of the folders, for those who watch them. */
  get folders(): readonly string[] {
    return [...this.#folders.keys()]
  }

  /** Device and inode of a folder as it was pinned, as `stat -c %d:%i` prints them; undefined for what is not a folder of the place. */
  identityOf(folder: string): string | undefined {
    return this.#folders.get(folder)?.identity
  }

  /** Closes the files. What was remembered stays. */
  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor)
    this.#descriptors.clear()
  }

  #add(root: string): void {
    const stats = root === '' ? undefined : statusAt(root)
    if (stats?.isFile() === true) this.#open(root)
    else if (stats?.isDirectory() === true) this.#addFolder(root, stats)
  }

  #addFolder(folder: string, { dev, ino, ctimeNs }: BigIntStats): void {
    const entries = readdirSync(folder, { withFileTypes: true })
    this.#folders.set(folder, { identity: `${dev}:${ino}`, ctimeNs, names: new Set(entries.map(({ name }) => name)) })
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        const stats = statusAt(path)
        if (stats?.isDirectory() === true) this.#addFolder(path, stats)
      } else if (entry.isSymbolicLink()) this.#links.set(path, linkAt(path))
      else if (entry.isFile()) this.#open(path)
    }
  }

  #open(path: string): boolean {
    if (this.#descriptors.size >= MOST_OPEN) return false
    try {
      this.#descriptors.set(path, openSync(path, FLAGS))
      return true
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EMFILE' && code !== 'ENFILE') return true
      for (const [other, descriptor] of [...this.#descriptors].slice(0, SPARE)) {
        closeSync(descriptor)
        this.#descriptors.delete(other)
      }
      return false
    }
  }

  #changeOfOpen({ path, state }: HeldFile): string | null {
    const descriptor = this.#descriptors.get(path)
    if (descriptor === undefined) return null
    const now = stateOf(fstatSync(descriptor, { bigint: true }))
    if (isSameState(now, state)) return null
    return `${quoted(path)} was ${now.inode === state.inode ? 'changed' : 'replaced'}`
  }
}

function changeOfFolder(path: string, { identity, ctimeNs, names }: Folder): string | null {
  try {
    const stats = lstatSync(path, { bigint: true })
    if (`${stats.dev}:${stats.ino}` !== identity) return `${quoted(path)} was replaced`
    if (stats.ctimeNs === ctimeNs) return null
    const added = readdirSync(path).find((name) => !names.has(name))
    // What was removed and is not a file of the model does not matter.
    return added === undefined ? null : `${quoted(join(path, added))} was added`
  } catch (error) {
    return `${quoted(path)} cannot be seen any more (${(error as NodeJS.ErrnoException).code})`
  }
}

function linkAt(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return ''
  }
}
