import type { Command } from 'commander'

import { isExternalName } from '../../../core/external.ts'
import type { ModelId } from '../../../core/hex.ts'
import type { Ledger } from '../../../sdk/connect.ts'
import { listChildren } from '../../../sdk/registry/listChildren.ts'
import { UnregisteredModelError } from '../../../sdk/registry/readLineage.ts'
import { readModel } from '../../../sdk/registry/readModel.ts'
import { print, type Context } from '../../../console/context.ts'
import { checkModelName, externalOf, modelOf } from '../../names.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { formatUse } from '../../format.ts'
import { readModelNames } from '../../readModelNames.ts'

/** `stemma model children`: lists the models that were made from a model, or that name an external parent. */
export function modelChildren(command: Command, context: Context): void {
  withLedgerOptions(command, {
    example: '$ stemma model children acme/base\n$ stemma model children hf:acme/unregistered-base',
    json: '[{ model, relation, part?, name }]',
  }).action(async (name: string, options: LedgerOptions) => {
    if (!isExternalName(name)) checkModelName(name)
    const children = await read(context, options, async (ledger) => {
      const model = await parentOf(ledger, name)
      const found = await listChildren(ledger, { model })
      // Of what nobody names, it is said whether there is such a model.
      if (found.length === 0 && isExternalName(name)) throw new UnregisteredModelError(name, ledger.deployment.name)
      if (found.length === 0) await readModel(ledger, { model })
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

/** The model that an argument names, or the external parent, by its name. */
async function parentOf(ledger: Ledger, name: string): Promise<ModelId> {
  try {
    return await modelOf(ledger, name)
  } catch (error) {
    if (!(error instanceof UnregisteredModelError) || !isExternalName(name)) throw error
    return externalOf(name)
  }
}
