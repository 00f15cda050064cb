import type { Command } from 'commander'

import { findPath } from '../../../sdk/registry/findPath.ts'
import { clean, EXIT, print, type Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { readModelNames } from '../../readModelNames.ts'

/** `stemma path`: shows how a model descends from another. Exit code 1 when it does not. */
export function path(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(command, {
    example: '$ stemma path beta/tuned acme/base',
    json: '{ path: [{ model, relation?, name }] }, from the model up; { path: null } when there is none',
  }).action(async (from: string, to: string, options: LedgerOptions) => {
    for (const name of [from, to]) checkModelName(name)
    const steps = await read(context, options, async (ledger) => {
      const [model, ancestor] = [await modelOf(ledger, from), await modelOf(ledger, to)]
      const found = await findPath(ledger, { from: model, to: ancestor })
      const names = await readModelNames(ledger, found?.map((step) => step.model) ?? [])
      return found?.map((step) => ({ ...step, name: names.get(step.model)! })) ?? null
    })
    print(
      context,
      options.json,
      { path: steps },
      () =>
        steps?.map(({ model, relation, name }) => `${relation ? `${relation} of ` : ''}${name} ${model}`).join('\n') ??
        `${clean(from)} does not descend from ${clean(to)}.`,
    )
    if (!steps) exit(EXIT.finding)
  })
}
