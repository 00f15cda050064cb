/**
 * Keeps calls in a usage store until it is killed: `node endlessCalls.ts FOLDER FIRST`. Prints `begun N` and `ended N` once the store has
 * acknowledged that, for calls from number FIRST on.
 */

import { openUsageStore } from '../../src/audit/openUsageStore.ts'
import { endOf, intentOf, OPERATOR, signReceiptKey } from './calls.ts'

const [folder, first] = process.argv.slice(2)
const store = await openUsageStore({
  folder: folder!,
  operator: OPERATOR,
  signReceiptKey,
  sealEvery: 0.005,
  rewriteAfter: 20,
  // The smallest, so that each round begins some.
  journal: { segmentBytes: 64 * 1024 },
})
store.onSealed(() => process.stdout.write('sealed\n'))
let next = Number(first)

async function keepCalls(): Promise<void> {
  for (;;) {
    const number = next++
    await store.begin(intentOf(number))
    process.stdout.write(`begun ${number}\n`)
    // Some calls take so long that they never end here.
    if (number % 50 === 0) continue
    await store.end(endOf(number))
    process.stdout.write(`ended ${number}\n`)
  }
}

await Promise.all(Array.from({ length: 20 }, keepCalls))
