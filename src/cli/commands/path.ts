import type { Command } from 'commander'

import { findPath } from '../../sdk/findPath.ts'
import { EXIT, print, type Context } from '../context.ts'
import { modelOf } from '../names.ts'
import { openToRead, type LedgerOptions } from '../open.ts'
import { withLedgerOptions } from '../options.ts'
import { namesOf } from './ancestry.ts'

/** `stemma path`: how a model descends from another. Exit code 1 when it does not. */
export function addPath(program: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    program.command('path <from> <to>').description('show a shortest path from a model up to an ancestor'),
  ).action(async (from: string, to: string, options: LedgerOptions) => {
    const ledger = await openToRead(context, options)
    try {
      const [model, ancestor] = [await modelOf(ledger, from), await modelOf(ledger, to)]
      const path = await findPath(ledger, { from: model, to: ancestor })
      const names = await namesOf(ledger, path ?? [])
      print(context, options.json, { path: path ?? null }, () =>
        path
          ? path
              .map((step) => `${step.relation ? `${step.relation} of ` : ''}${names.get(step.model)} ${step.model}`)
              .join('\n')
          : `${from} does not descend from ${to}.`,
      )
      if (!path) exit(EXIT.notPermitted)
    } finally {
      ledger.provider.destroy()
    }
  })
}
