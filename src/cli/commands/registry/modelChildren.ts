import type { Command } from 'commander'

import { listChildren } from '../../../sdk/registry/listChildren.ts'
import { readModel } from '../../../sdk/registry/readModel.ts'
import { print, type Context } from '../../../console/context.ts'
import { checkModelName, modelOf } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { formatUse } from '../../format.ts'
import { readModelNames } from '../../readModelNames.ts'

/** `stemma model children`: lists the models that were made from a model. */
export function modelChildren(command: Command, context: Context): void {
  withLedgerOptions(command, {
    example: '$ stemma model children acme/base',
    json: '[{ model, relation, part?, name }]',
  }).action(async (name: string, options: LedgerOptions) => {
    checkModelName(name)
    const children = await read(context, options, async (ledger) => {
      const { model } = await readModel(ledger, { model: await modelOf(ledger, name) })
      const found = await listChildren(ledger, { model })
      const names = await readModelNames(
        ledger,
        found.map((child) => child.model),
      )
      return found.map((child) => ({ ...child, name: names.get(child.model)! }))
    })
    print(
      context,
      options.json,
      children,
      () => children.map((child) => `${child.model} ${child.name} (${formatUse(child)})`).join('\n') || 'No children.',
    )
  })
}
