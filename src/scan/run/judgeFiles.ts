import type { Finding, ScanFacts } from '../ports.ts'
import { SCAN_LIMITS } from '../scanLimits.ts'
import { scanRule } from '../scanRules.ts'
import { JudgeProcess, type ProcessEnd, type ProcessOptions } from './judgeProcess.ts'
import type { FileToScan, JudgedFile } from './messages.ts'

/** How files are judged. */
export type JudgeOptions = ProcessOptions & {
  /** Called with each file that is judged. */
  onJudged?: ((index: number, file: JudgedFile) => void) | undefined
}

/**
 * Judges files in a process of their own. A file on which that process ends is a finding, and the next process goes on behind it.
 */
export class FilesJudge {
  readonly #files: readonly FileToScan[]
  readonly #options: JudgeOptions
  readonly #findings: Finding[] = []
  readonly #judgedBy: string[][]
  readonly #done: Promise<void>
  #process: JudgeProcess
  #deaths = 0
  #isClosed = false

  /** Begins to judge files at once. @param indices those that are judged; what is found in the others is known */
  constructor(files: readonly FileToScan[], indices: readonly number[], options: JudgeOptions) {
    this.#files = files
    this.#options = options
    this.#judgedBy = files.map(() => [])
    this.#process = new JudgeProcess(files, options)
    this.#done = this.#judge(indices)
    // The caller of `finish` hears of it.
    this.#done.catch(() => {})
  }

  /**
   * Waits until all files are judged, and judges the model as a whole after them.
   *
   * @param digests of the files, in their order
   * @throws `FileChangedError` when a file is not in the state in which it is hashed; the signal's reason
   */
  async finish(digests: readonly string[], facts: ScanFacts): Promise<{ findings: Finding[]; judgedBy: string[][] }> {
    await this.#done
    if (this.#deaths < SCAN_LIMITS.deaths) {
      const end = await this.#process.ask({ digests, facts }, (_, { findings }) => this.#findings.push(...findings))
      if (end.kind === 'died') this.#findings.push(interrupted(null, end.reason))
    }
    return { findings: this.#findings, judgedBy: this.#judgedBy }
  }

  /** Ends the process. */
  close(): void {
    this.#isClosed = true
    this.#process.close()
  }

  async #judge(indices: readonly number[]): Promise<void> {
    for (let left = indices; left.length > 0;) {
      const end = await this.#process.ask({ indices: left }, (index, file) => this.#take(index, file))
      if (end.kind === 'done' || this.#isClosed) return
      this.#died(end)
      left = left.slice(left.indexOf(end.index) + 1)
      if (this.#deaths < SCAN_LIMITS.deaths) continue
      for (const index of left)
        this.#findings.push(interrupted(this.#files[index]!.name, 'too many files ended the scan'))
      return
    }
  }

  #take(index: number, file: JudgedFile): void {
    this.#findings.push(...file.findings)
    this.#judgedBy[index] = file.judgedBy
    this.#options.onJudged?.(index, file)
  }

  #died({ index, reason }: ProcessEnd & { kind: 'died' }): void {
    this.#findings.push(interrupted(this.#files[index]!.name, reason))
    this.#deaths += 1
    if (this.#deaths < SCAN_LIMITS.deaths) this.#process = new JudgeProcess(this.#files, this.#options)
  }
}

function interrupted(file: string | null, why: string): Finding {
  const { id, level, remedy } = scanRule('scan.interrupted')
  return {
    rule: id,
    level,
    file,
    member: [],
    offset: null,
    what: `the scan ended early: ${why}`,
    library: null,
    remedy,
  }
}
