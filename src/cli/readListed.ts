import type { Command } from 'commander'

import { note, type Context } from '../console/context.ts'
import type { LedgerOptions } from '../console/node.ts'
import { wholeNumber } from '../console/options.ts'
import { createQueryClient, type QueryClient } from '../query/client.ts'
import { openLedger, connect, type Ledger } from '../sdk/connect.ts'
import { read } from './open.ts'

/** Options of commands that read lists of models. */
export type ListedOptions = LedgerOptions & { indexer?: string; limit: string }

/** Most models of a page. */
const MOST = 100

/** Adds the options of commands that read lists of models. */
export function withListedOptions(command: Command): Command {
  return command
    .option('--limit <n>', `most models to show, 1 to ${MOST}`, '20')
    .option('--indexer <url>', 'ask this index of the ledger (stemma-server api), and not the node, which is slower')
}

/** Where lists are read: an index or the node, and how far. */
export type ListedSource = { indexer: QueryClient | undefined; limit: number; onRead: (models: number) => void }

/** Reads a list from the index that the options name, or else from the node, with the number of models that were read on the terminal. */
export async function readListed<T>(
  context: Context,
  options: ListedOptions,
  run: (ledger: Ledger, source: ListedSource) => Promise<T>,
): Promise<T> {
  const limit = wholeNumber('--limit', options.limit, 1, MOST)
  if (options.indexer !== undefined) {
    const indexer = createQueryClient({ url: options.indexer })
    return read(context, options, (ledger) => run(ledger, { indexer, limit, onRead: () => {} }), openLedger)
  }
  note(context, 'The node sends every registration of the ledger. With --indexer <url> an index answers at once.')
  const stream = context.terminal?.stream
  let printed = ''
  const onRead = (models: number): void => {
    printed = `Read ${models} registrations`
    stream?.write(`\r${printed}`)
  }
  try {
    return await read(context, options, (ledger) => run(ledger, { indexer: undefined, limit, onRead }), connect)
  } finally {
    if (printed !== '') stream?.write(`\r${' '.repeat(printed.length)}\r`)
  }
}
