/** Appends blocks to a PostgreSQL database until that fails, and prints the code of the failure: `node endlessWriter.ts URL`. */
import type { Address } from '../../../src/core/hex.ts'
import { createPostgresStore } from '../../../packages/server/src/indexer/postgresStore.ts'

const store = createPostgresStore(process.argv[2]!, { beat: 50, lease: 400 })
try {
  await store.start({ chainId: 31337, ledger: `0x${'a'.repeat(40)}` as Address })
  for (let block = 1; ; block++) {
    const hash = `0x${block.toString(16).padStart(64, '0')}` as const
    const rows = { blocks: [[block, hash, hash, block]] }
    await store.append({ rows, checkpoint: { block, hash, time: block, finalized: 0, head: block } })
    if (block === 3) console.log('appended')
  }
} catch (error) {
  console.log((error as { code?: string }).code)
  process.exit(0)
}
