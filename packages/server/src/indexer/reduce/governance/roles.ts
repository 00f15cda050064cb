import type { Hex } from 'stemma/core'
import { CONTRACT_NAMES } from '../../codes.ts'
import type { RowBuilder } from '../rowBuilder.ts'
import { decimalOf, handler, textOf, type Handler } from '../handlers.ts'

type Granted = { roleId: Hex; account: Hex; delay: number; since: number }
type Operation = { operationId: Hex; nonce: number }
type Scheduled = Operation & { schedule: number; caller: Hex; target: Hex; data: Uint8Array }

/** Events of the AccessManager, which keeps the roles. */
export const ROLE_HANDLERS: Readonly<Record<string, Handler>> = {
  RoleGranted: handler<Granted>((rows, { args }) => {
    const account = rows.account(args.account)
    const { delay, since } = args
    rows.insert('role_members', { role: decimalOf(args.roleId), account, granted: 1, delay, since })
    noteEvent(rows, account)
  }),
  RoleRevoked: handler<{ roleId: Hex; account: Hex }>((rows, { args, time }) => {
    const account = rows.account(args.account)
    rows.insert('role_members', { role: decimalOf(args.roleId), account, granted: 0, delay: 0, since: time })
    noteEvent(rows, account)
  }),

  RoleLabel: handler<{ roleId: Hex; label: Uint8Array }>((rows, { args }) => {
    set(rows, args.roleId, { label: textOf(args.label) })
  }),
  RoleAdminChanged: handler<{ roleId: Hex; admin: Hex }>((rows, { args }) => {
    set(rows, args.roleId, { admin: decimalOf(args.admin) })
  }),
  RoleGuardianChanged: handler<{ roleId: Hex; guardian: Hex }>((rows, { args }) => {
    set(rows, args.roleId, { guardian: decimalOf(args.guardian) })
  }),
  RoleGrantDelayChanged: handler<{ roleId: Hex; delay: number; since: number }>((rows, { args }) => {
    set(rows, args.roleId, { grant_delay: args.delay, since: args.since })
  }),

  TargetFunctionRoleUpdated: handler<{ target: Hex; selector: Hex; roleId: Hex }>((rows, { args }) => {
    const target = rows.account(args.target)
    rows.insert('function_roles', { target, selector: args.selector, role: decimalOf(args.roleId) })
    noteEvent(rows, target)
  }),
  TargetClosed: handler<{ target: Hex; closed: boolean }>((rows, { args }) => {
    const target = rows.account(args.target)
    rows.insert('target_settings', { target, closed: args.closed ? 1 : 0, admin_delay: null, since: null })
    noteEvent(rows, target)
  }),
  TargetAdminDelayUpdated: handler<{ target: Hex; delay: number; since: number }>((rows, { args }) => {
    const target = rows.account(args.target)
    rows.insert('target_settings', { target, closed: null, admin_delay: args.delay, since: args.since })
    noteEvent(rows, target)
  }),

  OperationScheduled: handler<Scheduled>((rows, { args }) => {
    const caller = rows.account(args.caller)
    const target = rows.account(args.target)
    const data = `0x${Buffer.from(args.data).toString('hex')}`
    const { operationId: id, nonce, schedule } = args
    rows.insert('operations', { id, nonce, ready_at: schedule, caller, target, data })
    noteEvent(rows, caller)
  }),
  OperationExecuted: handler<Operation>((rows, { args }) => end(rows, args, 1)),
  OperationCanceled: handler<Operation>((rows, { args }) => end(rows, args, 0)),
}

/** The event of every contract that asks an AccessManager. */
export const AUTHORITY_HANDLERS: Readonly<Record<string, Handler>> = {
  AuthorityUpdated: handler<{ authority: Hex }>((rows, { args, contract }) => {
    const authority = rows.account(args.authority)
    rows.insert('authorities', { contract: CONTRACT_NAMES.indexOf(contract), authority })
    noteEvent(rows, authority)
  }),
}

type Setting = Partial<{ label: string; admin: string; guardian: string; grant_delay: number; since: number }>

function set(rows: RowBuilder, role: Hex, setting: Setting): void {
  const nothing = { label: null, admin: null, guardian: null, grant_delay: null, since: null }
  rows.insert('role_settings', { role: decimalOf(role), ...nothing, ...setting })
  noteEvent(rows, null)
}

function end(rows: RowBuilder, { operationId: id, nonce }: Operation, executed: number): void {
  rows.insert('operation_ends', { id, nonce, executed })
  noteEvent(rows, null)
}

function noteEvent(rows: RowBuilder, account: number | null): void {
  rows.event({ subject: null, model: null, account })
}
