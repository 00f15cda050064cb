import type { Command } from 'commander'

import { watchEvents } from '../../sdk/watchEvents.ts'
import { UsageError, type Context } from '../context.ts'
import { openToRead, type LedgerOptions } from '../open.ts'
import { withLedgerOptions } from '../options.ts'

/** `stemma watch`: the ledger's events as they come, one JSON value a line. */
export function addWatch(program: Command, context: Context): void {
  withLedgerOptions(
    program
      .command('watch')
      .description('print the ledger’s events as they come, one JSON value a line, until Ctrl-C')
      .option('--from-block <n>', 'begin at this block; by default at what comes next')
      .option('--count <n>', 'end after so many events'),
  ).action(async (options: LedgerOptions & { fromBlock?: string; count?: string }) => {
    const fromBlock = numberOf('--from-block', options.fromBlock)
    const count = numberOf('--count', options.count) ?? Infinity
    const ledger = await openToRead(context, options)
    try {
      let seen = 0
      const sightings = watchEvents(ledger, { signal: context.signal, ...(fromBlock !== undefined && { fromBlock }) })
      for await (const sighting of sightings) {
        context.stdout(
          `${JSON.stringify(sighting, (_, value) => (typeof value === 'bigint' ? value.toString() : value))}\n`,
        )
        seen += 1
        if (seen >= count) break
      }
    } finally {
      ledger.provider.destroy()
    }
  })
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new UsageError(`"${text}" is not a whole number for ${option}.`)
  return Number(text)
}
