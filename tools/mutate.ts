/**
 * Tries small faults in the contracts, one after another, and prints those that no test notices. docs/mutation.md
 * explains which, and how. Exits with 1 if fewer than 95 % are noticed, or if test/mutation/survivors.json lacks the
 * reason for a survivor.
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
const MEMORY = 12 * 2 ** 30

helpIfAsked()
const folder = mkdtempSync(join(tmpdir(), 'stemma-mutate-'))
try {
  process.exitCode = buildInstrumented('mutation') || (await tryAll())
} finally {
  rmSync(folder, { recursive: true })
}

/** Tries mutants in a process, and starts another process after each mutant that used too much memory. */
async function tryAll(): Promise<number> {
  const trying = join(folder, 'trying')
  for (let exhausting = ''; ;) {
    const code = await hardhatWithin(MEMORY, 'mutation', ['mutate', ...process.argv.slice(2)], {
      STEMMA_TRYING: trying,
      STEMMA_EXHAUSTING: exhausting,
    })
    if (code !== undefined) return code
    const key = existsSync(trying) ? readFileSync(trying, 'utf8') : ''
    // The same mutant again, or none: the memory is not the mutant's fault.
    if (key === '' || key === exhausting) throw new Error(`The tests take more than ${MEMORY} bytes of memory.`)
    exhausting = key
  }
}
