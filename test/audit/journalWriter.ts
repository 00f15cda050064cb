/**
 * Keeps a journal in a process of its own that a test kills: 50 writers append, each waiting for its last entry, and print what was
 * acknowledged. Usage: node journalWriter.ts FOLDER ROUND
 */
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'

import { openJournal } from '../../src/audit/journal.ts'

const [, , folder, round] = process.argv as [string, string, string, string]
// The next process starts faster; this one does not come to its end.
flushCompileCache()
const journal = await openJournal(folder, { segmentBytes: 64 * 1024 })
await Promise.all(
  Array.from({ length: 50 }, async (_, writer) => {
    for (let number = 0; ; ++number) {
      const id = `${round}-${writer}-${number}`
      await journal.append({ note: id })
      writeSync(1, `${id}\n`)
    }
  }),
)
