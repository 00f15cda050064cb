/**
 * Tries small faults in the contracts, one after another, and prints those that no test notices. docs/mutation.md says which, and how.
 * Exits with 1 when fewer than 95 of a hundred are noticed, or when test/mutation/survivors.json does not say of one why not.
 *
 * Usage: npm run mutate [-- --only TEXT] [--sample N --seed S] [--part I/N] [--update]
 *   --only TEXT         only mutants with the text in their key, such as `contracts/gate` or `ReviewGate.clear:`
 *   --sample N          so many of them; --seed S chooses others
 *   --part I/N          the I-th of N equal parts, from 0
 *   --update            keeps which test killed which mutant in test/mutation/kills.json, so that the next run tries it first
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { buildInstrumented, hardhatWithin } from './instrument/run.ts'
import { helpIfAsked } from '../scripts/options.ts'

/** A mutant in an endless loop uses all memory long before its gas. With this many bytes it counts as noticed. */
const MEMORY = 6 * 2 ** 30

helpIfAsked()
const folder = mkdtempSync(join(tmpdir(), 'stemma-mutate-'))
try {
  process.exitCode = buildInstrumented('mutation') || (await tryAll())
} finally {
  rmSync(folder, { recursive: true })
}

/** Tries mutants in a process, and in another one after each that took too much memory. */
async function tryAll(): Promise<number> {
  const trying = join(folder, 'trying')
  for (let exhausting = ''; ;) {
    const code = await hardhatWithin(MEMORY, 'mutation', ['mutate', ...process.argv.slice(2)], {
      STEMMA_TRYING: trying,
      STEMMA_EXHAUSTING: exhausting,
    })
    if (code !== undefined) return code
    const key = existsSync(trying) ? readFileSync(trying, 'utf8') : ''
    // Once more over the same mutant, or over none: it is not the mutant that takes the memory.
    if (key === '' || key === exhausting) throw new Error(`The tests take more than ${MEMORY} bytes of memory.`)
    exhausting = key
  }
}
