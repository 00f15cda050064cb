import type { Command } from 'commander'

import { NOBODY_MAY } from '../../../core/roles.ts'
import { readRoles } from '../../../sdk/governance/readRoles.ts'
import { print, UsageError, type Context } from '../../../console/context.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { nameOfRole, shownRoles } from '../../shownRoles.ts'

/** `stemma roles`: who may do what on the ledger, since when and how soon, and what nobody may do. */
export function addRoles(program: Command, context: Context): void {
  withLedgerOptions(
    program
      .command('roles')
      .description('show who may do what on the ledger, since when and after which delay, and what nobody may do')
      .option('--block <n>', 'as it was at this block, where the node keeps its state; else now'),
    {
      example: '$ stemma roles',
      json: '{ block, time, roles: [{ id, name, label, admin, guardian, grantDelay, nextGrantDelay,\n members: [{ account, since, pending, executionDelay, nextDelay }],\n functions: [{ contract, address, selector, signature, role }] }],\n contracts: [{ contract, address, closed, adminDelay, nextAdminDelay }],\n scheduled: [{ operation, caller, contract, target, call, readyAt }],\n nobodyMay: [{ what, because }] }; times and delays in seconds, what is to come: { delay, since } or null',
    },
  ).action(async (options: LedgerOptions & { block?: string }) => {
    const block = blockOf(options.block)
    const found = await read(context, options, (ledger) => readRoles(ledger, block === undefined ? {} : { block }))
    const roles = found.roles.map(({ id, ...role }) => ({ id, name: nameOfRole(id), ...role }))
    print(context, options.json, { ...found, roles, nobodyMay: NOBODY_MAY }, () => shownRoles(found))
  })
}

function blockOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`"${text.slice(0, 40)}" is not a whole number for --block.`)
  return Number(text)
}
