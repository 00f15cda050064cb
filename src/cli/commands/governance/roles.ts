import type { Command } from 'commander'

import { NOBODY_MAY } from '../../../core/roles.ts'
import { readRoles } from '../../../sdk/governance/readRoles.ts'
import { print, type Context } from '../../../console/context.ts'
import { read } from '../../open.ts'
import type { LedgerOptions } from '../../../console/node.ts'
import { countOption, withLedgerOptions } from '../../../console/options.ts'
import { nameOfRole, formatRoles } from '../../formatRoles.ts'

/** `stemma roles`: shows who may do what on the ledger, since when and after which delay, and what nobody may do. */
export function roles(command: Command, context: Context): void {
  withLedgerOptions(command.option('--block <n>', 'as of this block, if the node keeps its state (default: now)'), {
    example: '$ stemma roles',
    json: '{ block, time, roles: [{ id, name, label, admin, guardian, grantDelay, nextGrantDelay,\n members: [{ account, since, pending, executionDelay, nextDelay }],\n functions: [{ contract, address, selector, signature, role }] }],\n contracts: [{ contract, address, closed, adminDelay, nextAdminDelay }],\n scheduled: [{ operation, caller, contract, target, call, readyAt }],\n nobodyMay: [{ what, because }] }; times and delays in seconds, a coming change: { delay, since } or null',
  }).action(async (options: LedgerOptions & { block?: string }) => {
    const block = countOption('--block', options.block)
    const found = await read(context, options, (ledger) => readRoles(ledger, block === undefined ? {} : { block }))
    const named = found.roles.map(({ id, ...role }) => ({ id, name: nameOfRole(id), ...role }))
    print(context, options.json, { ...found, roles: named, nobodyMay: NOBODY_MAY }, () => formatRoles(found))
  })
}
