import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Digest } from 'stemma/core'

import { writeWhole } from '../gateway/writeWhole.ts'

/** What became of a review. */
export const WORK_STATES = ['waiting', 'scanned', 'attested', 'unknown', 'refused'] as const
/** A member of {@link WORK_STATES}. `unknown` and `refused` are not attested: somebody has to look. */
export type WorkState = (typeof WORK_STATES)[number]

/** The work on the review of some weights, as it is kept. */
export type ReviewWork = {
  version: 1
  weights: Digest
  /** What the review is about: a model's id, or the weights. */
  subject: string
  /** The addresses that strangers stated, the request's first. */
  addresses: readonly string[]
  state: WorkState
  /** How often it was tried in vain. */
  attempts: number
  /** Earliest time of the next try, in milliseconds since 1970. */
  notBefore: number
  /** What the scan found, and the digest of its report. */
  scan?: {
    verdict: 'passed' | 'failed' | 'unknown'
    report: Digest
    ruleset: Digest
    tensors: Digest
    scannedAt: number
  }
  /** Why it waits, or is not attested. */
  reason?: { code: string; message: string }
  transaction?: string
}

/** The work on reviews, a file each, in a folder. */
export type ReviewFiles = {
  /** All work that is kept, in the order of the weights. */
  all(): Promise<ReviewWork[]>
  /** The work on some weights; undefined when there is none. */
  read(weights: Digest): Promise<ReviewWork | undefined>
  /** Keeps the work, so that it is there after a crash at any point. */
  write(work: ReviewWork): Promise<void>
}

/** Opens the folder of reviews. A file that is damaged counts as none: the review is begun again. */
export async function openReviewFiles(folder: string): Promise<ReviewFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const pathOf = (weights: Digest): string => join(folder, `${weights.slice(2)}.json`)
  const readPath = async (path: string): Promise<ReviewWork | undefined> => {
    try {
      const work = JSON.parse(await readFile(path, 'utf8')) as ReviewWork
      return work.version === 1 && WORK_STATES.includes(work.state) ? work : undefined
    } catch {
      return undefined
    }
  }
  return {
    all: async () => {
      const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.json$/.test(name)).toSorted()
      const works = await Promise.all(names.map((name) => readPath(join(folder, name))))
      return works.filter((work) => work !== undefined)
    },
    read: (weights) => readPath(pathOf(weights)),
    write: (work) => writeWhole(pathOf(work.weights), `${JSON.stringify(work)}\n`),
  }
}
