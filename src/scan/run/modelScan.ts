import type { ListedFile } from '../../artifacts/listFiles.ts'
import type { ModelFile } from '../../artifacts/modelFile.ts'
import type { HoldFiles } from '../../artifacts/modelDigest.ts'
import type { Finding, ScanFacts } from '../ports.ts'
import type { FindingsCache } from './findingsCache.ts'
import { HeldFiles } from './heldFiles.ts'
import { FilesJudge } from './judgeFiles.ts'
import type { ProcessOptions } from './judgeProcess.ts'
import type { FileToScan, JudgedFile } from './messages.ts'

/** How a model is scanned. */
export type ModelScanOptions = ProcessOptions & {
  cache?: FindingsCache | undefined
  /** Called with the number of files that are judged, of so many. */
  onScanned?: ((files: number, total: number) => void) | undefined
}

/**
 * A scan that begins when the files of a model are found, and judges them while they are hashed, through the same descriptors: what was
 * hashed is what was judged.
 */
export class ModelScan {
  readonly #options: ModelScanOptions
  readonly #held = new HeldFiles()
  #files: readonly ListedFile[] = []
  #judge: FilesJudge | undefined
  /** What is known of files without judging them. */
  readonly #known = new Map<number, JudgedFile & { digest: string }>()
  readonly #judged = new Map<number, JudgedFile>()

  constructor(options: ModelScanOptions = {}) {
    this.#options = options
  }

  /** Holds files open, and begins to judge those whose findings are not in the cache. */
  readonly hold: HoldFiles = (files, digests) => {
    this.#judge?.close()
    this.#known.clear()
    this.#judged.clear()
    this.#files = files
    const descriptors = this.#held.open(files)
    for (const [index, { name }] of files.entries()) {
      const digest = digests[index]
      if (digest === undefined) continue
      const known = this.#options.cache?.get(digest, name)
      if (known !== undefined) this.#known.set(index, { ...known, digest })
    }
    const open = files.map(({ name, path, state }, index) => ({ name, path, state, descriptor: descriptors[index] }))
    this.#judge = new FilesJudge(
      open satisfies FileToScan[],
      [...files.keys()].filter((index) => !this.#known.has(index)),
      {
        ...this.#options,
        onJudged: (index, file) => {
          this.#judged.set(index, file)
          this.#options.onScanned?.(this.#known.size + this.#judged.size, files.length)
        },
      },
    )
    return descriptors
  }

  /**
   * Waits until the files are judged, and judges the model as a whole.
   *
   * @param contents the files that were hashed; those that were not held are judged now
   * @throws `FileChangedError` when a file is not in the state in which it was hashed; the signal's reason
   */
  async finish(
    contents: readonly (ModelFile & Required<Pick<ModelFile, 'local'>>)[],
    facts: ScanFacts,
  ): Promise<{ findings: Finding[]; judgedBy: string[][] }> {
    const listed = contents.map(({ name, local }) => ({ name, ...local, linked: false }))
    const digests = contents.map(({ digest }) => digest)
    const areHeld =
      this.#judge !== undefined &&
      this.#files.length === listed.length &&
      listed.every(({ name, path }, index) => name === this.#files[index]!.name && path === this.#files[index]!.path) &&
      [...this.#known].every(([index, { digest }]) => digest === digests[index])
    if (!areHeld) this.hold(listed, digests)
    const { findings, judgedBy } = await this.#judge!.finish(digests, facts)
    for (const [index, file] of this.#judged) this.#options.cache?.set(digests[index]!, listed[index]!.name, file)
    for (const [index, known] of this.#known) {
      // It was not opened for its judgement, so it is looked at here whether it is still what was hashed.
      await contents[index]!.open(async () => {})
      findings.push(...known.findings)
      judgedBy[index] = known.judgedBy
    }
    return { findings, judgedBy }
  }

  /** Ends the scan, and closes the files. */
  close(): void {
    this.#judge?.close()
    this.#held.close()
  }
}
