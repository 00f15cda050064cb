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
import { buildInstrumented, hardhatOver } from './instrument/run.ts'
import { helpIfAsked } from './options.ts'

helpIfAsked()
process.exitCode = buildInstrumented('mutation') || hardhatOver('mutation', ['mutate', ...process.argv.slice(2)])
