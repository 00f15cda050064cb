import type { Hex } from 'stemma/core'
import { CONTRACT_NAMES } from '../../codes.ts'
import { handler, type Handler } from '../handlers.ts'

/** Events of every contract whose writes can be paused. */
export const PAUSE_HANDLERS: Readonly<Record<string, Handler>> = {
  WritesPaused: handler<{ account: Hex; until: number }>((rows, { args, contract }) => {
    const account = rows.account(args.account)
    rows.insert('pauses', { contract: CONTRACT_NAMES.indexOf(contract), account, until: args.until })
    rows.event({ subject: account, model: null, account })
  }),
  WritesResumed: handler<{ account: Hex }>((rows, { args, contract }) => {
    const account = rows.account(args.account)
    rows.insert('pauses', { contract: CONTRACT_NAMES.indexOf(contract), account, until: 0 })
    rows.event({ subject: account, model: null, account })
  }),
}
