import type { Hex } from 'stemma/core'
import { CONTRACT_NAMES } from '../../codes.ts'
import type { Draft } from '../draft.ts'
import { decimalOf, handler, textOf, type Handler } from '../handlers.ts'

type Granted = { roleId: Hex; account: Hex; delay: number; since: number }
type Operation = { operationId: Hex; nonce: number }
type Scheduled = Operation & { schedule: number; caller: Hex; target: Hex; data: Uint8Array }

/** Events of the AccessManager, which says who may do what. */
export const ROLE_HANDLERS: Readonly<Record<string, Handler>> = {
  RoleGranted: handler<Granted>((draft, { args }) => {
    const account = draft.account(args.account)
    const { delay, since } = args
    draft.insert('role_members', { role: decimalOf(args.roleId), account, granted: 1, delay, since })
    noteEvent(draft, account)
  }),
  RoleRevoked: handler<{ roleId: Hex; account: Hex }>((draft, { args, time }) => {
    const account = draft.account(args.account)
    draft.insert('role_members', { role: decimalOf(args.roleId), account, granted: 0, delay: 0, since: time })
    noteEvent(draft, account)
  }),

  RoleLabel: handler<{ roleId: Hex; label: Uint8Array }>((draft, { args }) => {
    set(draft, args.roleId, { label: textOf(args.label) })
  }),
  RoleAdminChanged: handler<{ roleId: Hex; admin: Hex }>((draft, { args }) => {
    set(draft, args.roleId, { admin: decimalOf(args.admin) })
  }),
  RoleGuardianChanged: handler<{ roleId: Hex; guardian: Hex }>((draft, { args }) => {
    set(draft, args.roleId, { guardian: decimalOf(args.guardian) })
  }),
  RoleGrantDelayChanged: handler<{ roleId: Hex; delay: number; since: number }>((draft, { args }) => {
    set(draft, args.roleId, { grant_delay: args.delay, since: args.since })
  }),

  TargetFunctionRoleUpdated: handler<{ target: Hex; selector: Hex; roleId: Hex }>((draft, { args }) => {
    const target = draft.account(args.target)
    draft.insert('function_roles', { target, selector: args.selector, role: decimalOf(args.roleId) })
    noteEvent(draft, target)
  }),
  TargetClosed: handler<{ target: Hex; closed: boolean }>((draft, { args }) => {
    const target = draft.account(args.target)
    draft.insert('target_settings', { target, closed: args.closed ? 1 : 0, admin_delay: null, since: null })
    noteEvent(draft, target)
  }),
  TargetAdminDelayUpdated: handler<{ target: Hex; delay: number; since: number }>((draft, { args }) => {
    const target = draft.account(args.target)
    draft.insert('target_settings', { target, closed: null, admin_delay: args.delay, since: args.since })
    noteEvent(draft, target)
  }),

  OperationScheduled: handler<Scheduled>((draft, { args }) => {
    const caller = draft.account(args.caller)
    const target = draft.account(args.target)
    const data = `0x${Buffer.from(args.data).toString('hex')}`
    const { operationId: id, nonce, schedule } = args
    draft.insert('operations', { id, nonce, ready_at: schedule, caller, target, data })
    noteEvent(draft, caller)
  }),
  OperationExecuted: handler<Operation>((draft, { args }) => end(draft, args, 1)),
  OperationCanceled: handler<Operation>((draft, { args }) => end(draft, args, 0)),
}

/** The event of every contract that asks an AccessManager. */
export const AUTHORITY_HANDLERS: Readonly<Record<string, Handler>> = {
  AuthorityUpdated: handler<{ authority: Hex }>((draft, { args, contract }) => {
    const authority = draft.account(args.authority)
    draft.insert('authorities', { contract: CONTRACT_NAMES.indexOf(contract), authority })
    noteEvent(draft, authority)
  }),
}

type Setting = Partial<{ label: string; admin: string; guardian: string; grant_delay: number; since: number }>

function set(draft: Draft, role: Hex, setting: Setting): void {
  const nothing = { label: null, admin: null, guardian: null, grant_delay: null, since: null }
  draft.insert('role_settings', { role: decimalOf(role), ...nothing, ...setting })
  noteEvent(draft, null)
}

function end(draft: Draft, { operationId: id, nonce }: Operation, executed: number): void {
  draft.insert('operation_ends', { id, nonce, executed })
  noteEvent(draft, null)
}

function noteEvent(draft: Draft, account: number | null): void {
  draft.event({ subject: null, model: null, account })
}
