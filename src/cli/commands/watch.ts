import type { Command } from 'commander'

import { shortText } from '../../core/text.ts'
import { watchEvents, type Sighting } from '../../sdk/watchEvents.ts'
import { toJson, UsageError, type Context } from '../../console/context.ts'
import { read } from '../open.ts'
import type { LedgerOptions } from '../../console/node.ts'
import { countOption, withLedgerOptions } from '../../console/options.ts'

/** `stemma watch`: prints the ledger's events as they arrive. */
export function watch(command: Command, context: Context): void {
  withLedgerOptions(
    command
      .option('--from-block <n>', 'begin at this block (default: with the next event)')
      .option('--count <n>', 'end after this many lines'),
    {
      example: '$ stemma watch --from-block 0 --count 10',
      json: 'one value a line: { kind: "event", event: { name, args, contract, block, blockHash,\ntransaction, index } }, or { kind: "reorg", block }: events of that block and later ones are void',
    },
  ).action(async (options: LedgerOptions & { fromBlock?: string; count?: string }) => {
    const fromBlock = countOption('--from-block', options.fromBlock)
    const count = countOption('--count', options.count) ?? Infinity
    if (count === 0) throw new UsageError('--count 0 would print nothing. Use 1 or more.')
    await read(context, options, async (ledger) => {
      let lines = 0
      const sightings = watchEvents(ledger, { signal: context.signal, ...(fromBlock !== undefined && { fromBlock }) })
      try {
        for await (const sighting of sightings) {
          context.stdout(`${options.json ? toJson(sighting, 0) : formatSighting(sighting)}\n`)
          lines += 1
          if (lines >= count) break
        }
      } catch (error) {
        // Ctrl-C is how this command ends.
        if (!context.signal.aborted) throw error
      }
    })
  })
}

function formatSighting(sighting: Sighting): string {
  if (sighting.kind === 'reorg') return `block ${sighting.block}: replaced; what was printed from this block on is void`
  const { block, name, args } = sighting.event
  return `block ${block}: ${name} ${Object.entries(args).map(formatArgument).join(' ')}`
}

function formatArgument([name, value]: readonly [string, unknown]): string {
  const text = typeof value === 'string' || typeof value === 'bigint' ? String(value) : toJson(plain(value), 0)
  return `${name}=${shortText(text, 80)}`
}

/** Lists of ethers carry names too, which JSON would leave out anyway. */
function plain(value: unknown): unknown {
  return Array.isArray(value) ? Array.from(value, plain) : value
}
