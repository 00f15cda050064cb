import type { Command } from 'commander'

import { parseBytes32 } from '../../core/hex.ts'
import { waitForTransaction } from '../../sdk/waitForTransaction.ts'
import { print, UsageError, type Context } from '../../console/context.ts'
import type { LedgerOptions } from '../../console/node.ts'
import { countOption, withLedgerOptions, withWaitOptions, type WaitArguments } from '../../console/options.ts'
import { accountOf } from '../names.ts'
import { read, summaryOf } from '../open.ts'
import { waitOptionsOf } from '../writeOptions.ts'

type Options = LedgerOptions & WaitArguments & { sender?: string; nonce?: string }

/** `stemma wait`: goes on waiting for a transaction. */
export function wait(command: Command, context: Context): void {
  withLedgerOptions(
    withWaitOptions(command)
      .option('--sender <address>', 'who sent it, with --nonce: finds what took its place when nodes have forgotten it')
      .option('--nonce <number>', "its number among the sender's transactions"),
    {
      example: '$ stemma wait 0x2d9c…51aa --confirmations 12',
      json: '{ transaction, block, gas, replaced (if sped up) }',
    },
  ).action(async (text: string, options: Options) => {
    const transaction = parseBytes32(text, 'transaction')
    const nonce = countOption('--nonce', options.nonce)
    if ((options.sender === undefined) !== (nonce === undefined)) {
      throw new UsageError('--sender and --nonce find a transaction together. Give both, or neither.')
    }
    const by = options.sender === undefined ? {} : { from: accountOf(options.sender), nonce }
    const waiting = waitOptionsOf(context, options)
    await read(context, options, async (ledger) => {
      context.stderr(`Waiting for ${transaction}. Ctrl-C ends the wait, and not the transaction.\n`)
      const sent = await waitForTransaction(ledger, { transaction, ...by, ...waiting })
      print(context, options.json, sent, () => summaryOf(sent))
    })
  })
}
