import type { Command } from 'commander'

import { shortText } from '../../core/text.ts'
import { watchEvents, type Sighting } from '../../sdk/watchEvents.ts'
import { toJson, UsageError, type Context } from '../../console/context.ts'
import { read } from '../open.ts'
import type { LedgerOptions } from '../../console/node.ts'
import { withLedgerOptions } from '../../console/options.ts'

/** `stemma watch`: the ledger's events as they come. */
export function addWatch(program: Command, context: Context): void {
  withLedgerOptions(
    program
      .command('watch')
      .description("print the ledger's events as they come, until Ctrl-C")
      .option('--from-block <n>', 'begin at this block; by default at what comes next')
      .option('--count <n>', 'end after so many lines'),
    {
      example: '$ stemma watch --from-block 0 --count 10',
      json: 'one value a line: { kind: "event", event: { name, args, contract, block, blockHash,\ntransaction, index } }, or { kind: "reorg", block }: events of that block and later ones are void',
    },
  ).action(async (options: LedgerOptions & { fromBlock?: string; count?: string }) => {
    const fromBlock = numberOf('--from-block', options.fromBlock)
    const count = numberOf('--count', options.count) ?? Infinity
    if (count === 0) throw new UsageError('--count 0 would show nothing. Use 1 or more.')
    await read(context, options, async (ledger) => {
      let seen = 0
      const sightings = watchEvents(ledger, { signal: context.signal, ...(fromBlock !== undefined && { fromBlock }) })
      try {
        for await (const sighting of sightings) {
          context.stdout(`${options.json ? toJson(sighting, 0) : shownSighting(sighting)}\n`)
          seen += 1
          if (seen >= count) break
        }
      } catch (error) {
        // To be stopped is the end that was wished for.
        if (!context.signal.aborted) throw error
      }
    })
  })
}

function shownSighting(sighting: Sighting): string {
  if (sighting.kind === 'reorg') return `block ${sighting.block}: replaced; what was shown from it on is void`
  const { block, name, args } = sighting.event
  return `block ${block}: ${name} ${Object.entries(args).map(shownArgument).join(' ')}`
}

function shownArgument([name, value]: readonly [string, unknown]): string {
  const text = typeof value === 'string' || typeof value === 'bigint' ? String(value) : toJson(plain(value), 0)
  return `${name}=${shortText(text, 80)}`
}

/** Lists of ethers carry names too, which JSON would leave out anyway. */
function plain(value: unknown): unknown {
  return Array.isArray(value) ? Array.from(value, plain) : value
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`"${text.slice(0, 40)}" is not a whole number for ${option}.`)
  return Number(text)
}
